"""Pages that lie on a side or upside down: read at all four turns where they say little as they are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from lenet5.reading.grey_levels import Grey
from lenet5.reading.mark import Box
from lenet5.reading.result import Reading

# Marks: of fewer, letters that look like digits at some turn are too many.
FEWEST: Final = 2
# More marks are no page of numbers, and would take long.
MANY: Final = 200
# The geometric mean of the marks' probabilities: a page that is less sure as it lies is tried at other turns, and one
# that is surer at another turn is turned.
DOUBT: Final = 0.8
SURE: Final = 0.9
# Of a mark that is no digit.
REFUSED: Final = 0.02


def read_at_the_surest_turn(grey: Grey, read: Callable[[Grey], Reading]) -> Reading:
    """What a page says as it lies, or, where that is in doubt and it is surer so, turned by 90°, 180° or 270°.

    Args:
        grey: height×width, 0 black to 1 white.
        read: reads a page as it lies.

    Returns:
        The reading, its boxes on the page as it lies, and by how many degrees it was turned.
    """
    as_it_lies = read(grey)
    if not FEWEST <= len(as_it_lies.marks) <= MANY or surety(as_it_lies) >= DOUBT:
        return as_it_lies
    turned = {quarters: read(np.ascontiguousarray(np.rot90(grey, -quarters))) for quarters in (1, 2, 3)}
    surest = max(turned, key=lambda quarters: surety(turned[quarters]))
    # Letters of a word on its side stand below one another, digits of a number beside one another.
    enough = surety(turned[surest]) >= SURE and any(len(number.text) >= FEWEST for number in turned[surest].numbers)
    return _turned_back(turned[surest], surest) if enough else as_it_lies


def surety(reading: Reading) -> float:
    """The geometric mean of how likely the digits of a page are; 0 without a mark. Signs say nothing."""
    likely = [REFUSED if mark.digit is None else mark.probability for mark in reading.marks if not mark.sign]
    return float(np.exp(np.mean(np.log(np.maximum(likely, REFUSED))))) if likely else 0.0


def _turned_back(reading: Reading, quarters: int) -> Reading:
    """A reading of a page that was turned clockwise by so many quarters, its boxes on the page as it lay."""

    def back(box: Box) -> Box:
        for _ in range(quarters):
            left, top, right, bottom = box
            box = top, 1 - right, bottom, 1 - left
        return box

    return replace(
        reading,
        marks=[replace(mark, box=back(mark.box)) for mark in reading.marks],
        numbers=[replace(number, box=back(number.box)) for number in reading.numbers],
        turned=90 * quarters,
    )
