"""What stands between two digits and is smaller, flatter or longer than they: dots, commas, dashes and slashes.

Their form and where they stand between the two says what they are. Of what is none of these the network says whether
it is a digit.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.clutter import Flags, Table, box_of, sides_of
from lenet5.reading.strokes import stroke_width

# Which components are neighbours. Lengths are in heights of the two between which a sign stands.
HIGH: Final = 0.35  # of the highest component: a neighbour is as high
TOO_MANY: Final = 400  # components: dust all over
LOWER: Final = 0.6  # a sign is lower than this, but for a slash
APART: Final = 1.0  # from a neighbour to a sign at most
REACHING_IN: Final = 0.2  # of a sign's own width: it may reach so far under a neighbour
NO_SPECK: Final = 0.5  # of the width of the neighbours' strokes: a sign is as large

# Signs. The line below is at 1, the line above at 0.
DOT: Final = 0.3  # it is smaller
ON_THE_LINE: Final = 0.75  # the middle of a dot, or a comma's top, is lower
BELOW: Final = 1.12  # a comma ends lower
COMMA: Final = 0.5  # it is smaller
FLAT: Final = 1.6  # widths to a height: a dash is wider
DASH: Final = (0.25, 0.75)  # its middle lies between, as that of + and of others that are none of these
CLEAR: Final = 0.08  # from a dash to both neighbours at least: the bar of a 5 is nearer to its body
SLASH: Final = 1.2  # it is higher
LEANING: Final = (0.17, 1.2)  # how far a slash goes to the right on its way up
STRAIGHT: Final = 0.32  # of its stroke's width: a straight stroke's pixels are nearer to a line, in the mean
EDGE: Final = 7  # pixels: what is left of a ruling begins no further from it

Numbers = NDArray[np.intp]


class Sign(NamedTuple):
    """What stands between two digits.

    Attributes:
        components: its own.
        after: the component on its left.
        text: what it is; empty where its form does not say it.
    """

    components: Numbers
    after: int
    text: str


class _Room(NamedTuple):
    """Between two neighbours: where they end, their mean upper and lower edges, and the width of their strokes."""

    left: int
    right: int
    top: float
    bottom: float
    stroke: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def signs_among(labels: Table, components: Table, areas: Table, ruled: Flags | None = None) -> list[Sign]:
    """What stands between two digits of a line and is no part of either.

    Beside a ruling that was taken away nothing is told from what is left of it.

    Args:
        labels: height×width, the number of each pixel's component, 0 for the background.
        components: a row a component, as OpenCV's connectedComponentsWithStats has them.
        areas: pixels of each, 0 for what is out of the question.
        ruled: height×width, where rulings were; None where there were none.
    """
    left, top, right, bottom, _ = sides_of(components)
    there = np.flatnonzero(areas)
    height = bottom - top
    high = there[height[there] >= HIGH * height[there].max(initial=0)]
    if len(high) < 2 or len(there) > TOO_MANY:
        return []
    higher = high[height[high] >= SLASH * np.median(height[high])]
    high = np.setdiff1d(high, [k for k in higher if _is_slash(labels[box_of(components, k)] == k)])
    between: dict[tuple[int, int], list[int]] = {}
    for one in there if ruled is None else np.setdiff1d(there, _beside(ruled, labels)):
        pair = _neighbours(int(one), high, (left, top, right, bottom))
        if pair is not None:
            between.setdefault(pair, []).append(int(one))
    found: list[Sign] = []
    strokes: dict[int, float] = {}
    for pair, members in between.items():
        for side in pair:
            if side not in strokes:
                strokes[side] = stroke_width(labels[box_of(components, side)] == side)
        above, below = (float(np.mean([edge[k] for k in pair])) for edge in (top, bottom))
        room = _Room(right[pair[0]], left[pair[1]], above, below, max(strokes[k] for k in pair))
        members = [k for k in members if max(right[k] - left[k], height[k]) >= NO_SPECK * room.stroke]
        for group in _above_each_other(members, left, right):
            text = _text_of(labels, components, group[0], room) if len(group) == 1 else ""
            # On a ruled page what is single and has no sign's form is what is left of a ruling, or a part of a digit.
            if text or (text == "" and (ruled is None or len(group) > 1)):
                found.append(Sign(np.array(group), pair[0], text))
    return found


def _beside(ruled: Flags, labels: Table) -> Numbers:
    """The components that are no further from a ruling than its blurred edge is wide."""
    near = cv2.dilate(ruled.view(np.uint8), np.ones((EDGE, EDGE), np.uint8)).astype(bool)
    return np.unique(labels[near]).astype(np.intp)


def _neighbours(one: int, high: Numbers, sides: tuple[Table, Table, Table, Table]) -> tuple[int, int] | None:
    """The nearest digits on both sides between which a component stands; None where it does not."""
    left, top, right, bottom = sides
    height = bottom - top
    middle = (top[one] + bottom[one]) / 2
    lower = (height[one] < LOWER * height[high]) | (height[one] > SLASH * height[high])
    level = (middle > top[high] - 0.3 * height[high]) & (middle < bottom[high] + 0.3 * height[high])
    others = high[lower & level & (high != one)]
    into = REACHING_IN * (right[one] - left[one])
    before = others[(left[others] < left[one]) & (right[others] <= left[one] + into)]
    after = others[(right[others] > right[one]) & (left[others] >= right[one] - into)]
    if not len(before) or not len(after):
        return None
    first, second = int(before[right[before].argmax()]), int(after[left[after].argmin()])
    far = max(left[one] - right[first], left[second] - right[one])
    return (first, second) if far <= APART * max(height[first], height[second], height[one]) else None


def _above_each_other(members: list[int], left: Table, right: Table) -> list[list[int]]:
    """These components, those together of which one stands above another."""
    groups: list[list[int]] = []
    for one in sorted(members, key=lambda k: int(left[k])):
        last = groups[-1] if groups else []
        shared = max((min(right[one], right[k]) - max(left[one], left[k]) for k in last), default=0)
        if last and shared > 0.5 * min(right[one] - left[one], *(right[k] - left[k] for k in last)):
            last.append(one)
        else:
            groups.append([one])
    return groups


def _text_of(labels: Table, components: Table, one: int, room: _Room) -> str | None:
    """What a single component is; empty where its form does not say it, None where it may be a part of a neighbour."""
    left, top, wide, high = (int(side) for side in components[one, :4])
    size = max(wide, high) / room.height
    above, below = ((edge - room.top) / room.height for edge in (top, top + high))
    middle = (above + below) / 2
    mask = labels[box_of(components, one)] == one
    if high >= SLASH * room.height:
        return "/" if _is_slash(mask) else None
    if DASH[0] < middle < DASH[1]:
        near = min(left - room.left, room.right - left - wide) < CLEAR * room.height
        straight = wide > FLAT * high and _is_straight(mask)
        return "" if not straight else None if near else "-"
    if size < COMMA and above > ON_THE_LINE and below > BELOW:
        return ","
    return "." if size < DOT and middle > ON_THE_LINE else None


def _is_slash(mask: NDArray[np.bool_]) -> bool:
    """Whether a mark is one straight stroke that leans to the right."""
    down, across = np.nonzero(mask)
    return LEANING[0] < -float(np.polyfit(down, across, 1)[0]) < LEANING[1] and _is_straight(mask)


def _is_straight(mask: NDArray[np.bool_]) -> bool:
    """Whether a mark is one straight stroke."""
    points = np.argwhere(mask).astype(np.float32)
    x, y, *at = (float(v) for v in np.ravel(cv2.fitLine(points, cv2.DIST_L2, 0, 0.01, 0.01)))
    away = np.abs((points[:, 0] - at[0]) * y - (points[:, 1] - at[1]) * x)
    return float(away.mean()) < STRAIGHT * stroke_width(mask)
