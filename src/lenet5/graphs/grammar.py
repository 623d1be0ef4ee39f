"""Grammars: what can occur on a line, as transducers to compose with its recognition graph. Section VIII."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from lenet5.graphs.graph import DIGITS, Label
from lenet5.graphs.transducer import Table, Transducer, Transition, Tree

# Longer numbers than this on a line are no numbers.
LONGEST: Final = 1000
# Characters of a pattern: a digit, and what stands around a part that can be missing.
DIGIT: Final = "d"
OPTIONAL: Final = "[]"


def of_length(fewest: int, longest: int | None = None) -> Transducer:
    """Strings of so many digits.

    Args:
        fewest: the least number of digits.
        longest: the greatest; None for the same.

    Raises:
        ValueError: there can be none.
    """
    longest = fewest if longest is None else longest
    if not 1 <= fewest <= longest <= LONGEST:
        given = fewest if fewest == longest else f"{fewest} to {longest}"
        raise ValueError(f"A length of {given} was given; give a number of digits, 1 to {LONGEST}.")
    chain: list[dict[Label, list[Transition]]] = [{d: [Transition(d, k + 1)] for d in DIGITS} for k in range(longest)]
    return Table([*chain, {}], frozenset(range(fewest, longest + 1)))


def one_of(numbers: Iterable[str]) -> Transducer:
    """The numbers of a list.

    Args:
        numbers: digits each; spaces around them do not count, nor empty ones.

    Raises:
        ValueError: there are none, or one is no number.
    """
    texts = [text for number in numbers if (text := str(number).strip())]
    for text in texts:
        if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST:
            raise ValueError(f"The list of numbers has {text[:40]!r} in it; give digits alone, a number a line.")
    if not texts:
        raise ValueError("A list without numbers was given; give one number at least.")
    return Tree(texts)


def numbers_in(path: Path) -> Transducer:
    """The numbers of a file, one a line.

    Raises:
        ValueError: it cannot be read, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ValueError(
            f"The list {path} cannot be read ({reason}); give a text file with a number a line."
        ) from error
    try:
        return one_of(text.splitlines())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def matching(pattern: str) -> Transducer:
    """Numbers of a pattern, such as `dd.dd.dddd` or `[d]d/dd`.

    A d is a digit. What stands in brackets may be missing. Every other character is fixed: it is put into the answer,
    whether it is seen on the line or not, since dots and dashes are no digits and are read as blanks.

    Args:
        pattern: without letters other than d; no brackets in brackets.

    Raises:
        ValueError: it is no pattern.
    """
    how = "give d for a digit, fixed characters such as . - /, and [ ] around what may be missing"
    if len(pattern) > LONGEST or not any(character == DIGIT for character in pattern):
        raise ValueError(f"The pattern {pattern[:40]!r} was given, which has no digit in it; {how}.")
    transitions: list[dict[Label, list[Transition]]] = [{}]
    opened: int | None = None
    for character in pattern:
        if character == OPTIONAL[0] and opened is None:
            opened = len(transitions) - 1
        elif character == OPTIONAL[1] and opened is not None:
            # A state of its own behind the bracket, which both ways lead to.
            last = len(transitions)
            for state in (opened, last - 1):
                transitions[state].setdefault(None, []).append(Transition(None, last))
            transitions.append({})
            opened = None
        elif character in OPTIONAL or (character.isalnum() and character != DIGIT) or not character.isprintable():
            raise ValueError(f"The pattern {pattern!r} was given, with {character!r} in it; {how}.")
        else:
            here, then = transitions[-1], len(transitions)
            if character == DIGIT:
                here.update({d: [Transition(d, then)] for d in DIGITS})
            else:
                here.setdefault(None, []).append(Transition(character, then))
            transitions.append({})
    if opened is not None:
        raise ValueError(f"The pattern {pattern!r} was given, in which a bracket is not closed; {how}.")
    return Table(transitions, frozenset({len(transitions) - 1}))
