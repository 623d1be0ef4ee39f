"""Numbers of test digits on paper as it is: plain, ruled, in boxes, on a grid."""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.patterns import Patterns

RULINGS: Final = ("plain", "one line", "ruled", "boxes", "grid")

Picture = NDArray[np.float32]


class Page(NamedTuple):
    """A page and what is on it.

    Attributes:
        grey: height×width uint8, dark on light.
        text: its digits.
    """

    grey: NDArray[np.uint8]
    text: str


class _Row(NamedTuple):
    """Where digits stand: their size, the left edge of the first, from one to the next, and the line below."""

    digits: int
    size: int
    left: float
    pitch: float
    base: int


def page(ruling: str, digits: Patterns, rng: Generator) -> Page:
    """A number of two to six digits.

    Args:
        ruling: one of `RULINGS`.
        digits: drawn from.
        rng: the same state gives the same page.
    """
    count, size = int(rng.integers(2, 7)), int(rng.integers(36, 90))
    height, width = int(size * rng.uniform(1.8, 3)), int(size * (count + rng.uniform(1, 3)))
    left, pitch = size * rng.uniform(0.5, 0.9), size * rng.uniform(0.85, 1.05)
    row = _Row(count, size, left, pitch, int(height * 0.5 + size * 0.36))
    chosen = rng.integers(len(digits), size=count)
    written = np.zeros((height, width), np.float32)
    for n, k in enumerate(chosen):
        large = cv2.resize(digits.images[k].numpy(), (size, size), interpolation=cv2.INTER_CUBIC) / np.float32(255)
        begin = int(row.left + n * row.pitch)
        top = int(np.clip(row.base - int(size * 24 / 28) + int(rng.normal(0, size * 0.03)), 0, height - size))
        there = written[top : top + size, begin : begin + size]
        np.maximum(there, large[:, : there.shape[1]], out=there)
    foreground = np.maximum(written, rng.uniform(0.35, 1) * _ruled(ruling, row, written.shape, rng))
    grey = 1 - 0.85 * foreground + rng.normal(0, 0.012, written.shape)
    blurred = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.6)
    text = "".join(str(int(digits.labels[k])) for k in chosen)
    return Page(np.clip(255 * blurred, 0, 255).astype(np.uint8), text)


def _ruled(ruling: str, row: _Row, shape: tuple[int, ...], rng: Generator) -> Picture:
    """The rulings alone, 1 on 0."""
    height, width = shape
    drawn = np.zeros(shape, np.uint8)
    pen = max(1, int(row.size * rng.uniform(0.015, 0.06)))
    leans = rng.normal(0, 0.008) * width

    def draw(x1: float, y1: float, x2: float, y2: float) -> None:
        cv2.line(drawn, (int(x1), int(y1)), (int(x2), int(y2)), 255, pen, cv2.LINE_AA)

    if ruling == "one line":
        y = row.base + int(rng.normal(0, row.size * 0.05))
        draw(0 if rng.random() < 0.7 else row.left * 0.3, y - leans / 2, width, y + leans / 2)
    elif ruling == "ruled":
        apart = int(row.size * rng.uniform(0.8, 1.3))
        for y in range(row.base % apart, height, apart):
            draw(0, y - leans / 2, width, y + leans / 2)
    elif ruling == "boxes":
        top, bottom = row.base - row.size * rng.uniform(0.82, 0.95), row.base + row.size * rng.uniform(0.05, 0.16)
        left = row.left + (row.size - row.pitch) / 2
        for n in range(row.digits + 1):
            draw(left + n * row.pitch, top, left + n * row.pitch, bottom)
        for level in (top, bottom):
            draw(left, level, left + row.digits * row.pitch, level)
    elif ruling == "grid":
        pen, apart = 1, int(row.size * rng.uniform(0.35, 0.6))
        for y in range(int(rng.integers(apart)), height, apart):
            draw(0, y, width, y)
        for x in range(int(rng.integers(apart)), width, apart):
            draw(x, 0, x, height)
        return np.asarray(drawn / 510, dtype=np.float32)
    return np.asarray(drawn / 255, dtype=np.float32)
