"""A line of digits as one image of 44 rows: what strings are written as, and what is cut into segments.

Foreground 255 on background 0, the line's foreground 40 rows high, as the 20 of a digit in the input are twice.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

# The rows that the foreground takes, and those of background above and below it, and the columns beside it.
HEIGHT: Final = 40
MARGIN: Final = 2
ROWS: Final = HEIGHT + 2 * MARGIN
# From this grey level on a pixel counts as foreground: edges of strokes are smooth.
FOREGROUND: Final = 64

Line = NDArray[np.uint8]


def line_of(grey: Line) -> Line:
    """The foreground of an image, enlarged or reduced to a line.

    Args:
        grey: height×width uint8, foreground 255 on background 0, of any size.

    Returns:
        44×width uint8. Where there is no foreground, 44×4 of background.
    """
    import cv2

    box = foreground_box(grey)
    if box is None:
        return np.zeros((ROWS, 2 * MARGIN), np.uint8)
    left, top, right, bottom = box
    scale = HEIGHT / (bottom - top)
    size = max(1, round((right - left) * scale)), HEIGHT
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(grey[top:bottom, left:right], size, interpolation=interpolation)
    return np.pad(np.asarray(scaled, np.uint8), MARGIN)


def stacked(lines: Sequence[Line], rows: int, fewest_columns: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Lines of as many rows in one array N×rows×W, each at the left, background on its right; and the width of each."""
    widths = np.array([line.shape[1] for line in lines], np.int64)
    images = np.zeros((len(lines), rows, int(widths.max(initial=fewest_columns))), np.uint8)
    for image, line in zip(images, lines, strict=True):
        image[:, : line.shape[1]] = line
    return images, widths


def foreground_box(grey: Line, least: int = FOREGROUND) -> tuple[int, int, int, int] | None:
    """The left and top of what is `least` and brighter, and the column and row behind it; None where nothing is."""
    foreground = grey >= least
    rows, columns = np.flatnonzero(foreground.any(1)), np.flatnonzero(foreground.any(0))
    return (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else None
