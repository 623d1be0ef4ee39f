"""What on a picture is no digit: a frame, a table, a shadow, a thumb, a ring, a line."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.picture import Grey

# What is no digit is left out where something else of this part of its ink is there. Around the page: a piece that
# touches so much of the border, in parts of the picture's shorter side, or a thin one whose box is so large a part of
# the picture both ways. Beside a digit: a piece that lies along the border with so much of its length, and does not
# reach across so much of the picture, as a thumb or a shadow; a thin ring around something of this part of its size; a
# line, so many times as wide as it is high, or a ruled one from border to border. Thin is what covers less than so
# much of its box. But what touches the border and is as dark and as large as the rest, give or take so much, is a digit
# of a number that was cut out tightly.
ELSE_IN_A_FRAME: Final = 0.005
ELSE: Final = 0.1
ALONG: Final = 0.5
FRAME: Final = 0.85
LEANING: Final = 0.6
ACROSS: Final = 0.8
RINGED: Final = 0.3
THIN: Final = 0.35
LINE: Final = 4
RULED: Final = 8
AS_DARK: Final = 0.15
AS_LARGE: Final = 1.5

# Fewer pixels than this are nothing else.
FEWEST: Final = 20

# So many of the largest pieces are looked at for rings.
LARGEST: Final = 400

Table = NDArray[np.int32]


def without_surroundings(labels: Table, pieces: Table, areas: Table, smooth: Grey) -> Table:
    """The areas of the pieces, 0 for what is around the page or beside a digit, where there is enough else.

    labels: height×width, the number of each pixel's piece, 0 for the paper · pieces: a row a piece, as OpenCV's
    connectedComponentsWithStats has them · areas: pixels of each · smooth: height×width, how dark each pixel is.
    """
    touching = _touching(labels, len(pieces))
    for surrounding, least in (
        (_around_the_page(labels, pieces, touching), ELSE_IN_A_FRAME),
        (_beside(labels, pieces, touching), ELSE),
    ):
        rest = np.where(surrounding & ~_like_the_rest(labels, pieces, smooth, surrounding, touching), 0, areas)
        if rest.max() >= max(FEWEST, least * areas.max()):
            areas = rest
    return areas


def _touching(labels: Table, count: int) -> Table:
    """How many pixels of each piece lie on the border, above, below, left and right: 4×pieces."""
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.stack([np.bincount(side, minlength=count) for side in sides]).astype(np.int32)


def _like_the_rest(
    labels: Table, pieces: Table, smooth: Grey, surrounding: NDArray[np.bool_], touching: Table
) -> NDArray[np.bool_]:
    """Which pieces touch the border and are as dark and as large as those that do not surround."""
    like = np.zeros(len(pieces), dtype=bool)
    size = sides_of(pieces)[-1]
    others = np.flatnonzero(~surrounding[1:] & (pieces[1:, cv2.CC_STAT_AREA] >= FEWEST)) + 1
    asked = np.flatnonzero(surrounding[1:] & touching[:, 1:].any(0)) + 1
    if not len(others) or not len(asked):
        return like
    largest = int(others[pieces[others, cv2.CC_STAT_AREA].argmax()])
    darkness = _darkness(labels, pieces, smooth, largest)
    for number in asked.tolist():
        if size[number] <= AS_LARGE * size[largest]:
            of_piece = _darkness(labels, pieces, smooth, number)
            like[number] = abs(of_piece - darkness) <= AS_DARK * darkness
    return like


def _darkness(labels: Table, pieces: Table, smooth: Grey, number: int) -> float:
    """The median of a piece, looked for in its own box: of many specks the whole picture would be too much."""
    left, top, wide, high = (int(side) for side in pieces[number, :4])
    box = np.s_[top : top + high, left : left + wide]
    return float(np.median(smooth[box][labels[box] == number]))


def _around_the_page(labels: Table, pieces: Table, touching: Table) -> NDArray[np.bool_]:
    """Which pieces are a frame, or what the page lies on."""
    height, width = labels.shape
    along = touching.sum(0) >= ALONG * min(height, width)
    wide, high = pieces[:, cv2.CC_STAT_WIDTH], pieces[:, cv2.CC_STAT_HEIGHT]
    frame = (wide >= FRAME * width) & (high >= FRAME * height) & _thin(pieces)
    around: NDArray[np.bool_] = along | frame
    return around


def _beside(labels: Table, pieces: Table, touching: Table) -> NDArray[np.bool_]:
    """Which pieces lie along the border, are rings around others, or lines."""
    height, width = labels.shape
    left, top, right, bottom, size = sides_of(pieces)
    wide, high = right - left, bottom - top
    leaning = (touching[:2] >= LEANING * wide).any(0) & (high < ACROSS * height)
    leaning |= (touching[2:] >= LEANING * high).any(0) & (wide < ACROSS * width)
    ring = np.zeros(len(pieces), dtype=bool)
    # Piece 0 is the paper.
    for number in 1 + np.argsort(-size[1:], kind="stable")[:LARGEST]:
        within = (left > left[number]) & (top > top[number]) & (right < right[number]) & (bottom < bottom[number])
        ring[number] = bool((within & (size >= RINGED * size[number])).any())
    ruled = (touching[:2] > 0).all(0) & (high > RULED * wide)
    beside: NDArray[np.bool_] = leaning | ring & _thin(pieces) | (wide > LINE * high) | ruled
    return beside


def _thin(pieces: Table) -> NDArray[np.bool_]:
    """Which pieces cover little of their boxes, as a ring or a frame does and a sheet of paper does not."""
    thin: NDArray[np.bool_] = (
        pieces[:, cv2.CC_STAT_AREA] < THIN * pieces[:, cv2.CC_STAT_WIDTH] * pieces[:, cv2.CC_STAT_HEIGHT]
    )
    return thin


def sides_of(pieces: Table) -> tuple[Table, Table, Table, Table, Table]:
    """Left, top, right, bottom and the longer side of each box."""
    left, top, wide, high = (
        pieces[:, k] for k in (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)
    )
    return left, top, left + wide, top + high, np.maximum(wide, high)
