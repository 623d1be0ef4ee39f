"""Segments of a page side by side as one line of 44 rows, as `data.line` has them."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.line import HEIGHT, MARGIN, Line, foreground_box, line_of
from lenet5.reading.grey_levels import Grey
from lenet5.reading.segment import Segment
from lenet5.reading.strokes import STROKE_WIDTHS, redrawn, stroke_width

# The height at which strokes are redrawn, in pixels, and heights to a width that no number has.
WORKED_AT: Final = 4 * HEIGHT
LONGEST: Final = 30
# Of the foreground's strengths, in per cent: what counts as 255.
BOLD: Final = 80
# Strokes so many times thinner or thicker than MNIST's are redrawn.
TOLERANCE: Final = 1.3
# Strokes so many times thicker are none, but an area.
AREA: Final = 2.5


@dataclass(frozen=True, eq=False)
class LineImage:
    """A line, and where it is on the page.

    Attributes:
        line: 44×width uint8.
        masks: of each segment its pixels on the line, 44×width.
        left: of the line's first column, in pixels of the page.
        top: of its first row.
        scale: pixels of the line to a pixel of the page.
    """

    line: Line
    masks: list[NDArray[np.bool_]]
    left: float
    top: float
    scale: float

    def box_on_page(self, box: NDArray[np.int64]) -> tuple[float, float, float, float]:
        """A box of the line as left, top, right, bottom in pixels of the page."""
        left, top, right, bottom = (float(side) / self.scale for side in box)
        return self.left + left, self.top + top, self.left + right, self.top + bottom

    def shares(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> list[float]:
        """The part of each segment that lies between two cuts, 44 columns each."""
        columns = np.arange(self.line.shape[1])
        between = (columns >= left[:, None]) & (columns < right[:, None])
        return [float((mask & between).sum() / max(1, mask.sum())) for mask in self.masks]


def line_image(segments: list[Segment], foreground: Grey) -> LineImage | None:
    """Segments as a line; None where they are no number's.

    The grey levels are the page's own, relative to the darkest strokes. Where strokes are thinner or thicker than any
    of MNIST's the outline is redrawn with others.

    Args:
        segments: of one line of the page, one at least.
        foreground: height×width of the page, how strong it is.
    """
    left, top = min(s.left for s in segments), min(s.top for s in segments)
    right, bottom = max(s.right for s in segments), max(s.bottom for s in segments)
    if right - left > LONGEST * (bottom - top):
        return None
    masks = [np.zeros((bottom - top, right - left), np.uint8) for _ in segments]
    for mask, segment in zip(masks, segments, strict=True):
        mask[segment.top - top : segment.bottom - top, segment.left - left : segment.right - left] = segment.mask
    own = np.maximum.reduce(masks)
    here = foreground[top:bottom, left:right]
    bold = float(np.percentile(here[own > 0], BOLD))
    if bold <= 0:
        return None
    # Soft edges are outside of the outlines; what is further away is no part of these segments.
    strength = np.clip(here / bold, 0, 1)
    grey = np.rint(255 * strength * cv2.dilate(own, np.ones((3, 3), np.uint8))).astype(np.uint8)
    scale = WORKED_AT / (bottom - top)
    size = max(1, round((right - left) * scale)), WORKED_AT
    grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)
    # Strokes thinner than a pixel there are not lost.
    outline = np.asarray(grey > min(127, int(grey.max()) // 2), np.bool_)
    unit, room = 2 * WORKED_AT / HEIGHT, 0
    thinnest, thickest = STROKE_WIDTHS
    strokes = stroke_width(outline) / unit
    if strokes > AREA * thickest:
        return None
    if not thinnest / TOLERANCE <= strokes <= thickest * TOLERANCE:
        soft, room = redrawn(outline, unit)
        grey = np.rint(255 * soft).astype(np.uint8)
    box = foreground_box(grey)
    if box is None or box[2] - box[0] > LONGEST * (box[3] - box[1]):
        return None
    line = line_of(grey)
    reduced = HEIGHT / (box[3] - box[1])
    across, down = (MARGIN - (first - room) * reduced for first in box[:2])
    at = np.array([[scale * reduced, 0, across], [0, scale * reduced, down]])
    on_line = [
        cv2.warpAffine(mask, at, (line.shape[1], line.shape[0]), flags=cv2.INTER_NEAREST).astype(np.bool_)
        for mask in masks
    ]
    on_page = scale * reduced
    return LineImage(line, on_line, left - across / on_page, top - down / on_page, on_page)
