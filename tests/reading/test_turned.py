"""Pages that lie on a side or upside down are read at the turn at which they are surest, and say so."""

import numpy as np
import pytest

from lenet5.reading.reader import read
from strokes import drawn

# Upside down none of these digits is another.
NUMBER = (3, 4, 7)


def page(digits: tuple[int, ...]) -> np.ndarray:
    """Digits side by side, dark on light, with more room on their left than on their right, above than below."""
    row = np.hstack([drawn(digit, 60, 6)[:, 10:-10] for digit in digits])
    return 255 - np.pad(row, ((30, 10), (40, 15)))


@pytest.mark.parametrize("quarters", range(4))
def test_a_page_is_read_at_any_of_four_turns(quarters: int) -> None:
    upright = page(NUMBER)
    reading = read(np.rot90(upright, quarters))
    assert reading.text == "347"
    assert reading.turned == 90 * quarters
    assert reading.as_dict().get("turned", 0) == reading.turned
    assert (f"Turned by {reading.turned}° to be read." in reading.note) == bool(quarters)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_boxes_are_on_the_page_as_it_lies(quarters: int) -> None:
    """Each box has the foreground of its own digit, all of it: counted on the picture that was given."""
    turned = np.ascontiguousarray(np.rot90(page(NUMBER), quarters))
    reading = read(turned)
    height, width = turned.shape
    covered = np.zeros(turned.shape, dtype=int)
    for mark in reading.marks:
        left, top, right, bottom = (round(v * side) for v, side in zip(mark.box, (width, height) * 2, strict=True))
        covered[top:bottom, left:right] += 1
    assert (covered[turned < 100] == 1).all()
    left, top, right, bottom = (round(v * s) for v, s in zip(reading.numbers[0].box, (width, height) * 2, strict=True))
    assert (turned[top:bottom, left:right] < 100).sum() == (turned < 100).sum()


def test_a_page_that_is_sure_as_it_lies_stays() -> None:
    """Upside down these are digits too."""
    assert read(page((6, 0, 8))).turned == 0
    assert read(page((6, 0, 8))).text == "608"


def test_a_single_mark_is_never_turned() -> None:
    reading = read(np.rot90(255 - drawn(4, 60, 6)))
    assert reading.turned == 0
