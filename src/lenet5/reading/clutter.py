"""What on a picture is no digit: a frame, a table, a shadow, a thumb, a ring, a line."""

from collections.abc import Iterable, Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.grey_levels import Grey

# Clutter is left out only where something else is there. How much of the clutter's foreground that must be:
ELSE_IN_A_FRAME: Final = 0.005  # beside a frame, or what the page lies on: a digit in a large frame is small
ELSE: Final = 0.1  # beside a line, a ring, a mark at the border

# Around the page.
ALONG: Final = 0.5  # of the picture's shorter side: what touches so much of the border is a table or a shadow
FRAME: Final = 0.85  # of the picture's width and height: a thin component with so large a box is a frame

# At the border, as a thumb or a shadow.
LEANING: Final = 0.6  # of its own side: what lies along the border with so much of it leans on it
ACROSS: Final = 0.8  # of the picture: what reaches so far across is a stroke, and does not lean

# A digit of a number that was cut out tightly touches the border as well. It is like the rest:
AS_DARK: Final = 0.15  # its darkness differs by at most this part
AS_LARGE: Final = 1.5  # it is at most so many times as large

# A ring around a digit.
THIN: Final = 0.35  # of its box: a ring and a frame cover less
RINGED: Final = 0.3  # of the ring's size: what it is around is at least so large, or it is noise within a 0
DIRECTIONS: Final = 36  # counted around the middle of what is inside
RING_SEEN: Final = 0.8  # of the directions: from its bar, the body of a 5 is seen in fewer

# A line.
LINE: Final = 4  # widths to a height: what is wider is flat
LONG: Final = 1.2  # of the largest other component: a flat one that is shorter may be the bar of a 5
RULED: Final = 8  # heights to a width: what reaches from the upper border to the lower and is so thin is ruled

# Pixels: fewer are nothing else.
FEWEST: Final = 20

# Pictures: the boxes of all that is looked at one by one have at most so many times its pixels. More are a texture.
BUDGET: Final = 4

Table = NDArray[np.int32]
Flags = NDArray[np.bool_]


def clutter_of(labels: Table, components: Table, areas: Table, smooth: Grey) -> dict[str, Flags]:
    """Which components are around the page or beside a digit, where there is enough else; by what they are taken for.

    Args:
        labels: height×width, the number of each pixel's component, 0 for the background.
        components: a row a component, as OpenCV's connectedComponentsWithStats has them.
        areas: pixels of each, 0 for what is out of the question.
        smooth: height×width, how dark each pixel is.

    Returns:
        By kind, a flag for each component.
    """
    touching = _touching(labels, len(components))
    left_out: dict[str, Flags] = {}
    for kinds, least in (
        (_around_the_page(labels, components, touching), ELSE_IN_A_FRAME),
        (_beside(labels, components, areas, touching), ELSE),
    ):
        surrounding = np.logical_or.reduce(list(kinds.values()))
        gone = surrounding & ~_like_the_rest(labels, components, smooth, surrounding, touching)
        rest = np.where(gone, 0, areas)
        if rest.max() >= max(FEWEST, least * areas.max()):
            left_out |= {name: flags & gone & (areas > 0) for name, flags in kinds.items()}
            areas = rest
    return left_out


def within_budget(components: Table, numbers: Iterable[int], pixels: int) -> Iterator[int]:
    """Of these components, in their order, those whose boxes come to no more than `BUDGET` times so many pixels."""
    spent = 0
    for number in numbers:
        spent += int(components[number, cv2.CC_STAT_WIDTH]) * int(components[number, cv2.CC_STAT_HEIGHT])
        if spent > BUDGET * pixels:
            return
        yield number


def _touching(labels: Table, count: int) -> Table:
    """How many pixels of each component lie on the border, above, below, left and right: 4×components."""
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.stack([np.bincount(side, minlength=count) for side in sides]).astype(np.int32)


