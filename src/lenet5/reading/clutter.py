"""What on a picture is no digit: a frame, a table, a shadow, a thumb, a ring, a line."""

from collections.abc import Iterable, Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.grey_levels import Grey

# What is no digit is left out where something else of this part of its ink is there. Around the page: a piece that
# touches so much of the border, in parts of the picture's shorter side, or a thin one whose box is so large a part of
# the picture both ways. Beside a digit: a piece that lies along the border with so much of its length, and does not
# reach across so much of the picture, as a thumb or a shadow; a thin ring around something of this part of its size; a
# line, so many times as wide as it is high and as the largest other piece is long, for the bar of a 5 is shorter; or a
# ruled one from border to border. Thin is what covers less than so much of its box. But what touches the border and is
# as dark and as large as the rest, give or take so much, is a digit of a number that was cut out tightly.
ELSE_IN_A_FRAME: Final = 0.005
ELSE: Final = 0.1
ALONG: Final = 0.5
FRAME: Final = 0.85
LEANING: Final = 0.6
ACROSS: Final = 0.8
RINGED: Final = 0.3
THIN: Final = 0.35
LINE: Final = 4
LONG: Final = 1.2
RULED: Final = 8
AS_DARK: Final = 0.15
AS_LARGE: Final = 1.5

# A ring is seen in so many of these directions from the middle of what it is around; the body of a 5 is not, though the
# box of its bar lies within its own.
DIRECTIONS: Final = 36
RING_SEEN: Final = 0.8

# Fewer pixels than this are nothing else.
FEWEST: Final = 20

# What is looked at piece by piece may be so many times the picture in all: boxes that overlap more are a texture.
BUDGET: Final = 4

Table = NDArray[np.int32]
Flags = NDArray[np.bool_]


def surroundings(labels: Table, pieces: Table, areas: Table, smooth: Grey) -> dict[str, Flags]:
    """Which pieces are around the page or beside a digit, where there is enough else; by what they are taken for.

    labels: height×width, the number of each pixel's piece, 0 for the paper · pieces: a row a piece, as OpenCV's
    connectedComponentsWithStats has them · areas: pixels of each, 0 for what is out of the question · smooth:
    height×width, how dark each pixel is.
    """
    touching = _touching(labels, len(pieces))
    left_out: dict[str, Flags] = {}
    for kinds, least in (
        (_around_the_page(labels, pieces, touching), ELSE_IN_A_FRAME),
        (_beside(labels, pieces, areas, touching), ELSE),
    ):
        surrounding = np.logical_or.reduce(list(kinds.values()))
        gone = surrounding & ~_like_the_rest(labels, pieces, smooth, surrounding, touching)
        rest = np.where(gone, 0, areas)
        if rest.max() >= max(FEWEST, least * areas.max()):
            left_out |= {name: flags & gone & (areas > 0) for name, flags in kinds.items()}
            areas = rest
    return left_out


def within_budget(pieces: Table, numbers: Iterable[int], pixels: int) -> Iterator[int]:
    """Of these pieces, in their order, those whose boxes come to no more than `BUDGET` times so many pixels."""
    spent = 0
    for number in numbers:
        spent += int(pieces[number, cv2.CC_STAT_WIDTH]) * int(pieces[number, cv2.CC_STAT_HEIGHT])
        if spent > BUDGET * pixels:
            return
        yield number


def _touching(labels: Table, count: int) -> Table:
    """How many pixels of each piece lie on the border, above, below, left and right: 4×pieces."""
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.stack([np.bincount(side, minlength=count) for side in sides]).astype(np.int32)


def _like_the_rest(labels: Table, pieces: Table, smooth: Grey, surrounding: Flags, touching: Table) -> Flags:
    """Which pieces touch the border and are as dark and as large as those that do not surround."""
    like = np.zeros(len(pieces), dtype=bool)
    size = sides_of(pieces)[-1]
    others = np.flatnonzero(~surrounding[1:] & (pieces[1:, cv2.CC_STAT_AREA] >= FEWEST)) + 1
    if not len(others):
        return like
    largest = int(others[pieces[others, cv2.CC_STAT_AREA].argmax()])
    asked = np.flatnonzero(surrounding[1:] & touching[:, 1:].any(0) & (size[1:] <= AS_LARGE * size[largest])) + 1
    if not len(asked):
        return like
    darkness = _darkness(labels, pieces, smooth, largest)
    for number in within_budget(pieces, asked.tolist(), labels.size):
        like[number] = abs(_darkness(labels, pieces, smooth, number) - darkness) <= AS_DARK * darkness
    return like


