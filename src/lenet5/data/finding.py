"""The digits on a page: connected ink, gathered into digits, in reading order."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.ink import INK, Ink
from lenet5.data.surroundings import Table, sides_of, without_surroundings

# Pieces of less ink than this part of the largest piece are specks.
SPECK: Final = 0.03

# A piece is a small part of another digit if it has less than this part of its ink, and is nearer than this part of
# its size, and is itself no larger than this part of it, as a 1 beside a 0 is; two pieces of any size are one digit if
# one stands above the other, nearer than this, and together they are not higher than this many times their width.
SMALL: Final = 0.35
NEAR: Final = 0.35
PART: Final = 0.7
ABOVE: Final = 0.15
HIGHEST: Final = 2.2

# More pieces than this are no digits: the texture of something else.
MOST: Final = 400


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

    def moved(self, down: int, right: int) -> "Found":
        """The same, so many pixels further down and to the right."""
        top, bottom = self.top + down, self.bottom + down
        return replace(self, top=top, bottom=bottom, left=self.left + right, right=self.right + right)


def find_digits(ink: Ink) -> list[Found]:
    """Every digit, line by line and from left to right; none for a page of specks.

    Ink that hangs together is one piece. A small piece close to a large one, as the bar of a 5, and pieces close above
    each other, are one digit.
    """
    threshold = min(max(INK * ink.contrast, 2 * ink.grain), 0.7 * float(ink.smooth.max()))
    count, *found_there = cv2.connectedComponentsWithStats((ink.smooth > threshold).view(np.uint8))
    labels, pieces = (np.asarray(table, dtype=np.int32) for table in found_there[:2])
    if count == 1:
        return []
    areas = pieces[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    if count > 2:
        areas = without_surroundings(labels, pieces, areas, ink.smooth)
    large = np.flatnonzero(areas >= SPECK * areas.max())
    if len(large) > MOST:
        return []
    belongs_to = _gathered(pieces[large]) if len(large) > 1 else np.zeros(1, dtype=np.intp)
    found = []
    for digit in np.unique(belongs_to):
        names = large[belongs_to == digit]
        left, top, right, bottom = _around(pieces[names])
        there = labels[top:bottom, left:right]
        mask = there == names[0]
        for name in names[1:]:
            mask |= there == name
        found.append(Found(top, bottom, left, right, mask))
    return in_reading_order(found)


def _gathered(pieces: Table) -> NDArray[np.intp]:
    """For each piece the number of the piece that stands for its digit."""
    left, top, right, bottom, size = sides_of(pieces)
    area = pieces[:, cv2.CC_STAT_AREA]
    across = np.maximum(np.maximum(left[:, None] - right, left - right[:, None]), 0)
    down = np.maximum(np.maximum(top[:, None] - bottom, top - bottom[:, None]), 0)
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    larger = np.maximum(size[:, None], size)
    over = shared >= 0.5 * np.minimum((right - left)[:, None], right - left)
    part = (area[:, None] < SMALL * area) & (np.maximum(across, down) < NEAR * size) & (size[:, None] < PART * size)
    belongs_to = np.arange(len(pieces))
    # A small piece belongs to the nearest of the digits that it may be a part of.
    distance = np.where(part, np.hypot(across, down) - 0.5 * np.where(over, shared, 0), np.inf)
    host = distance.argmin(1)
    hosted = np.isfinite(distance.min(1))
    higher = np.maximum(bottom[:, None], bottom) - np.minimum(top[:, None], top)
    wider = np.maximum(right[:, None], right) - np.minimum(left[:, None], left)
    stacked = over & (down < ABOVE * larger) & (higher <= HIGHEST * wider) & ~hosted[:, None] & ~hosted
    for one, other in np.argwhere(np.triu(stacked, 1)):
        belongs_to[belongs_to == belongs_to[other]] = belongs_to[one]
    # From the largest down, so that a host has its own digit already.
    for small in np.argsort(-area, kind="stable"):
        if hosted[small]:
            belongs_to[small] = belongs_to[host[small]]
    return belongs_to


def _around(pieces: Table) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all of them together."""
    left, top, right, bottom, _ = sides_of(pieces)
    return int(left.min()), int(top.min()), int(right.max()), int(bottom.max())


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
