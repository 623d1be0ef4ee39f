"""Grammars: what they take, and how they refuse what is none."""

import itertools
from pathlib import Path

import pytest

from graphs.test_composition import outcomes
from lenet5.graphs.grammar import matching, numbers_in, of_length, one_of
from lenet5.graphs.graph import Arc, Graph
from lenet5.graphs.interpretation import interpret
from lenet5.graphs.transducer import Transducer


def taken(grammar: Transducer, longest: int = 4) -> set[str]:
    """All that a grammar makes of strings of 1 and 7."""
    strings = (s for length in range(longest + 1) for s in itertools.product((1, 7), repeat=length))
    return {"".join(map(str, out)) for s in strings for out, _ in outcomes(grammar, s, limit=30)}


def test_a_length_is_one() -> None:
    assert taken(of_length(2)) == {"11", "17", "71", "77"}
    assert {len(text) for text in taken(of_length(1, 3))} == {1, 2, 3}


def test_a_list_is_one() -> None:
    assert taken(one_of(["17", " 7 ", "", "7771", "17"])) == {"17", "7", "7771"}


def test_a_pattern_puts_in_what_is_fixed() -> None:
    assert taken(matching("d.d"), 2) == {"1.1", "1.7", "7.1", "7.7"}
    assert taken(matching("[d]d/d"), 3) == {
        "".join(s)
        for length in (1, 2)
        for s in (f"{''.join(a)}/{b}" for a in itertools.product("17", repeat=length) for b in "17")
    }
    assert taken(matching("d[-]d"), 3) == {f"{a}-{b}" for a in "17" for b in "17"} | {
        f"{a}{b}" for a in "17" for b in "17"
    }


@pytest.mark.parametrize("length", [(0,), (-1,), (3, 2), (1001,)])
def test_a_length_that_is_none_is_refused(length: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="was given; give a number of digits, 1 to 1000"):
        of_length(*length)


@pytest.mark.parametrize("pattern", ["", "..", "abc", "dxd", "d[d", "d]d", "d[[d]]", "d7d", "d\n"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"The pattern .* was given.*give d for a digit"):
        matching(pattern)


def test_a_list_with_a_word_in_it_or_without_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has 'seven' in it; give digits alone"):
        one_of(["12", "seven"])
    with pytest.raises(ValueError, match="A list without numbers was given"):
        one_of(["", "  "])
    file = tmp_path / "list.txt"
    with pytest.raises(ValueError, match=r"list.txt cannot be read"):
        numbers_in(file)
    file.write_bytes(b"\xff\xfe\x00\x12\x99")
    with pytest.raises(ValueError, match="it is no text"):
        numbers_in(file)
    file.write_text("12\nx1\n")
    with pytest.raises(ValueError, match=r"list.txt: The list of numbers has 'x1' in it"):
        numbers_in(file)
    file.write_text("12\n 345\n\n")
    assert taken(numbers_in(file)) == set()
    assert len(interpret(Graph(3, (Arc(0, 1, 1, 0.0), Arc(1, 2, 2, 0.0))), numbers_in(file))) == 1


def test_a_hundred_thousand_numbers_are_searched_in_a_moment() -> None:
    """Not built: looked at where the graph leads."""
    grammar = one_of(str(k) for k in range(100_000, 200_000))
    arcs = [Arc(n, n + 1, (k + n) % 10, 4.0 * k) for n in range(6) for k in range(4)]
    best = interpret(Graph(7, tuple(arcs)), grammar)
    assert best[0].text == "112345"
