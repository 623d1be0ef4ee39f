"""Ruled lines, boxes and grids that writing stands on or in: taken away, while the strokes that cross them stay.

A ruling is straight, thin and long, and goes on beyond the writing on both of its sides, which the bar of a 7 or the
foot of a 1 does not. What joins two rulings is a side of a box.
"""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.foreground import Foreground

SEEN: Final = 0.3  # of the strokes' contrast: a ruling is often paler than the writing
SHORTEST: Final = 0.12  # of the picture's longer side: what is straight for so long may be a ruling
SHORTEST_PIXELS: Final = 24
LEANS: Final = 3  # pixels that it may go aside in this length, and pixels of a gap in it
THIN: Final = 12  # lengths to a thickness, at least
DRAWN: Final = 0.97  # of its length: bars of digits side by side have gaps
LONGER: Final = 1.3  # of the height of what it touches, at least
BEYOND: Final = 0.12  # of that height: so far it goes on, or to the border of the picture
AT_BORDER: Final = 0.02  # of the picture's side
ELSE: Final = 4  # thicknesses: as high is what is written, at least
THICKER: Final = 1.7  # times its own thickness: there a stroke lies along it

Flags = NDArray[np.bool_]


def without_rulings(foreground: Foreground) -> tuple[Foreground, int]:
    """The foreground without its rulings, and how many there were."""
    seen = foreground.smooth > max(SEEN * foreground.contrast, 2 * foreground.grain)
    level = _straight(seen, SHORTEST * max(seen.shape))
    if not level.any():
        return foreground, 0
    upright = _straight(seen.T, SHORTEST * min(seen.shape)).T
    sides = _joining(upright, level)
    boxes = _rulings(level, sides, seen)
    if not boxes:
        return foreground, 0
    rulings = level & np.logical_or.reduce([_box_mask(level.shape, box) for box in boxes])
    sides = _joining(upright, rulings)
    # What a ruling crosses is a stroke, and no other ruling.
    strokes = seen & ~cv2.dilate((rulings | sides).view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    gone = without_crossing(rulings, strokes, seen & ~sides)
    if sides.any():
        gone |= without_crossing(sides.T, strokes.T, (seen & ~rulings).T).T
    # A digit of straight strokes is no ruling: something else must be written there.
    marks = cv2.connectedComponentsWithStats((seen & ~gone).view(np.uint8))[2][1:]
    if not len(marks) or marks[:, 3].max() < ELSE * _one_thickness(rulings):
        return foreground, 0
    amount, smooth = (np.where(gone, np.minimum(a, 0), a) for a in (foreground.amount, foreground.smooth))
    count = len(boxes) + int(cv2.connectedComponents(sides.view(np.uint8))[0]) - 1
    return replace(foreground, amount=amount, smooth=smooth, ruled=gone), count


def _straight(seen: Flags, least: float) -> Flags:
    """The parts of the foreground that are level, straight, thin and at least so many pixels long."""
    length = max(SHORTEST_PIXELS, round(least))
    there = seen.view(np.uint8)
    thick = cv2.dilate(there, np.ones((LEANS, 1), np.uint8))
    closed = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, 2 * LEANS + 1), np.uint8))
    long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    # What is as high as it is long is a blot or a page's edge.
    blot = cv2.morphologyEx(there, cv2.MORPH_OPEN, np.ones((length // 3, length // 3), np.uint8))
    straight: Flags = (long > 0) & seen & (blot == 0)
    return straight


def _rulings(level: Flags, sides: Flags, seen: Flags) -> list[tuple[int, int, int, int]]:
    """The boxes of level lines that are rulings: left, top, right, bottom.

    They go on beyond the writing that they touch, or two sides of a box stand on them.
    """
    width = level.shape[1]
    joined = cv2.morphologyEx(level.view(np.uint8), cv2.MORPH_CLOSE, np.ones((LEANS, 8 * LEANS), np.uint8))
    _, _, parts, _ = cv2.connectedComponentsWithStats(joined)
    edges = cv2.dilate((level | sides).view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    marks = cv2.connectedComponentsWithStats((seen & ~edges).view(np.uint8))[2][1:]
    found = []
    for left, top, wide, high, pixels in parts[1:].tolist():
        thickness = pixels / wide
        box = left, top, left + wide, top + high
        drawn = seen[top : box[3], left : box[2]].any(0).mean()
        if wide < THIN * thickness or wide < SHORTEST * width or drawn < DRAWN:
            continue
        reach = slice(max(0, top - 2 * LEANS), top + high + 2 * LEANS), slice(left, left + wide)
        if cv2.connectedComponents(sides[reach].astype(np.uint8))[0] > 2:
            found.append(box)
            continue
        x, y, w, h, area = marks.T
        near = (x < box[2]) & (x + w > left) & (y <= box[3] + LEANS) & (y + h >= top - LEANS) & (area > thickness**2)
        if not near.any():
            continue
        highest, first, last = int(h[near].max()), int(x[near].min()), int((x + w)[near].max())
        border = AT_BORDER * width
        beyond_left = left <= max(first - BEYOND * highest, border)
        beyond_right = box[2] >= min(last + BEYOND * highest, width - border)
        if wide >= LONGER * highest and beyond_left and beyond_right:
            found.append(box)
    return found


def _joining(upright: Flags, level: Flags) -> Flags:
    """Of what is upright and straight, what goes from one level line to another."""
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(upright.view(np.uint8))
    sides = np.zeros(count, bool)
    reach = 2 * LEANS
    for n, (left, top, wide, high, _) in enumerate(boxes[1:].tolist(), 1):
        columns = slice(max(0, left - reach), left + wide + reach)
        above, below = (level[max(0, y - reach) : y + reach + 1, columns].any() for y in (top, top + high - 1))
        sides[n] = bool(above and below and high >= SHORTEST_PIXELS and high > 2 * wide)
    joining: Flags = sides[labels]
    return joining


def _box_mask(shape: tuple[int, ...], box: tuple[int, int, int, int]) -> Flags:
    left, top, right, bottom = box
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def without_crossing(level: Flags, strokes: Flags, seen: Flags) -> Flags:
    """The pixels of level rulings, with their blurred edges, but where a stroke goes through or lies along.

    Args:
        level: the rulings.
        strokes: the foreground without any.
        seen: the foreground without those that are not level.
    """
    thickness = _one_thickness(level)
    edge = max(1, round(thickness / 2))
    wide = cv2.dilate(level.view(np.uint8), np.ones((2 * edge + 1, 3), np.uint8)).astype(bool)
    reach = 2 * edge + round(thickness) + 1
    # Strokes above and below, a little aside too, make one that goes through.
    sideways = cv2.dilate((strokes & ~wide).view(np.uint8), np.ones((1, 2 * edge + 1), np.uint8))
    down = np.zeros((2 * reach + 1, 1), np.uint8)
    down[: reach + 1] = 1
    crossed = (cv2.dilate(sideways, down) > 0) & (cv2.dilate(sideways, down[::-1].copy()) > 0)
    along = np.ones((max(2, round(THICKER * thickness)), 1), np.uint8)
    thick = cv2.morphologyEx((seen & wide).view(np.uint8), cv2.MORPH_OPEN, along) > 0
    return wide & ~crossed & ~thick


def _one_thickness(level: Flags) -> float:
    """The median height of a vertical run of the lines."""
    padded = np.pad(level.astype(np.int8), ((1, 1), (0, 0)))
    changes = np.diff(padded, axis=0)
    begins, ends = (np.argwhere(turns)[:, 1] for turns in (changes.T > 0, changes.T < 0))
    return float(np.median(ends - begins))
