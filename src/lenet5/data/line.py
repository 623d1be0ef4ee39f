"""A line of digits as one image of 44 rows: what strings are written as, and what is cut into segments.

Foreground 255 on background 0, the line's foreground 40 rows high, as the 20 of a digit in the input are twice.
"""

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
    foreground = grey >= FOREGROUND
    rows, columns = np.flatnonzero(foreground.any(1)), np.flatnonzero(foreground.any(0))
    if not len(rows):
        return np.zeros((ROWS, 2 * MARGIN), np.uint8)
    cut_out = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(scaled(cut_out, HEIGHT / len(cut_out), rows=HEIGHT), MARGIN)


def scaled(grey: Line, scale: float, *, rows: int | None = None) -> Line:
    """An image at another scale: the mean over each pixel's area where it is reduced, else between its pixels.

    Args:
        grey: height×width uint8.
        scale: 2 for twice as high and wide.
        rows: the result's, where rounding must not decide; None for the nearest number.
    """
    import cv2

    height = rows or max(1, round(grey.shape[0] * scale))
    width = max(1, round(grey.shape[1] * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (width, height), interpolation=interpolation), np.uint8)
