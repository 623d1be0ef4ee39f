"""The digits on a page: connected foreground, gathered into digits, in reading order; and what was left out."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.clutter import LINE, Flags, Table, clutter_of, sides_of, within_budget
from lenet5.reading.foreground import BOLD_PART, FAINTEST, GRAINS, Foreground
from lenet5.reading.lines import in_reading_order
from lenet5.reading.segment import Segment
from lenet5.reading.signs import signs_among
from lenet5.reading.strokes import stroke_width

# Specks.
SPECK: Final = 0.03  # of the largest component's pixels: what has fewer is a speck
SAID: Final = 0.08  # of the largest digit's size: a speck that is as large may be a dot, and is said to be left out

# A small component is a part of the digit beside it.
SMALL: Final = 0.35  # of the digit's pixels: it has fewer
NEAR: Final = 0.35  # of the digit's size: it is nearer
PART: Final = 0.7  # of the digit's size: it is smaller, which a 1 beside a 0 is not

# Components of any size are one digit where one stands above the other.
ABOVE: Final = 0.15  # of the larger one's size: they are nearer
HIGHEST: Final = 2.2  # heights to a width: together they are lower, which two lines of digits are not

# Pale marks beside bold ones.
PALE: Final = 0.7  # of the page's contrast: a mark of less is pale
STROKE: Final = 0.4  # of its size: the stroke of a pale digit is narrower, which a stain is not
PALE_SIZE: Final = 0.4  # of the bold digits' size: a pale digit is at least as large
PALE_MARKS: Final = 60  # more on a page are a texture

# Components on a page: more are the texture of something else; so many of the largest are looked at.
MAX_COMPONENTS: Final = 400
COMPONENTS_LOOKED_AT: Final = 2000


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What a page was taken apart into.

    Attributes:
        segments: one a digit, in reading order.
        left_out: how many marks were taken for no digit, by what they were taken for.
        doubtful_order: whether the lines could be others.
        texture: whether there was too much for a page of digits.
    """

    segments: list[Segment] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    doubtful_order: bool = False
    texture: bool = False


