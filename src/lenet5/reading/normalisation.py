"""From any picture to patterns as MNIST has them: section III-A."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.damage import stretched
from lenet5.reading.foreground import BOLD_PART, FAINTEST, Foreground, foreground_of
from lenet5.reading.grey_levels import Grey
from lenet5.reading.page_detection import page_on
from lenet5.reading.rulings import without_rulings
from lenet5.reading.segment import Segment
from lenet5.reading.segmentation import SPECK, Segmentation, find_digits
from lenet5.reading.strokes import redrawn

# What MNIST's images are: the digit fits a box, and its centre of mass is in the middle of the image.
IMAGE: Final = 28  # pixels a side
BOX: Final = 20  # pixels a side
MIDDLE: Final = 14.5  # pixels from the edge: the pixel of number 14 is in the middle of its own

BRIGHT: Final = 192  # of 255: its strongest pixel is as bright, at least

# Pages within one another: a page on a table, and a card on the page.
LEVELS: Final = 3

# How a digit's outline is drawn.
WORKED_AT: Final = 80  # pixels of its longer side: thin strokes need an outline to move
SMOOTHED: Final = (
    0.2,
    0.42,
)  # pixels of 28: σ before the outline is taken, on a clean page and on a grainy
GRAINY: Final = 0.02  # of the range: a page of more grain is grainy


@dataclass(frozen=True, eq=False)
class Normalised:
    """A page as the network sees it.

    Attributes:
        patterns: N×28×28 uint8, foreground 255, in reading order.
        segments: where each is on the page.
        foreground: height×width of the picture, how strong the foreground is, 0 for none.
        left_out: how many marks were taken for no digit, by what they were taken for.
        doubtful_order: whether the lines could be others.
        texture: whether there was too much on the page for digits.
        is_pattern: whether the picture was a pattern already.
    """

    patterns: NDArray[np.uint8]
    segments: list[Segment]
    foreground: Grey
    left_out: Counter[str] = field(default_factory=Counter)
    doubtful_order: bool = False
    texture: bool = False
    is_pattern: bool = False


def normalise(grey: Grey) -> Normalised:
    """The digits of a page as patterns, as MNIST has them.

    A picture of a pattern's size is taken for one, whatever has become of it. A page on something else is cut out
    first, and a page on that one, `LEVELS` deep.

    Args:
        grey: height×width, 0 black to 1 white, dark on light or light on dark.

    *Paper:* section III-A.
    *Departs:* the paper normalised binary images. Grey levels here come from the outline, anti-aliased, as in MNIST;
    widths of stroke that MNIST has not are brought near it.
    """
    if grey.shape == (IMAGE, IMAGE) and np.ptp(grey) > FAINTEST:
        pattern = as_it_is(grey)
        whole = [Segment(0, IMAGE, 0, IMAGE, pattern > 0)]
        return Normalised(pattern[None], whole, (pattern / np.float32(255)).astype(np.float32), is_pattern=True)
    on_picture = np.zeros(grey.shape, np.float32)
    top = left = frames = 0
    for level in range(LEVELS):
        foreground = foreground_of(grey)
        rulings = 0
        if foreground is not None:
            foreground, rulings = without_rulings(foreground)
        found = Segmentation() if foreground is None else find_digits(foreground)
        if level == LEVELS - 1 or len(found.segments) != 1:
            break
        only = found.segments[0]
        page = page_on(grey, only, on_page=level > 0)
        if page is None:
            break
        grey, top, left, frames = page, top + only.top, left + only.left, frames + 1
    patterns = [_pattern_of(foreground, segment) for segment in found.segments] if foreground else []
    made = [pattern is not None for pattern in patterns]
    left_out = found.left_out + Counter({"frame": frames, "faint mark": made.count(False), "ruled line": rulings})
    if foreground is not None:
        height, width = foreground.amount.shape
        on_picture[top : top + height, left : left + width] = foreground.amount
    return Normalised(
        np.array([pattern for pattern in patterns if pattern is not None], dtype=np.uint8).reshape(-1, IMAGE, IMAGE),
        [segment.moved(top, left) for segment, there in zip(found.segments, made, strict=True) if there],
        on_picture,
        left_out,
        found.doubtful_order,
        found.texture,
    )


def as_it_is(grey: Grey) -> NDArray[np.uint8]:
    """A picture of a pattern's size as a pattern: foreground light, from 0 to 255, nothing moved.

    Foreground is what differs more from the border, where there is little of it.
    """
    border = float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    light = float(grey.max()) - border >= border - float(grey.min())
    pattern = np.rint(255 * (grey if light else 1 - grey)).astype(np.uint8)
    as_mnist_has_it = pattern.min() == 0 and pattern.max() >= BRIGHT
    return pattern if as_mnist_has_it else stretched(pattern)


def _pattern_of(foreground: Foreground, digit: Segment) -> NDArray[np.uint8] | None:
    """One digit as a pattern, 28×28 uint8; None where nothing of it is left at closer sight."""
    margin = max(2, digit.size // 4)
    top, left = max(0, digit.top - margin), max(0, digit.left - margin)
    near = foreground.amount[top : digit.bottom + margin, left : digit.right + margin]
    own = np.zeros(near.shape, dtype=np.uint8)
    own[digit.top - top : digit.bottom - top, digit.left - left : digit.right - left] = digit.mask
    # Foreground of a neighbour in the margin is none of this digit's.
    away = cv2.distanceTransform(1 - own, cv2.DIST_L1, cv2.DIST_MASK_3)
    near = np.where(away <= max(2, margin // 2), near, np.minimum(near, 0))
    scale = WORKED_AT / digit.size
    grainy = foreground.grain * min(scale, 1.0) > GRAINY
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR if grainy else cv2.INTER_CUBIC
    height, width = (max(1, round(side * scale)) for side in near.shape)
    enlarged = cv2.resize(near, (width, height), interpolation=interpolation)
    smooth = cv2.GaussianBlur(enlarged, (0, 0), SMOOTHED[grainy] * WORKED_AT / IMAGE)
    strongest = float(smooth.max())
    strokes = smooth[smooth > 0.5 * strongest] if strongest > 0 else smooth[:0].ravel()
    if not strokes.size:
        return None
    bold = float(np.partition(strokes, 6 * len(strokes) // 10)[6 * len(strokes) // 10])
    threshold = min(max((BOLD_PART + 0.05) * bold, 2 * foreground.grain * min(scale, 1 / scale)), 0.7 * strongest)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((smooth > threshold).astype(np.uint8))
    if count == 1:
        return None
    areas = boxes[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return _drawn((areas >= SPECK * areas.max())[labels] & (labels > 0))


def _drawn(mask: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """The outline, moved so that the strokes have a width of MNIST's, as a picture with soft edges in its place.

    None where nothing is left of it.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    mask = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    soft, _ = redrawn(mask, max(mask.shape) / BOX)
    rows, columns = np.flatnonzero((soft > 0.5).any(1)), np.flatnonzero((soft > 0.5).any(0))
    if not len(rows):
        return None
    # The square that becomes 28×28: the digit fits 20 of them, and its centre of mass is in the middle.
    side = round(max(rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1) * IMAGE / BOX)
    corner = []
    for profile, seen in ((soft.sum(1), rows), (soft.sum(0), columns)):
        middle = float(profile @ np.arange(len(profile)) / profile.sum()) + 0.5
        corner.append(int(np.clip(round(middle - MIDDLE * side / IMAGE), seen[-1] + 1 - side, seen[0])))
    square = np.pad(soft, side)[corner[0] + side : corner[0] + 2 * side, corner[1] + side : corner[1] + 2 * side]
    return np.rint(cv2.resize(255 * square, (IMAGE, IMAGE), interpolation=cv2.INTER_AREA)).astype(np.uint8)
