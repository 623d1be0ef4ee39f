"""From any picture to patterns as MNIST has them: section III-A."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.finding import SPECK, Found, find_digits
from lenet5.data.ink import INK, Ink, ink_of
from lenet5.data.picture import Grey
from lenet5.data.sheet import sheet_on

# MNIST: the digit fits 20×20 and its centre of mass is in the middle of 28×28.
IMAGE: Final = 28
BOX: Final = 20

# The longer side that a digit is worked on at: thin strokes need an outline to move.
WORKED_AT: Final = 80

# Widths of stroke, of a box of 20, that MNIST's digits have; others are brought to the nearer end.
WIDTHS: Final = (2.2, 4.2)

# How much a digit is smoothed before its outline is taken, in pixels of 28: on clean paper, and on grainy.
SMOOTHED: Final = (0.2, 0.42)
GRAINY: Final = 0.02


def normalise(grey: Grey) -> tuple[NDArray[np.uint8], list[Found]]:
    """The digits of a page as patterns, N×28×28 uint8, ink 255, and where they are; in reading order.

    grey: height×width, 0 black to 1 white, dark ink on light paper or light on dark. A picture that is such a pattern
    already is passed through as it is.
    Departs from the paper: it normalised binary images; grey levels here come from the outline, anti-aliased, as in
    MNIST, and widths of stroke that MNIST has not are brought near it.
    """
    if is_pattern(grey):
        whole = Found(0, IMAGE, 0, IMAGE, grey > 0)
        return np.rint(grey * 255).astype(np.uint8)[None], [whole]
    ink = ink_of(grey)
    found = [] if ink is None else find_digits(ink)
    if len(found) == 1 and (sheet := sheet_on(grey, found[0])) is not None:
        patterns, on_it = normalise(sheet)
        top, left = found[0].top, found[0].left
        return patterns, [digit.moved(top, left) for digit in on_it]
    made = [(pattern, digit) for digit in found if ink and (pattern := _pattern_of(ink, digit)) is not None]
    patterns = np.array([pattern for pattern, _ in made], dtype=np.uint8).reshape(-1, IMAGE, IMAGE)
    return patterns, [digit for _, digit in made]


def is_pattern(grey: Grey) -> bool:
    """Whether it is as MNIST's images are: 28×28, black around a digit that fits 20×20, centred by its mass."""
    if grey.shape != (IMAGE, IMAGE):
        return False
    down, across = grey.sum(1), grey.sum(0)
    rows, columns = np.flatnonzero(down), np.flatnonzero(across)
    if not len(rows) or max(rows[-1] - rows[0], columns[-1] - columns[0]) >= BOX:
        return False
    at = np.arange(IMAGE)
    return all(abs(float(p @ at) / float(p.sum()) - (IMAGE - 1) / 2) < 1.5 for p in (down, across))


def _pattern_of(ink: Ink, digit: Found) -> NDArray[np.uint8] | None:
    """One digit as a pattern, 28×28 uint8; None where nothing of it is left at closer sight."""
    margin = max(2, digit.size // 4)
    top, left = max(0, digit.top - margin), max(0, digit.left - margin)
    near = ink.amount[top : digit.bottom + margin, left : digit.right + margin]
    own = np.zeros(near.shape, dtype=np.uint8)
    own[digit.top - top : digit.bottom - top, digit.left - left : digit.right - left] = digit.mask
    # Ink of a neighbour in the margin is none of this digit's.
    reach = 2 * max(2, margin // 2) + 1
    reached = cv2.dilate(own, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), iterations=reach // 2)
    near = np.where(np.asarray(reached) > 0, near, np.minimum(near, 0))
    scale = WORKED_AT / digit.size
    grainy = ink.grain * min(scale, 1.0) > GRAINY
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR if grainy else cv2.INTER_CUBIC
    height, width = (max(1, round(side * scale)) for side in near.shape)
    enlarged = cv2.resize(near, (width, height), interpolation=way)
    smooth = cv2.GaussianBlur(enlarged, (0, 0), SMOOTHED[grainy] * WORKED_AT / IMAGE)
    most = float(smooth.max())
    strokes = smooth[smooth > 0.5 * most] if most > 0 else smooth[:0].ravel()
    if not strokes.size:
        return None
    bold = float(np.partition(strokes, 6 * len(strokes) // 10)[6 * len(strokes) // 10])
    threshold = min(max((INK + 0.05) * bold, 2 * ink.grain * min(scale, 1 / scale)), 0.7 * most)
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
    unit = max(mask.shape) / BOX
    room = int(np.ceil(WIDTHS[0] * unit)) + 2
    wide = np.pad(mask, room).astype(np.uint8)
    inside = cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_5)
    # In a strip the mean distance to the edge is a quarter of its width.
    width = 4 * (float(inside[wide > 0].mean()) - 0.25) / unit
    outward = (float(np.clip(width, *WIDTHS)) - width) / 2 * unit
    distance = inside - cv2.distanceTransform(1 - wide, cv2.DIST_L2, cv2.DIST_MASK_5)
    soft = np.clip((distance + outward) / unit + 0.5, 0, 1)
    rows, columns = np.flatnonzero((soft > 0.5).any(1)), np.flatnonzero((soft > 0.5).any(0))
    if not len(rows):
        return None
    soft = soft[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(soft.shape)
    height, width_in_pixels = (max(1, round(side * scale)) for side in soft.shape)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(255 * soft, (width_in_pixels, height), interpolation=way)
    pattern = np.zeros((IMAGE, IMAGE), dtype=np.uint8)
    places = []
    for side, profile in ((height, small.sum(1)), (width_in_pixels, small.sum(0))):
        centre = float(profile @ np.arange(side) / profile.sum())
        places.append(int(np.clip(round((IMAGE - 1) / 2 - centre), 0, IMAGE - side)))
    top, left = places
    pattern[top : top + height, left : left + width_in_pixels] = np.rint(small)
    return pattern