def _darkness(labels: Table, pieces: Table, smooth: Grey, number: int) -> float:
    """The median of a piece, looked for in its own box: of many specks the whole picture would be too much."""
    box = box_of(pieces, number)
    return float(np.median(smooth[box][labels[box] == number]))


def _around_the_page(labels: Table, pieces: Table, touching: Table) -> dict[str, Flags]:
    """Which pieces are a frame, or what the page lies on."""
    height, width = labels.shape
    along = touching.sum(0) >= ALONG * min(height, width)
    wide, high = pieces[:, cv2.CC_STAT_WIDTH], pieces[:, cv2.CC_STAT_HEIGHT]
    return {"edge": along, "frame": ~along & (wide >= FRAME * width) & (high >= FRAME * height) & _thin(pieces)}


def _beside(labels: Table, pieces: Table, areas: Table, touching: Table) -> dict[str, Flags]:
    """Which pieces are lines, lie along the border, or are rings around others."""
    height, width = labels.shape
    left, top, right, bottom, size = sides_of(pieces)
    wide, high = right - left, bottom - top
    flat = wide > LINE * high
    usual = size[~flat & (areas > 0)].max(initial=0)
    line = flat & (wide > LONG * usual) | (touching[:2] > 0).all(0) & (high > RULED * wide)
    leaning = (touching[:2] >= LEANING * wide).any(0) & (high < ACROSS * height)
    leaning |= (touching[2:] >= LEANING * high).any(0) & (wide < ACROSS * width)
    ring = np.zeros(len(pieces), dtype=bool)
    asked = np.flatnonzero(_thin(pieces) & (areas > 0))
    for number in within_budget(pieces, asked[np.argsort(-size[asked], kind="stable")].tolist(), labels.size):
        within = (left > left[number]) & (top > top[number]) & (right < right[number]) & (bottom < bottom[number])
        within &= (size >= RINGED * size[number]) & (areas > 0)
        if within.any():
            inner = int(np.where(within, size, 0).argmax())
            middle = (left[inner] + right[inner] - 1) / 2, (top[inner] + bottom[inner] - 1) / 2
            ring[number] = _directions_seen(labels, pieces, number, *middle) >= RING_SEEN
    return {"line": line, "border mark": leaning & ~line, "ring": ring & ~line & ~leaning}


def _directions_seen(labels: Table, pieces: Table, number: int, x: float, y: float) -> float:
    """In what part of all directions from a point a piece is seen."""
    box = box_of(pieces, number)
    down, across = np.nonzero(labels[box] == number)
    angle = np.arctan2(down + box[0].start - y, across + box[1].start - x) / (2 * np.pi) + 0.5
    return len(np.unique((angle * DIRECTIONS).astype(np.intp) % DIRECTIONS)) / DIRECTIONS


def _thin(pieces: Table) -> Flags:
    """Which pieces cover little of their boxes, as a ring or a frame does and a sheet of paper does not."""
    thin: Flags = pieces[:, cv2.CC_STAT_AREA] < THIN * pieces[:, cv2.CC_STAT_WIDTH] * pieces[:, cv2.CC_STAT_HEIGHT]
    return thin


def sides_of(pieces: Table) -> tuple[Table, Table, Table, Table, Table]:
    """Left, top, right, bottom and the longer side of each box."""
    left, top, wide, high = (
        pieces[:, k] for k in (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)
    )
    return left, top, left + wide, top + high, np.maximum(wide, high)


def box_of(pieces: Table, number: int) -> tuple[slice, slice]:
    """The rows and the columns of a piece's box."""
    left, top, wide, high = (int(side) for side in pieces[number, :4])
    return slice(top, top + high), slice(left, left + wide)
