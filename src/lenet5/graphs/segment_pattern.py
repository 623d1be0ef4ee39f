"""A segment as the pattern that the network reads: as MNIST's are made, its foreground in a box of 20."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.paper import INPUT_SIZE

# The longer side of a segment's foreground in its pattern, in pixels.
BOX: Final = 20


def segment_pattern(foreground: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pattern of what a segment holds: its longer side 20 pixels, its centre of mass in the middle of the input.

    Args:
        foreground: height×width uint8, cut out to its foreground.

    Returns:
        32×32 uint8.
    """
    height, width = foreground.shape
    longer = max(height, width)
    # Rounded half up, in whole numbers: C++ has the same.
    rows, columns = (max(1, (2 * BOX * side + longer) // (2 * longer)) for side in (height, width))
    small = area_means(height, rows) @ foreground.astype(np.float64) @ area_means(width, columns).T
    grey = np.floor(np.minimum(small + 0.5, 255)).astype(np.uint8)
    pattern = np.zeros((INPUT_SIZE, INPUT_SIZE), np.uint8)
    mass = float(grey.sum())
    top, left = (
        min(
            max(int(np.floor(INPUT_SIZE / 2 - float((along @ np.arange(len(along))) / mass))), 0),
            INPUT_SIZE - len(along),
        )
        if mass
        else (INPUT_SIZE - len(along)) // 2
        for along in (grey.sum(1, dtype=np.float64), grey.sum(0, dtype=np.float64))
    )
    pattern[top : top + rows, left : left + columns] = grey
    return pattern


def area_means(from_: int, to: int) -> NDArray[np.float64]:
    """The matrix, to×from, that reduces or enlarges a row of pixels: each the mean over the area that it covers."""
    edges = np.arange(to + 1) * from_ / to
    begin, end = edges[:-1, None], edges[1:, None]
    pixels = np.arange(from_)
    overlap = np.minimum(end, pixels + 1) - np.maximum(begin, pixels)
    means: NDArray[np.float64] = np.clip(overlap, 0, None) / (end - begin)
    return means
