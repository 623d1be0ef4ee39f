"""The ten digits as a person draws them: strokes in a unit square, and pictures of them."""

import cv2
import numpy as np
from numpy.typing import NDArray


def _arc(x: float, y: float, a: float, b: float, start: float, end: float) -> list[tuple[float, float]]:
    """An ellipse's part, clockwise from the right in degrees."""
    return [(x + a * np.cos(t), y + b * np.sin(t)) for t in np.radians(np.linspace(start, end, 24))]


STROKES: dict[int, list[list[tuple[float, float]]]] = {
    0: [_arc(0.5, 0.5, 0.3, 0.45, -100, 260)],
    1: [[(0.55, 0.05), (0.45, 0.95)]],
    2: [[*_arc(0.5, 0.3, 0.3, 0.25, -170, 30), (0.2, 0.93), (0.85, 0.9)]],
    3: [[*_arc(0.45, 0.28, 0.28, 0.23, -150, 90), *_arc(0.45, 0.72, 0.33, 0.23, -90, 150)]],
    4: [[(0.35, 0.05), (0.2, 0.5), (0.8, 0.5)], [(0.7, 0.1), (0.65, 0.95)]],
    5: [[(0.3, 0.08), (0.25, 0.45), *_arc(0.45, 0.68, 0.3, 0.26, -110, 150)], [(0.3, 0.08), (0.8, 0.06)]],
    6: [[(0.65, 0.05), (0.35, 0.4), *_arc(0.5, 0.72, 0.25, 0.22, -190, 160)]],
    7: [[(0.15, 0.1), (0.8, 0.1), (0.4, 0.95)]],
    8: [[*_arc(0.5, 0.28, 0.22, 0.23, 90, 450), *_arc(0.5, 0.74, 0.28, 0.23, -90, 270)]],
    9: [[*_arc(0.5, 0.3, 0.24, 0.24, 0, 360), (0.74, 0.3), (0.66, 0.95)]],
}


def drawn(digit: int, height: int = 100, pen: int | None = None) -> NDArray[np.uint8]:
    """A digit so many pixels high, on a square page with a margin, ink 255 on paper 0."""
    pen = pen or max(2, height // 9)
    margin = height // 4 + pen
    page = np.zeros((height + 2 * margin, height + 2 * margin), dtype=np.uint8)
    for stroke in STROKES[digit]:
        points = np.rint(np.array(stroke) * height * 16 + margin * 16).astype(np.int32)
        cv2.polylines(page, [points], isClosed=False, color=255, thickness=pen, lineType=cv2.LINE_AA, shift=4)
    return page
