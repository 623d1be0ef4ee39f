"""Rulings: taken away from under and around strokes, which stay as they would be without; and what is none stays."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lenet5.reading.foreground import Foreground, foreground_of
from lenet5.reading.rulings import without_rulings

PEN = 6
# A 7, a 2, a 1 with a foot, a 5 and a 0, each in a box of 1×1.
STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "7": [[(0, 0), (1, 0), (0.4, 1)]],
    "2": [[(0, 0.25), (0.5, 0), (0.9, 0.3), (0, 1), (1, 1)]],
    "1": [[(0.2, 0.25), (0.5, 0), (0.5, 1)], [(0.1, 1), (0.9, 1)]],
    "5": [[(0.9, 0), (0.15, 0), (0.1, 0.45), (0.7, 0.45), (0.95, 0.7), (0.6, 1), (0, 0.95)]],
    "0": [[(0.5, 0), (0.9, 0.5), (0.5, 1), (0.1, 0.5), (0.5, 0)]],
}


def page(text: str, size: int = 60, gap: int = 40, margin: int = 50) -> NDArray[np.float32]:
    """Strokes side by side, 1 on 0."""
    there = np.zeros((size + 2 * margin, 2 * margin + len(text) * (size + gap) - gap), np.uint8)
    for n, digit in enumerate(text):
        for stroke in STROKES[digit]:
            points = [(round(margin + n * (size + gap) + x * size), round(margin + y * size)) for x, y in stroke]
            cv2.polylines(there, [np.array(points)[:, None]], False, 255, PEN, cv2.LINE_AA)
    return there / np.float32(255)


def foreground(there: NDArray[np.float32]) -> Foreground:
    found = foreground_of(1 - 0.8 * there)
    assert found is not None
    return found


def ruled(there: NDArray[np.float32], *lines: tuple[int, int, int, int], dark: float = 0.7) -> NDArray[np.float32]:
    out = there.copy()
    for left, top, right, bottom in lines:
        drawn = np.zeros(out.shape, np.uint8)
        cv2.line(drawn, (left, top), (right, bottom), 255, 3, cv2.LINE_AA)
        out = np.maximum(out, dark * drawn / np.float32(255))
    return out


def alike(found: Foreground, expected: Foreground) -> float:
    """The common part of two foregrounds: of all pixels of either those of both."""
    one, other = (f.smooth > 0.4 * f.contrast for f in (found, expected))
    return float((one & other).sum() / (one | other).sum())


WIDTH = page("7205").shape[1]
BOX_TOP, BOX_BOTTOM = 35, 125


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([(0, 105, WIDTH - 1, 105)], 1),
        ([(20, 108, WIDTH - 20, 112)], 1),
        ([(0, 80, WIDTH - 1, 80)], 1),
        (
            [(30, y, 30 + 4 * 100, y) for y in (BOX_TOP, BOX_BOTTOM)]
            + [(30 + 100 * n, BOX_TOP, 30 + 100 * n, BOX_BOTTOM) for n in range(5)],
            7,
        ),
    ],
    ids=["under", "slanted", "through", "boxes"],
)
def test_without_its_rulings_a_page_is_as_it_was(lines: list[tuple[int, int, int, int]], count: int) -> None:
    plain = page("7205")
    found, rulings = without_rulings(foreground(ruled(plain, *lines)))
    assert rulings == count
    assert alike(found, foreground(plain)) > 0.8


@pytest.mark.parametrize("text", ["7", "2", "1", "5", "0", "77", "2222", "1111", "7205"])
@pytest.mark.parametrize("margin", [4, 50])
def test_strokes_of_digits_are_no_rulings(text: str, margin: int) -> None:
    there = foreground(page(text, size=100, gap=16, margin=margin))
    found, rulings = without_rulings(there)
    assert rulings == 0
    assert found is there


def test_a_digit_of_straight_strokes_is_no_box() -> None:
    there = np.zeros((200, 140), np.float32)
    eight = ruled(there, *((30, y, 110, y) for y in (30, 100, 170)), (30, 30, 30, 170), (110, 30, 110, 170), dark=1.0)
    _, rulings = without_rulings(foreground(eight))
    assert rulings == 0
