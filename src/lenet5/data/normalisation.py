"""From a digit on a page to a pattern as MNIST has it: section III-A, for any picture."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lenet5.data.finding import Found, find_digits
from lenet5.data.ink import INK, Ink, ink_of
from lenet5.data.picture import Grey

# MNIST: the digit fits 20×20 and its centre of mass is in the middle of 28×28.
IMAGE: Final = 28
BOX: Final = 20

# Strokes are worked on at this size or larger, so that thin ones have an outline to move.
WORKED_AT: Final = 60

# Widths of stroke, of a box of 20, that MNIST's digits have; others are brought to the nearer end.
WIDTHS: Final = (2.2, 4.2)


def normalise(grey: Grey) -> tuple[NDArray[np.uint8], list[Found]]:
    """The digits of a page as patterns, N×28×28 uint8, ink 255, and where they are; in reading order.

    A picture that is such a pattern already is passed through as it is.
    """
    if is_pattern(grey):
        whole = Found(0, IMAGE, 0, IMAGE, grey > 0)
        return np.rint(grey * 255).astype(np.uint8)[None], [whole]
    ink = ink_of(grey)
    found = [] if ink is None else find_digits(ink)
    made = [(digit, pattern) for digit in found if (pattern := pattern_of(ink, digit)) is not None] if ink else []
    if not made:
        return np.zeros((0, IMAGE, IMAGE), dtype=np.uint8), []
    return np.stack([pattern for _, pattern in made]), [digit for digit, _ in made]


def is_pattern(grey: Grey) -> bool:
    """Whether it is as MNIST's images are: 28×28, black around a digit that fits 20×20, centred by its mass."""
    if grey.shape != (IMAGE, IMAGE) or not (grey > 0).any():
        return False
    rows, columns = np.nonzero(grey)
    if max(np.ptp(rows), np.ptp(columns)) >= BOX:
        return False
    at = np.arange(IMAGE)
    centre = (float(grey.sum(1) @ at), float(grey.sum(0) @ at))
    return all(abs(c / float(grey.sum()) - (IMAGE - 1) / 2) < 1.5 for c in centre)


def pattern_of(ink: Ink, digit: Found) -> NDArray[np.uint8] | None:
    """One digit as a pattern, 28×28 uint8; None where nothing of it is left at closer sight."""
    margin = max(2, digit.size // 4)
    top, left = max(0, digit.top - margin), max(0, digit.left - margin)
    near = ink.amount[top : digit.bottom + margin, left : digit.right + margin]
    own = np.zeros(near.shape, dtype=bool)
    own[digit.top - top : digit.bottom - top, digit.left - left : digit.right - left] = digit.mask
    # Ink of a neighbour in the margin is none of this digit's.
    near = np.where(ndimage.binary_dilation(own, iterations=max(2, margin // 2)), near, np.minimum(near, 0))
    enlarged = max(1, -(-WORKED_AT // digit.size))
    if enlarged > 1:
        near = ndimage.zoom(near, enlarged, order=3 if ink.grain < 0.02 else 1)
    size = digit.size * enlarged
    smooth = ndimage.gaussian_filter(near, (0.2 if ink.grain < 0.02 else 0.42) * max(1.0, size / IMAGE))
    bold = float(np.percentile(smooth[smooth > 0.5 * smooth.max()], 60))
    threshold = min(max((INK + 0.05) * bold, 2 * ink.grain / enlarged), 0.7 * float(smooth.max()))
    mask = smooth > threshold
    labels, count = ndimage.label(mask, np.ones((3, 3), dtype=int))
    if count == 0:
        return None
    mass = ndimage.sum_labels(smooth, labels, np.arange(1, count + 1))
    mask = np.isin(labels, 1 + np.flatnonzero(mass >= 0.03 * mass.max()))
    return _drawn(mask)


def _drawn(mask: np.ndarray) -> NDArray[np.uint8]:
    """The outline, moved so that the strokes have a width of MNIST's, as a picture with soft edges in its place."""
    from PIL import Image

    rows, columns = np.nonzero(mask)
    unit = (max(np.ptp(rows), np.ptp(columns)) + 1) / BOX
    inside = ndimage.distance_transform_edt(np.pad(mask, 1))
    # In a strip the mean distance to the edge is a quarter of its width.
    width = 4 * (float(inside[inside > 0].mean()) - 0.25) / unit
    outward = (float(np.clip(width, *WIDTHS)) - width) / 2 * unit
    wide = np.pad(mask, int(np.ceil(max(outward, 0) + unit)) + 1)
    distance = ndimage.distance_transform_edt(wide) - ndimage.distance_transform_edt(~wide)
    soft = np.clip((distance + outward) / unit + 0.5, 0, 1)
    rows, columns = np.nonzero(soft > 0.5)
    soft = soft[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = BOX / max(soft.shape)
    height, width_in_pixels = (max(1, round(side * scale)) for side in soft.shape)
    bytes_ = Image.fromarray((soft * 255).astype(np.uint8))
    kind = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    small = np.asarray(bytes_.resize((width_in_pixels, height), kind), dtype=np.float32)
    pattern = np.zeros((IMAGE, IMAGE), dtype=np.uint8)
    places = []
    for side, profile in ((height, small.sum(1)), (width_in_pixels, small.sum(0))):
        centre = float(profile @ np.arange(side) / profile.sum())
        places.append(int(np.clip(round((IMAGE - 1) / 2 - centre), 0, IMAGE - side)))
    top, left = places
    pattern[top : top + height, left : left + width_in_pixels] = small
    return pattern
