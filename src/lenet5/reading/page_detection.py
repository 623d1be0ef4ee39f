"""A page of background on something darker or lighter: the picture inside the picture."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.grey_levels import Grey
from lenet5.reading.segment import Segment

# A page inside the picture.
LEAST: Final = 0.1  # of the picture: it takes at least as much
WRITTEN_ON: Final = 0.002  # of its outline: so much at least is not its own, for it is written on
SMALLER: Final = 0.7  # of the page that it lies on: it takes at most as much, or it is the one that was just cut out
FRAME: Final = 0.5  # of its outline: what covers less is the frame around a page

# A page of four sides.
STRAIGHT: Final = 0.03  # of its outline's length: the outline departs by less from four straight sides
SPANNED: Final = 0.9  # of its area: the four corners span as much, which those of a slender 0 do not
EDGE: Final = 0.04  # of its size: so much of the edge is left out

# A round page.
ROUND: Final = 0.97  # of its convex hull: it fills as much
FILLED: Final = 0.78  # of its outline: it covers as much, which a 0 does not
ROUND_HOLE: Final = 0.95  # of the hole's convex hull: the hole of a 0 fills as much
SLENDER: Final = 3  # lengths to a width: the hole of a 0 is less slender, a 1 that is written on a disc is not


def page_on(grey: Grey, segment: Segment, *, on_page: bool = False) -> Grey | None:
    """What is on the page that was found instead of a digit, height×width of its box; None where it is no page.

    A page is a large area with four straight sides and something on it, or a round one that is filled, which a 0 is
    not. Around it, all becomes as most of it is. `on_page`: whether grey itself was cut out as a page.
    """
    outlines, _ = cv2.findContours(segment.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    covered = float(segment.mask.sum()) / max(area, 1.0)
    if area < LEAST * grey.size or covered > 1 - WRITTEN_ON or (on_page and area > SMALLER * grey.size):
        return None
    corners = cv2.approxPolyDP(outline, STRAIGHT * cv2.arcLength(outline, True), True)
    four_sides = len(corners) == 4 and cv2.isContourConvex(corners) and cv2.contourArea(corners) >= SPANNED * area
    inner = np.zeros(segment.mask.shape, dtype=np.uint8)
    cv2.fillPoly(inner, [outline], (1,))
    round_one = area >= ROUND * cv2.contourArea(cv2.convexHull(outline)) and covered >= FILLED
    disc = round_one and not _is_hole_of_a_zero((inner > 0) & ~segment.mask)
    if not four_sides and not disc:
        return None
    if covered < FRAME:
        inner[segment.mask] = 0
    edge = 2 * max(1, round(EDGE * segment.size)) + 1
    inner = np.asarray(cv2.erode(np.pad(inner, 1), np.ones((edge, edge), dtype=np.uint8)), dtype=np.uint8)[1:-1, 1:-1]
    there = grey[segment.top : segment.bottom, segment.left : segment.right]
    if not inner.any():
        return None
    return np.where(inner > 0, there, np.float32(np.median(there[inner > 0])))


def _is_hole_of_a_zero(hole: NDArray[np.bool_]) -> bool:
    """Whether what is left open is as round as the inside of a 0; a digit is not, but for a 1, which is slender."""
    outlines, _ = cv2.findContours(hole.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(outlines, key=cv2.contourArea)
    left, top, wide, high = cv2.boundingRect(largest)
    own = float(hole[top : top + high, left : left + wide].sum())
    full = own >= ROUND_HOLE * max(cv2.contourArea(cv2.convexHull(largest)), 1.0)
    return full and max(wide, high) < SLENDER * min(wide, high)
