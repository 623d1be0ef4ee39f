"""A sheet of paper on something darker or lighter: the picture inside the picture."""

from typing import Final

import cv2
import numpy as np

from lenet5.data.finding import Found
from lenet5.data.picture import Grey

# A sheet takes at least this part of the picture, and not all that is within its outline is its own: it is written on.
LEAST: Final = 0.1
WRITTEN_ON: Final = 0.002

# How far its outline may depart from four straight sides, in parts of its length; how wide its edge is, of its size.
STRAIGHT: Final = 0.03
EDGE: Final = 0.04


def sheet_on(grey: Grey, found: Found) -> Grey | None:
    """What is on the sheet that was found instead of a digit, height×width of its box; None where it is no sheet.

    A sheet is a large area with four straight sides and something on it. Around it, all becomes as it is.
    """
    outlines, _ = cv2.findContours(found.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea)
    area = cv2.contourArea(outline)
    corners = cv2.approxPolyDP(outline, STRAIGHT * cv2.arcLength(outline, True), True)
    written_on = area - float(found.mask.sum()) > WRITTEN_ON * area
    if area < LEAST * grey.size or len(corners) != 4 or not cv2.isContourConvex(corners) or not written_on:
        return None
    inner = np.zeros(found.mask.shape, dtype=np.uint8)
    cv2.fillPoly(inner, [outline], (1,))
    edge = 2 * max(1, round(EDGE * found.size)) + 1
    inner = np.asarray(cv2.erode(np.pad(inner, 1), np.ones((edge, edge), dtype=np.uint8)), dtype=np.uint8)[1:-1, 1:-1]
    there = grey[found.top : found.bottom, found.left : found.right]
    return np.where(inner > 0, there, np.float32(np.median(there[found.mask])))
