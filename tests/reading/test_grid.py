"""A ruled grid: its cells in rows and columns, whatever its tilt and its borders; and none where there is none."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lenet5.reading.reader import read
from strokes import drawn

CELL, MARGIN, DIGIT = 64, 40, 40


def table(rows: list[str], tilt: float = 0, pen: int = 2, *, border: bool = True) -> NDArray[np.uint8]:
    """A digit a cell, a space for none; drawn dark on light, turned by `tilt` degrees counterclockwise."""
    height, width = len(rows) * CELL + 2 * MARGIN, len(rows[0]) * CELL + 2 * MARGIN
    there = np.zeros((height, width), np.uint8)
    for r, row in enumerate(rows):
        for c, digit in enumerate(row):
            if digit != " ":
                top, left = (MARGIN + n * CELL + (CELL - DIGIT) // 2 for n in (r, c))
                small = cv2.resize(drawn(int(digit)), (DIGIT, DIGIT), interpolation=cv2.INTER_AREA)
                there[top : top + DIGIT, left : left + DIGIT] = small
    for count, end, turn in ((len(rows), width, False), (len(rows[0]), height, True)):
        for n in range(count + 1) if border else range(1, count):
            ends = [(MARGIN, MARGIN + n * CELL), (end - MARGIN, MARGIN + n * CELL)]
            cv2.line(there, *(point[::-1] if turn else point for point in ends), 180, pen)
    turned = cv2.warpAffine(there, cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1), (width, height))
    return np.asarray(255 - turned, dtype=np.uint8)


@pytest.mark.parametrize("tilt", [0, 5, -4])
@pytest.mark.parametrize(("pen", "border"), [(1, True), (5, True), (2, False)], ids=["thin", "thick", "no border"])
def test_each_cell_has_its_digit_or_none(tilt: float, pen: int, border: bool) -> None:
    found = read(table(["30 ", " 72", "4 3"], tilt, pen, border=border), grid=True).grid
    assert found is not None
    assert found.texts == [["3", "0", ""], ["", "7", "2"], ["4", "", "3"]]


def test_a_cell_lies_where_it_is_on_the_picture_as_it_was() -> None:
    tilt = 5
    picture = table(["30 ", " 72", "4 3"], tilt)
    found = read(picture, grid=True).grid
    assert found is not None
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1)
    for cell in found.cells:
        x, y = turn @ [MARGIN + (cell.column + 0.5) * CELL, MARGIN + (cell.row + 0.5) * CELL, 1]
        left, top, right, bottom = cell.box
        assert (left + right) / 2 * width == pytest.approx(x, abs=4)
        assert (top + bottom) / 2 * height == pytest.approx(y, abs=4)


def test_a_row_of_boxes_is_a_number() -> None:
    found = read(table(["30724"], 2), grid=True).grid
    assert found is not None
    assert (found.rows, found.columns, found.comb) == (1, 5, "30724")
    assert found.as_dict()["text"] == "30724"


def test_without_a_grid_a_sentence_says_so() -> None:
    reading = read(255 - drawn(7), grid=True)
    assert reading.marks == []
    assert reading.note.startswith("No grid here")
    assert reading.as_dict()["grid"] == {"rows": 0, "columns": 0, "cells": []}