def find_digits(foreground: Foreground) -> Segmentation:
    """Every digit, line by line and from left to right; none for a page of specks.

    Foreground that hangs together is one component. A small component close to a large one, as the bar of a 5, and
    components close above each other, are one digit. What stands between two digits is a segment of its own.
    """
    shown, bold = _foreground_pixels(foreground)
    count, *found_there = cv2.connectedComponentsWithStats(shown.view(np.uint8))
    labels, components = (np.asarray(table, dtype=np.int32) for table in found_there[:2])
    if count == 1:
        return Segmentation()
    areas = components[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    if count > COMPONENTS_LOOKED_AT:
        areas[areas < np.partition(areas, -COMPONENTS_LOOKED_AT)[-COMPONENTS_LOOKED_AT]] = 0
    left_out: Counter[str] = Counter()
    if count > 2:
        for kind, flags in clutter_of(labels, components, areas, foreground.smooth).items():
            areas[flags] = 0
            left_out[kind] += int(flags.sum())
    large = np.flatnonzero(areas >= SPECK * areas.max())
    if len(large) > MAX_COMPONENTS or len(list(within_budget(components, large.tolist(), labels.size))) < len(large):
        return Segmentation(texture=True)
    signs = signs_among(labels, components, areas, foreground.ruled)
    for sign in signs:
        areas[sign.components] = 0
    large = np.flatnonzero(areas >= SPECK * areas.max())
    left, top, right, bottom, size = sides_of(components)
    left_out["speck"] += int(((areas > 0) & (areas < SPECK * areas.max()) & (size >= SAID * size[large].max())).sum())
    is_bold = np.bincount(labels[bold], minlength=count) > 0
    bold_ones, pale_ones = (
        _gathered(labels, components, large[is_bold[large] == of_bold]) for of_bold in (True, False)
    )
    fitting = _fitting(pale_ones, bold_ones)
    left_out["pale mark"] += len(pale_ones) - len(fitting)
    digits = [one for one in bold_ones + fitting if one.width <= LINE * one.height] or bold_ones + fitting
    left_out["dash"] += len(bold_ones) + len(fitting) - len(digits)
    segments, doubtful = in_reading_order(digits)
    for sign in reversed(signs):
        before = tuple(int(side[sign.after]) for side in (left, top, right, bottom))
        of_sign = replace(_segment(labels, components, sign.components), sign=sign.text)
        _insert_after(segments, before, of_sign)
    return Segmentation(segments, left_out, doubtful)


def _insert_after(segments: list[Segment], before: tuple[int, ...], sign: Segment) -> None:
    """A sign into reading order: after the digit that has this box, left, top, right and bottom, within its own."""
    left, top, right, bottom = before
    for k, one in enumerate(segments):
        if one.left <= left and one.top <= top and right <= one.right and bottom <= one.bottom:
            segments.insert(k + 1, sign.on_line(one.line))
            return


def _foreground_pixels(foreground: Foreground) -> tuple[Flags, Flags]:
    """Which pixels are foreground, and which of them are foreground of the boldest marks: height×width each.

    A mark's pixels are those of `BOLD_PART` of its own contrast: what would be read on a page of its own is not lost
    beside something darker.
    """
    threshold = min(max(BOLD_PART * foreground.contrast, 2 * foreground.grain), 0.7 * float(foreground.smooth.max()))
    bold = foreground.smooth > threshold
    faintest = max(BOLD_PART * FAINTEST, 2 * foreground.grain)
    if faintest > PALE * threshold:
        return bold, bold
    visible = foreground.smooth > faintest
    count, labels = cv2.connectedComponents(visible.view(np.uint8))
    amounts, marks = foreground.smooth[visible], np.asarray(labels, dtype=np.intp)[visible]
    darkest = np.zeros(count, dtype=np.float32)
    np.maximum.at(darkest, marks, amounts)
    strokes = amounts > 0.5 * darkest[marks]
    pixels = np.bincount(marks[strokes], minlength=count)
    contrast = np.bincount(marks[strokes], amounts[strokes], count) / np.maximum(pixels, 1)
    pale = (contrast < PALE * foreground.contrast) & (contrast >= max(FAINTEST, GRAINS * foreground.grain))
    area = np.bincount(marks, minlength=count)
    pale &= area >= SPECK * area.max()
    if not 0 < np.count_nonzero(pale) <= PALE_MARKS:
        return bold, bold
    shown, of_bold = bold.copy(), bold.copy()
    shown[visible] = amounts > np.where(pale, np.maximum(BOLD_PART * contrast, faintest), threshold)[marks]
    of_bold[visible] &= ~pale[marks]
    return shown, of_bold


def _fitting(pale: list[Segment], bold: list[Segment]) -> list[Segment]:
    """Of the pale segments those that may be digits beside the bold ones: strokes, and not too small."""
    if not bold:
        return pale
    least = PALE_SIZE * float(np.median([segment.size for segment in bold]))
    return [one for one in pale if one.size >= least and stroke_width(one.mask) <= STROKE * one.size]


def _segment(labels: Table, components: Table, numbers: NDArray[np.intp]) -> Segment:
    """The components of a digit as one segment."""
    left, top, right, bottom, _ = sides_of(components[numbers])
    box = int(left.min()), int(top.min()), int(right.max()), int(bottom.max())
    there = labels[box[1] : box[3], box[0] : box[2]]
    mask = there == numbers[0]
    for number in numbers[1:]:
        mask |= there == number
    return Segment(box[1], box[3], box[0], box[2], mask)


def _gathered(labels: Table, components: Table, numbers: NDArray[np.intp]) -> list[Segment]:
    """These components as segments, those that belong together as one."""
    belongs_to = _belonging(components[numbers])
    return [_segment(labels, components, numbers[belongs_to == digit]) for digit in np.unique(belongs_to)]


def _belonging(components: Table) -> NDArray[np.intp]:
    """For each component the number of the component that stands for its digit."""
    if len(components) < 2:
        return np.zeros(len(components), dtype=np.intp)
    left, top, right, bottom, size = sides_of(components)
    area = components[:, cv2.CC_STAT_AREA]
    across = np.maximum(np.maximum(left[:, None] - right, left - right[:, None]), 0)
    down = np.maximum(np.maximum(top[:, None] - bottom, top - bottom[:, None]), 0)
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    larger = np.maximum(size[:, None], size)
    over = shared >= 0.5 * np.minimum((right - left)[:, None], right - left)
    part = (area[:, None] < SMALL * area) & (np.maximum(across, down) < NEAR * size) & (size[:, None] < PART * size)
    belongs_to = np.arange(len(components))
    # A small component belongs to the nearest of the digits that it may be a part of.
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
