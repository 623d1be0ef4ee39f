"""The digits on a page: connected ink, gathered into digits, in reading order."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.ink import INK, Ink

# Pieces of less ink than this part of the largest piece are specks.
SPECK: Final = 0.03

# A small piece belongs to a digit nearer than this part of the digit's size.
NEAR: Final = 0.35
SMALL: Final = 0.35

# A piece that touches so much of the border, in parts of the shorter side, or whose box is so large a part of the
# picture both ways, surrounds the page, if there is something of so large a part of it besides.
ALONG: Final = 0.5
FRAME: Final = 0.85
LEAST_INSIDE: Final = 0.005

# More pieces than this are no digits: the texture of something else.
MOST: Final = 400

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Found:
    """A digit on a page: the box of its ink, in pixels, and which pixels of the box are its own.

    top, bottom, left, right: the box, ends excluded · mask: height×width of the box · line: its line, from 0.
    """

    top: int
    bottom: int
    left: int
    right: int
    mask: NDArray[np.bool_]
    line: int = 0

    @property
    def size(self) -> int:
        """The longer side of the box."""
        return max(self.bottom - self.top, self.right - self.left)


def find_digits(ink: Ink) -> list[Found]:
    """Every digit, line by line and from left to right; none for a page of specks.

    Ink that hangs together is one piece. Pieces one above the other, and small ones close to a large one, as the bar of
    a 5, are one digit.
    """
    threshold = min(max(INK * ink.contrast, 2 * ink.grain), 0.7 * float(ink.smooth.max()))
    count, *found_there = cv2.connectedComponentsWithStats((ink.smooth > threshold).view(np.uint8))
    labels, boxes = (np.asarray(table, dtype=np.int32) for table in found_there[:2])
    if count == 1:
        return []
    areas = boxes[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    inside = np.where(_surroundings(labels, boxes), 0, areas)
    if inside.max() >= max(20, LEAST_INSIDE * areas.max()):
        areas = inside
    large = np.flatnonzero(areas >= SPECK * areas.max())
    if len(large) > MOST:
        return []
    pieces = [(int(k), int(areas[k]), _box(boxes[k])) for k in large]
    found = []
    for parts in _gathered(pieces):
        top, bottom, left, right = _around([box for _, _, box in parts])
        there = labels[top:bottom, left:right]
        mask = there == parts[0][0]
        for name, _, _ in parts[1:]:
            mask |= there == name
        found.append(Found(top, bottom, left, right, mask))
    return in_reading_order(found)


def _surroundings(labels: NDArray[np.int32], boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which pieces are what the page lies on, or a frame around it: long at the border, or as large as the page."""
    height, width = labels.shape
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    along = np.bincount(border, minlength=len(boxes)) >= ALONG * min(height, width)
    wide = boxes[:, cv2.CC_STAT_WIDTH] >= FRAME * width
    framing: NDArray[np.bool_] = along | (wide & (boxes[:, cv2.CC_STAT_HEIGHT] >= FRAME * height))
    return framing


Piece = tuple[int, int, Box]


def _gathered(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces that are one digit, by joining pairs until none is left to join."""
    digits = [[piece] for piece in sorted(pieces, key=lambda piece: -piece[1])]
    joined = len(digits) > 1
    while joined:
        joined = False
        for i, one in enumerate(digits):
            for j in range(i + 1, len(digits)):
                if _belong(one, digits[j]):
                    one += digits.pop(j)
                    joined = True
                    break
            if joined:
                break
    return digits


def _belong(one: list[Piece], other: list[Piece]) -> bool:
    t1, b1, l1, r1 = _around([box for _, _, box in one])
    t2, b2, l2, r2 = _around([box for _, _, box in other])
    size = max(b1 - t1, r1 - l1, b2 - t2, r2 - l2)
    down, across = max(t2 - b1, t1 - b2, 0), max(l2 - r1, l1 - r2, 0)
    shared = min(r1, r2) - max(l1, l2)
    above = shared >= 0.5 * min(r1 - l1, r2 - l2) and down < NEAR * size
    ink, more = sorted((sum(area for _, area, _ in one), sum(area for _, area, _ in other)))
    return above or (ink < SMALL * more and max(down, across) < NEAR * size)


def _box(row: NDArray[np.int32]) -> Box:
    left, top, width, height = (int(v) for v in row[:4])
    return top, top + height, left, left + width


def _around(boxes: list[Box]) -> Box:
    tops, bottoms, lefts, rights = zip(*boxes, strict=True)
    return min(tops), max(bottoms), min(lefts), max(rights)


def in_reading_order(found: list[Found]) -> list[Found]:
    """By lines, those whose middles lie within half a digit of one another, and from left to right in each."""
    lines: list[list[Found]] = []
    for digit in sorted(found, key=lambda d: d.top + d.bottom):
        middle = (digit.top + digit.bottom) / 2
        for line in lines:
            at = sum(d.top + d.bottom for d in line) / 2 / len(line)
            if abs(middle - at) < 0.5 * max(d.size for d in line):
                line.append(digit)
                break
        else:
            lines.append([digit])
    return [
        replace(digit, line=number)
        for number, line in enumerate(lines)
        for digit in sorted(line, key=lambda digit: digit.left)
    ]
