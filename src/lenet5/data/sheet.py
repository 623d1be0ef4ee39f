"""A sheet of paper on something darker or lighter: the picture inside the picture."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.finding import Found
from lenet5.data.picture import Grey

# A sheet takes at least this part of the picture, and not all that is within its outline is its own: it is written on.
LEAST: Final = 0.1
WRITTEN_ON: Final = 0.002

# How far its outline may depart from four straight sides, in parts of its length; how wide its edge is, of its size.
STRAIGHT: Final = 0.03
EDGE: Final = 0.04

# A disc fills so much of its hull, and is itself filled so far; the hole of a 0 fills so much of its own hull, and is
# less slender than this.
ROUND: Final = 0.97
FILLED: Final = 0.78
ROUND_HOLE: Final = 0.95
SLENDER: Final = 3


def sheet_on(grey: Grey, found: Found) -> Grey | None:
    """What is on the sheet that was found instead of a digit, height×width of its box; None where it is no sheet.

    A sheet is a large area with four straight sides and something on it, or a round one that is filled, which a 0 is
    not. Around it, all becomes as it is.
    """
    outlines, _ = cv2.findContours(found.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    covered = float(found.mask.sum()) / max(area, 1.0)
    if area < LEAST * grey.size or covered > 1 - WRITTEN_ON:
        return None
    corners = cv2.approxPolyDP(outline, STRAIGHT * cv2.arcLength(outline, True), True)
    four_sides = len(corners) == 4 and cv2.isContourConvex(corners)
    inner = np.zeros(found.mask.shape, dtype=np.uint8)
    cv2.fillPoly(inner, [outline], (1,))
    round_one = area >= ROUND * cv2.contourArea(cv2.convexHull(outline)) and covered >= FILLED
    disc = round_one and not _is_hole_of_a_zero((inner > 0) & ~found.mask)
    if not four_sides and not disc:
        return None
    edge = 2 * max(1, round(EDGE * found.size)) + 1
    inner = np.asarray(cv2.erode(np.pad(inner, 1), np.ones((edge, edge), dtype=np.uint8)), dtype=np.uint8)[1:-1, 1:-1]
    there = grey[found.top : found.bottom, found.left : found.right]
    return np.where(inner > 0, there, np.float32(np.median(there[found.mask])))


def _is_hole_of_a_zero(hole: NDArray[np.bool_]) -> bool:
    """Whether what is left open is as round as the inside of a 0; a digit is not, but for a 1, which is slender."""
    outlines, _ = cv2.findContours(hole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(outlines, key=cv2.contourArea)
    left, top, wide, high = cv2.boundingRect(largest)
    own = float(hole[top : top + high, left : left + wide].sum())
    full = own >= ROUND_HOLE * max(cv2.contourArea(cv2.convexHull(largest)), 1.0)
    return full and max(wide, high) < SLENDER * min(wide, high)