def _like_the_rest(labels: Table, components: Table, smooth: Grey, surrounding: Flags, touching: Table) -> Flags:
    """Which components touch the border and are as dark and as large as those that do not surround."""
    like = np.zeros(len(components), dtype=bool)
    size = sides_of(components)[-1]
    others = np.flatnonzero(~surrounding[1:] & (components[1:, cv2.CC_STAT_AREA] >= FEWEST)) + 1
    if not len(others):
        return like
    largest = int(others[components[others, cv2.CC_STAT_AREA].argmax()])
    asked = np.flatnonzero(surrounding[1:] & touching[:, 1:].any(0) & (size[1:] <= AS_LARGE * size[largest])) + 1
    if not len(asked):
        return like
    darkness = _darkness(labels, components, smooth, largest)
    for number in within_budget(components, asked.tolist(), labels.size):
        like[number] = abs(_darkness(labels, components, smooth, number) - darkness) <= AS_DARK * darkness
    return like


def _darkness(labels: Table, components: Table, smooth: Grey, number: int) -> float:
    """The median of a component, looked for in its own box: of many specks the whole picture would be too much."""
    box = box_of(components, number)
    return float(np.median(smooth[box][labels[box] == number]))


def _around_the_page(labels: Table, components: Table, touching: Table) -> dict[str, Flags]:
    """Which components are a frame, or what the page lies on."""
    height, width = labels.shape
    along = touching.sum(0) >= ALONG * min(height, width)
    wide, high = components[:, cv2.CC_STAT_WIDTH], components[:, cv2.CC_STAT_HEIGHT]
    return {"edge": along, "frame": ~along & (wide >= FRAME * width) & (high >= FRAME * height) & _thin(components)}


def _beside(labels: Table, components: Table, areas: Table, touching: Table) -> dict[str, Flags]:
    """Which components are lines, lie along the border, or are rings around others."""
    height, width = labels.shape
    left, top, right, bottom, size = sides_of(components)
    wide, high = right - left, bottom - top
    flat = wide > LINE * high
    usual = size[~flat & (areas > 0)].max(initial=0)
    line = flat & (wide > LONG * usual) | (touching[:2] > 0).all(0) & (high > RULED * wide)
    leaning = (touching[:2] >= LEANING * wide).any(0) & (high < ACROSS * height)
    leaning |= (touching[2:] >= LEANING * high).any(0) & (wide < ACROSS * width)
    ring = np.zeros(len(components), dtype=bool)
    asked = np.flatnonzero(_thin(components) & (areas > 0))
    for number in within_budget(components, asked[np.argsort(-size[asked], kind="stable")].tolist(), labels.size):
        within = (left > left[number]) & (top > top[number]) & (right < right[number]) & (bottom < bottom[number])
        within &= (size >= RINGED * size[number]) & (areas > 0)
        if within.any():
            inner = int(np.where(within, size, 0).argmax())
            middle = (left[inner] + right[inner] - 1) / 2, (top[inner] + bottom[inner] - 1) / 2
            ring[number] = _directions_seen(labels, components, number, *middle) >= RING_SEEN
    return {"line": line, "border mark": leaning & ~line, "ring": ring & ~line & ~leaning}


def _directions_seen(labels: Table, components: Table, number: int, x: float, y: float) -> float:
    """In what part of all directions from a point a component is seen."""
    box = box_of(components, number)
    down, across = np.nonzero(labels[box] == number)
    angle = np.arctan2(down + box[0].start - y, across + box[1].start - x) / (2 * np.pi) + 0.5
    return len(np.unique((angle * DIRECTIONS).astype(np.intp) % DIRECTIONS)) / DIRECTIONS


def _thin(components: Table) -> Flags:
    """Which components cover little of their boxes, as a ring or a frame does and a page does not."""
    thin: Flags = (
        components[:, cv2.CC_STAT_AREA] < THIN * components[:, cv2.CC_STAT_WIDTH] * components[:, cv2.CC_STAT_HEIGHT]
    )
    return thin


def sides_of(components: Table) -> tuple[Table, Table, Table, Table, Table]:
    """Left, top, right, bottom and the longer side of each box."""
    left, top, wide, high = (
        components[:, k] for k in (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)
    )
    return left, top, left + wide, top + high, np.maximum(wide, high)


def box_of(components: Table, number: int) -> tuple[slice, slice]:
    """The rows and the columns of a component's box."""
    left, top, wide, high = (int(side) for side in components[number, :4])
    return slice(top, top + high), slice(left, left + wide)
