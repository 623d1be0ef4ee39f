"""Signs between digits: each by its form and where it stands, drawn at many sizes, pens and angles."""

import cv2
import numpy as np
import pytest

from lenet5.reading.reader import read
from strokes import drawn

Stroke = tuple[tuple[float, float], ...]

# In heights of a digit: x from the left of the room between the two digits, y from the line below upwards.
SIGNS: dict[str, tuple[Stroke, ...]] = {
    ".": (((0.25, 0.03), (0.25, 0.03)),),
    ",": (((0.3, 0.02), (0.28, -0.08), (0.22, -0.22)),),
    "-": (((0.1, 0.45), (0.5, 0.45)),),
    "/": (((0.05, -0.2), (0.55, 1.2)),),
}
OTHERS: dict[str, tuple[Stroke, ...]] = {
    "+": (((0.1, 0.45), (0.6, 0.45)), ((0.35, 0.2), (0.35, 0.7))),
    "×": (((0.1, 0.2), (0.6, 0.7)), ((0.1, 0.7), (0.6, 0.2))),
    "=": (((0.1, 0.35), (0.6, 0.35)), ((0.1, 0.58), (0.6, 0.58))),
    "÷": (((0.05, 0.45), (0.65, 0.45)), ((0.35, 0.2), (0.35, 0.2)), ((0.35, 0.7), (0.35, 0.7))),
}


def page(before: int, strokes: tuple[Stroke, ...], after: int, height: int, pen: int, turn: float = 0) -> np.ndarray:
    """Two drawn digits with something between them, dark on light."""
    canvas = np.zeros((3 * height, 5 * height), dtype=np.uint8)
    for digit, left in ((before, height), (after, 3 * height - height // 3)):
        mark = drawn(digit, height, pen)
        seen = np.flatnonzero(mark.any(0))
        rows = np.flatnonzero(mark.any(1))
        mark = mark[rows[0] : rows[-1] + 1, seen[0] : seen[-1] + 1]
        canvas[2 * height - len(mark) : 2 * height, left : left + mark.shape[1]] |= mark
    right = int(np.flatnonzero(canvas[:, : 2 * height].any(0))[-1]) + height // 6
    for stroke in strokes:
        points = np.array([(right + x * height, 2 * height - y * height) for x, y in stroke])
        cv2.polylines(canvas, [np.rint(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    middle = (2.5 * height, 1.5 * height)
    return 255 - cv2.warpAffine(canvas, cv2.getRotationMatrix2D(middle, turn, 1), canvas.shape[::-1])


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(("height", "pen", "turn"), [(40, 4, 0), (60, 5, 5), (90, 8, -5), (140, 12, 0)])
def test_a_sign_between_two_digits_is_read_as_itself(sign: str, height: int, pen: int, turn: float) -> None:
    reading = read(page(2, SIGNS[sign], 3, height, pen, turn))
    assert reading.text == f"2{sign}3"
    assert reading.numbers[0].text == reading.text
    assert [mark.sign for mark in reading.marks] == ["", sign, ""]
    assert [mark["digit"] for mark in reading.as_dict()["digits"]] == [2, None, 3]
    assert reading.as_dict()["digits"][1]["sign"] == sign


@pytest.mark.parametrize("sign", OTHERS)
@pytest.mark.parametrize(("height", "pen"), [(60, 5), (80, 7)])
def test_what_is_neither_digit_nor_sign_is_a_question_mark(sign: str, height: int, pen: int) -> None:
    reading = read(page(8, OTHERS[sign], 3, height, pen))
    assert reading.text == "8?3"
    assert "1 mark is no digit: ?" in reading.note


def test_nothing_between_stays_nothing() -> None:
    assert read(page(2, (), 3, 60, 5)).text == "23"


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_before_the_first_digit_is_none(sign: str) -> None:
    """Between digits only: a dot before them may be dust."""
    alone = page(2, SIGNS[sign], 3, 60, 5)
    first = int(np.flatnonzero((alone[:, :120] < 128).any(0))[-1])
    alone[:, : first + 3] = 255
    assert not any(mark.sign for mark in read(alone).marks)


def test_what_is_left_of_a_ruling_is_no_sign() -> None:
    ruled = page(2, (), 3, 80, 6)
    cv2.line(ruled, (0, 162), (ruled.shape[1], 162), 90, 3)
    assert read(ruled).text == "23"
