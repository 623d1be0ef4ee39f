"""The digits on a page: connected ink, gathered into digits, in reading order; and what was left out."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.clutter import LINE, Flags, Table, sides_of, surroundings, within_budget
from lenet5.reading.foreground import FAINTEST, GRAINS, INK, Ink
from lenet5.reading.lines import in_reading_order
from lenet5.reading.segment import Segment

# Pieces of less ink than this part of the largest piece are specks. One that is at least so large, in parts of the
# largest digit, is said to be left out: it may be a dot or a dash.
SPECK: Final = 0.03
SAID: Final = 0.08

# A piece is a small part of another digit if it has less than this part of its ink, and is nearer than this part of
# its size, and is itself no larger than this part of it, as a 1 beside a 0 is; two pieces of any size are one digit if
# one stands above the other, nearer than this, and together they are not higher than this many times their width.
SMALL: Final = 0.35
NEAR: Final = 0.35
PART: Final = 0.7
ABOVE: Final = 0.15
HIGHEST: Final = 2.2

# A mark of less than this part of the page's contrast is pale. It is a digit where it is a stroke, no wider than this
# part of its length, and of at least this part of the size of the bold ones; more pale marks than this are a texture.
PALE: Final = 0.7
STROKE: Final = 0.4
PALE_SIZE: Final = 0.4
PALE_MARKS: Final = 60

# More pieces than this are no digits: the texture of something else. So many of the largest are looked at.
MOST: Final = 400
LOOKED_AT: Final = 2000


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What a page was taken apart into.

    segments: one a digit, in reading order · left_out: how many marks were taken for no digit, by what they were taken
    for · doubtful_order: whether the lines could be others · texture: whether there was too much for a page of digits.
    """

    segments: list[Segment] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    doubtful_order: bool = False
    texture: bool = False


def find_digits(ink: Ink) -> Segmentation:
    """Every digit, line by line and from left to right; none for a page of specks.

    Ink that hangs together is one piece. A small piece close to a large one, as the bar of a 5, and pieces close above
    each other, are one digit.
    """
    foreground, bold = _foreground(ink)
    count, *found_there = cv2.connectedComponentsWithStats(foreground.view(np.uint8))
    labels, pieces = (np.asarray(table, dtype=np.int32) for table in found_there[:2])
    if count == 1:
        return Segmentation()
    areas = pieces[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    if count > LOOKED_AT:
        areas[areas < np.partition(areas, -LOOKED_AT)[-LOOKED_AT]] = 0
    left_out: Counter[str] = Counter()
    if count > 2:
        for kind, flags in surroundings(labels, pieces, areas, ink.smooth).items():
            areas[flags] = 0
            left_out[kind] += int(flags.sum())
    large = np.flatnonzero(areas >= SPECK * areas.max())
    if len(large) > MOST or len(list(within_budget(pieces, large.tolist(), labels.size))) < len(large):
        return Segmentation(texture=True)
    size = sides_of(pieces)[-1]
    left_out["speck"] += int(((areas > 0) & (areas < SPECK * areas.max()) & (size >= SAID * size[large].max())).sum())
    is_bold = np.bincount(labels[bold], minlength=count) > 0
    bold_ones, pale_ones = (_gathered(labels, pieces, large[is_bold[large] == of_bold]) for of_bold in (True, False))
    fitting = _fitting(pale_ones, bold_ones)
    left_out["pale mark"] += len(pale_ones) - len(fitting)
    digits = [one for one in bold_ones + fitting if one.width <= LINE * one.height] or bold_ones + fitting
    left_out["dash"] += len(bold_ones) + len(fitting) - len(digits)
    segments, doubtful = in_reading_order(digits)
    return Segmentation(segments, left_out, doubtful)


def _foreground(ink: Ink) -> tuple[Flags, Flags]:
    """Which pixels are ink, and which of them are ink of the boldest marks: height×width each.

    Ink is what has `INK` of the contrast of the mark that it belongs to: what would be read on a page of its own is
    not lost beside something darker.
    """
    threshold = min(max(INK * ink.contrast, 2 * ink.grain), 0.7 * float(ink.smooth.max()))
    bold = ink.smooth > threshold
    faintest = max(INK * FAINTEST, 2 * ink.grain)
    if faintest > PALE * threshold:
        return bold, bold
    visible = ink.smooth > faintest
    count, labels = cv2.connectedComponents(visible.view(np.uint8))
    amounts, marks = ink.smooth[visible], np.asarray(labels, dtype=np.intp)[visible]
    darkest = np.zeros(count, dtype=np.float32)
    np.maximum.at(darkest, marks, amounts)
    strokes = amounts > 0.5 * darkest[marks]
    pixels = np.bincount(marks[strokes], minlength=count)
    contrast = np.bincount(marks[strokes], amounts[strokes], count) / np.maximum(pixels, 1)
    pale = (contrast < PALE * ink.contrast) & (contrast >= max(FAINTEST, GRAINS * ink.grain))
    area = np.bincount(marks, minlength=count)
    pale &= area >= SPECK * area.max()
    if not 0 < np.count_nonzero(pale) <= PALE_MARKS:
        return bold, bold
    foreground, of_bold = bold.copy(), bold.copy()
    foreground[visible] = amounts > np.where(pale, np.maximum(INK * contrast, faintest), threshold)[marks]
    of_bold[visible] &= ~pale[marks]
    return foreground, of_bold


def _fitting(pale: list[Segment], bold: list[Segment]) -> list[Segment]:
    """Of the pale segments those that may be digits beside the bold ones: strokes, and not too small."""
    if not bold:
        return pale
    least = PALE_SIZE * float(np.median([segment.size for segment in bold]))
    return [one for one in pale if one.size >= least and _stroke_width(one.mask) <= STROKE * one.size]


def _segment(labels: Table, pieces: Table, numbers: NDArray[np.intp]) -> Segment:
    """The pieces of a digit as one segment."""
    left, top, right, bottom, _ = sides_of(pieces[numbers])
    box = int(left.min()), int(top.min()), int(right.max()), int(bottom.max())
    there = labels[box[1] : box[3], box[0] : box[2]]
    mask = there == numbers[0]
    for number in numbers[1:]:
        mask |= there == number
    return Segment(box[1], box[3], box[0], box[2], mask)


def _stroke_width(mask: Flags) -> float:
    """In pixels; in a strip the mean distance to the edge is a quarter of its width."""
    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return 4 * (float(inside[inside > 0].mean()) - 0.5)


def _gathered(labels: Table, pieces: Table, numbers: NDArray[np.intp]) -> list[Segment]:
    """These pieces as segments, those that belong together as one."""
    belongs_to = _belonging(pieces[numbers])
    return [_segment(labels, pieces, numbers[belongs_to == digit]) for digit in np.unique(belongs_to)]


def _belonging(pieces: Table) -> NDArray[np.intp]:
    """For each piece the number of the piece that stands for its digit."""
    if len(pieces) < 2:
        return np.zeros(len(pieces), dtype=np.intp)
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
