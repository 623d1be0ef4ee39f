"""Two readers of a line: their posteriors multiplied, and where the digits are."""

import itertools

import numpy as np
import pytest

from lenet5.data.digits import load_digits
from lenet5.data.strings import write_strings
from lenet5.data.writing import Writing
from lenet5.graphs.grammar import of_length
from lenet5.graphs.interpretation import Interpretation
from lenet5.reading.reader import NUMBERS, SDNN, load_network
from lenet5.reading.together import LEAST, LineReaders, interpretations


class Knowing:
    """A network that finds strings as likely as it is told."""

    def __init__(self, likely: dict[str, float], *, says: int = 9) -> None:
        self.likely, self.says = likely, says

    def arc_penalties(self, hypotheses: object) -> object:
        return hypotheses

    def interpretations(self, _line: object, _penalties: object, grammar: object = None) -> list[Interpretation]:
        best = sorted(self.likely, key=lambda text: -self.likely[text])[:2]
        if grammar is not None:  # the string that is to be placed
            best = best if self.says == 9 else []
        return [Interpretation(tuple(map(int, text)), ((self.says, int(text[0])),), self.likely[text]) for text in best]

    def string_posterior(self, _hypotheses: object, _penalties: object, digits: tuple[int, ...]) -> float:
        return self.likely.get("".join(map(str, digits)), 0.0)


def read(first: Knowing, second: Knowing) -> list[Interpretation]:
    readers = LineReaders(first, second)  # type: ignore[arg-type]
    return interpretations(readers, np.zeros((44, 9), np.uint8), None, None)  # type: ignore[arg-type]


def test_posteriors_are_multiplied_and_what_neither_names_stays_as_likely_as_both_find_it() -> None:
    found = read(Knowing({"12": 0.6, "17": 0.3}), Knowing({"12": 0.2, "17": 0.7}))
    whole = 0.6 * 0.2 + 0.3 * 0.7 + 0.1 * 0.1
    assert [one.text for one in found] == ["17", "12"]
    assert [one.posterior for one in found] == [pytest.approx(0.21 / whole), pytest.approx(0.12 / whole)]


def test_a_string_that_the_sweep_alone_names_is_the_answer_where_the_segments_can_say_it() -> None:
    segments, sweep = {"12": 0.5, "17": 0.3, "72": 0.2}, {"72": 0.9, "12": 0.01}
    assert [one.text for one in read(Knowing(segments), Knowing(sweep))] == ["72", "12"]
    # Such a network places nothing but what it found itself.
    assert [one.text for one in read(Knowing(segments, says=3), Knowing(sweep))] == ["12", "17"]


def test_what_one_knows_nothing_of_does_not_end_it() -> None:
    found = read(Knowing({"12": 1.0}), Knowing({"3": 1.0}))
    assert len(found) == 2
    assert 0 < found[1].posterior <= found[0].posterior == pytest.approx(0.5)
    assert LEAST > 0


def test_of_real_lines_the_digits_lie_where_the_answer_says_and_a_grammar_holds() -> None:
    readers = LineReaders(load_network(NUMBERS), load_network(SDNN))
    strings = write_strings(load_digits().train, 8, Writing.plain(3, 1.0), np.random.default_rng(2))
    for n in range(8):
        line = np.ascontiguousarray(strings.line(n))
        segmentation = readers.segments.segmentation(line)
        penalties = readers.segments.arc_penalties(segmentation)
        for grammar in (None, of_length(2)):
            found = interpretations(readers, line, segmentation, penalties, grammar)
            assert [one.posterior for one in found] == sorted((one.posterior for one in found), reverse=True)
            for one in found:
                assert 0 <= one.posterior <= 1
                assert one is not found[0] or one.path
                assert not one.path or tuple(label for _, label in one.path if label is not None) == one.labels
                assert grammar is None or len(one.labels) == 2
                ends = [segmentation.arcs[segment] for segment, _ in one.path]
                assert all(left[1] == right[0] for left, right in itertools.pairwise(ends))
