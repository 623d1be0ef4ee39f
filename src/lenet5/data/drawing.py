"""Strokes drawn with a pen and brought to a pattern as MNIST has them."""

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.line import foreground_box
from lenet5.data.skeletons import Skeleton, Stroke
from lenet5.paper import INPUT_SIZE

Image = NDArray[np.uint8]

# MNIST's: the longer side, in pixels of a pattern.
SIDE: Final = 20
# What is drawn is so many times as large first, with a margin of a pattern's pixels.
FINER: Final = 4
MARGIN: Final = 4
# Of a pixel, for OpenCV's lines.
BITS: Final = 4


def drawn(strokes: Skeleton, rng: Generator) -> Image:
    """Strokes as a pattern, 32×32 uint8: a pen of some width and pressure, sometimes broken or dotted.

    Args:
        strokes: with finite points, one at least.
        rng: for the pen.
    """
    every = np.concatenate(strokes)
    low, high = every.min(0), every.max(0)
    pen = rng.uniform(1.3, 4.2) * FINER
    scale = (SIDE * FINER - pen) / max(float((high - low).max()), 1e-6)
    canvas = np.zeros(np.ceil((high - low)[::-1] * scale + 2 * MARGIN * FINER + pen).astype(int), np.uint8)
    offset = MARGIN * FINER + pen / 2
    placed = [(stroke - low) * scale + offset for stroke in strokes]
    if (style := rng.random()) < 0.08:
        placed = [part for stroke in placed for part in _broken(stroke, pen, rng, dotted=style < 0.03)]
    for stroke in placed:
        _draw(canvas, stroke, pen, rng)
    if rng.random() < 0.15:
        canvas[rng.random(canvas.shape) < rng.uniform(0.02, 0.2)] = 0  # a dry pen
    smooth = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.6, 2.2))
    return as_pattern(np.asarray(smooth, dtype=np.uint8))


def as_pattern(canvas: Image) -> Image:
    """What is on a canvas, its longer side `SIDE` pixels and its centre of mass in the middle, 32×32 uint8."""
    out = np.zeros((INPUT_SIZE, INPUT_SIZE), np.uint8)
    there = cropped(canvas, 41)
    if not there.size:
        return out
    factor = SIDE / max(there.shape)
    size = tuple(max(1, round(side * factor)) for side in there.shape[::-1])
    small = cv2.resize(there, size, interpolation=cv2.INTER_AREA)
    small = np.minimum(small * (255 / max(1, int(small.max()))), 255).astype(np.uint8)
    mass = small.sum(dtype=np.float64)
    top, left = (
        round(INPUT_SIZE / 2 - float(small.sum(1 - axis) @ (np.arange(small.shape[axis]) + 0.5)) / mass)
        for axis in (0, 1)
    )
    top, left = (
        int(np.clip(begin, 0, INPUT_SIZE - side)) for begin, side in zip((top, left), small.shape, strict=True)
    )
    out[top : top + small.shape[0], left : left + small.shape[1]] = small
    return out


def cropped(image: Image, least: int) -> Image:
    """The box of the pixels that are `least` and brighter; without a pixel where none is."""
    left, top, right, bottom = foreground_box(image, least) or (0, 0, 0, 0)
    return image[top:bottom, left:right]


def _draw(canvas: Image, stroke: Stroke, pen: float, rng: Generator) -> None:
    """A line whose width changes a little along it."""
    points = np.rint(stroke * 2**BITS).astype(np.int32)
    if len(points) == 1:
        points = np.repeat(points, 2, 0)
    if rng.random() < 0.5:
        cv2.polylines(canvas, [points[:, None]], False, 255, max(1, round(pen)), cv2.LINE_AA, BITS)
        return
    phase, change = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.4)
    widths = pen * (1 + change * np.sin(phase + np.linspace(0, rng.uniform(2, 7), len(points))))
    for a, b, width in zip(points, points[1:], widths, strict=False):
        cv2.line(canvas, a.tolist(), b.tolist(), 255, max(1, round(float(width))), cv2.LINE_AA, BITS)


def _broken(stroke: Stroke, pen: float, rng: Generator, *, dotted: bool) -> list[Stroke]:
    """A stroke in parts with gaps between them, or as dots."""
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])
    if length[-1] < pen:
        return [stroke]
    step = pen * rng.uniform(1.3, 2.2) if dotted else rng.uniform(0.25, 0.6) * length[-1] + 2 * pen
    filled = 0.0 if dotted else step - pen * rng.uniform(1.1, 1.6)
    parts = []
    for begin in np.arange(0, length[-1], step):
        at = np.linspace(begin, min(begin + filled, length[-1]), max(1, 1 + round(filled / 3)))
        parts.append(np.stack([np.interp(at, length, stroke[:, k]) for k in (0, 1)], axis=1))
    return parts
