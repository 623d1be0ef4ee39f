"""Strokes: how wide they are, and the same outline with strokes of another width and soft edges."""

import cv2
import numpy as np
from numpy.typing import NDArray

# In pixels of a digit's box of 20: the widths that MNIST's strokes have; others come to the nearer end.
STROKE_WIDTHS = (2.2, 4.2)


def stroke_width(mask: NDArray[np.bool_]) -> float:
    """In pixels; in a strip the mean distance to the edge is a quarter of its width."""
    return _width(signed_distance(mask, 1))


def signed_distance(mask: NDArray[np.bool_], room: int) -> NDArray[np.float32]:
    """The distance of each pixel's middle to the edge, outside below 0, with so much room around the mask."""
    wide = np.pad(mask, room).astype(np.uint8)
    inside = cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - wide, cv2.DIST_L2, cv2.DIST_MASK_5)
    # Both are measured between the middles of pixels, and the edge is half a pixel nearer.
    return np.where(wide > 0, inside - 0.5, 0.5 - outside).astype(np.float32)


def redrawn(mask: NDArray[np.bool_], unit: float) -> tuple[NDArray[np.float32], int]:
    """The outline, moved so that the strokes have a width of MNIST's, as a picture with soft edges.

    Args:
        mask: height×width.
        unit: pixels of the mask to a twentieth of a digit's height.

    Returns:
        0 to 1, and how much wider it is on each side than the mask.
    """
    room = int(np.ceil(STROKE_WIDTHS[0] * unit)) + 2
    distance = signed_distance(mask, room)
    width = _width(distance) / unit
    outward = (float(np.clip(width, *STROKE_WIDTHS)) - width) / 2 * unit
    return np.clip((distance + outward) / unit + 0.5, 0, 1), room


def _width(distance: NDArray[np.float32]) -> float:
    return 4 * float(distance[distance > 0].mean())
