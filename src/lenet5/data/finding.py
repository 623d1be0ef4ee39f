"""The digits on a page: connected ink, gathered into digits, in reading order."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lenet5.data.ink import INK, Ink

# Pieces of less ink than this part of the largest piece are specks.
SPECK: Final = 0.03

# A small piece belongs to a digit nearer than this part of the digit's size.
NEAR: Final = 0.35
SMALL: Final = 0.35

EIGHT: Final = np.ones((3, 3), dtype=int)


@dataclass(frozen=True, eq=False)
class Found:
    """A digit on a page: the box of its ink, in pixels, and which pixels of the box are its own.

    top, bottom, left, right: the box, ends excluded · line: its line, from 0 · mask: height×width of the box.
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
    smooth = ndimage.uniform_filter(ink.amount, 3)
    threshold = min(max(INK * ink.contrast, 2 * ink.grain), 0.7 * float(smooth.max()))
    labels, count = ndimage.label(smooth > threshold, EIGHT)
    if count == 0:
        return []
    mass = ndimage.sum_labels(np.maximum(smooth, 0), labels, np.arange(1, count + 1))
    boxes = ndimage.find_objects(labels)
    pieces = [k for k in range(count) if mass[k] >= SPECK * mass.max()]
    digits = _gathered(pieces, mass, boxes)
    found = []
    for parts in digits:
        top, bottom = min(boxes[k][0].start for k in parts), max(boxes[k][0].stop for k in parts)
        left, right = min(boxes[k][1].start for k in parts), max(boxes[k][1].stop for k in parts)
        mask = np.isin(labels[top:bottom, left:right], [k + 1 for k in parts])
        found.append(Found(top, bottom, left, right, mask))
    return in_reading_order(found)


def _gathered(pieces: list[int], mass: NDArray[np.float64], boxes: list[tuple[slice, slice]]) -> list[list[int]]:
    """Pieces that are one digit, by joining pairs until none is left to join."""
    digits = [[k] for k in sorted(pieces, key=lambda k: -mass[k])]
    joined = True
    while joined:
        joined = False
        for i in range(len(digits)):
            for j in range(i + 1, len(digits)):
                if _belong(digits[i], digits[j], mass, boxes):
                    digits[i] += digits.pop(j)
                    joined = True
                    break
            if joined:
                break
    return digits


def _belong(one: list[int], other: list[int], mass: NDArray[np.float64], boxes: list[tuple[slice, slice]]) -> bool:
    (t1, b1, l1, r1), (t2, b2, l2, r2) = (_box(parts, boxes) for parts in (one, other))
    size = max(b1 - t1, r1 - l1, b2 - t2, r2 - l2)
    down, across = max(t2 - b1, t1 - b2, 0), max(l2 - r1, l1 - r2, 0)
    shared = min(r1, r2) - max(l1, l2)
    above = shared >= 0.5 * min(r1 - l1, r2 - l2) and down < NEAR * size
    small = min(mass[one].sum(), mass[other].sum()) < SMALL * max(mass[one].sum(), mass[other].sum())
    return above or (small and max(down, across) < NEAR * size)


def _box(parts: list[int], boxes: list[tuple[slice, slice]]) -> tuple[int, int, int, int]:
    rows, columns = ([boxes[k][axis] for k in parts] for axis in (0, 1))
    return (
        min(s.start for s in rows),
        max(s.stop for s in rows),
        min(s.start for s in columns),
        max(s.stop for s in columns),
    )


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
        Found(d.top, d.bottom, d.left, d.right, d.mask, number)
        for number, line in enumerate(lines)
        for d in sorted(line, key=lambda d: d.left)
    ]
