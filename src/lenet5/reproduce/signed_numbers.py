"""Numbers of test digits with signs between them: a dot, a comma, a dash, a slash, and what is none of these."""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from lenet5.data.patterns import Patterns
from lenet5.reproduce.ruled_pages import Page

# Those that are read as themselves; the others are ? between digits.
READ: Final = (".", ",", "-", "/")
OTHERS: Final = ("+", "×", "÷", "=", "~")

Points = tuple[tuple[float, float], ...]


class _Sign(NamedTuple):
    """The strokes of a sign; lengths are in heights of a digit, x from its left end, y from the line below upwards."""

    wide: float
    strokes: tuple[Points, ...]


def _sign(sign: str, rng: Generator) -> _Sign:
    wide, middle = rng.uniform(0.3, 0.6), rng.uniform(0.38, 0.55)
    half = wide / 2
    if sign == ".":
        y = rng.uniform(0.0, 0.06)
        return _Sign(0.0, (((0.0, y), (0.0, y)),))
    if sign == ",":
        return _Sign(0.08, (((0.08, 0.04), (0.07, -0.05), (0.0, rng.uniform(-0.25, -0.15))),))
    if sign == "-":
        return _Sign(wide, (((0.0, middle), (wide, middle + rng.normal(0, 0.03))),))
    if sign == "/":
        return _Sign(wide, (((0.0, rng.uniform(-0.3, -0.12)), (wide, rng.uniform(1.12, 1.3))),))
    if sign == "+":
        return _Sign(wide, (((0.0, middle), (wide, middle)), ((half, middle - half), (half, middle + half))))
    if sign == "×":
        return _Sign(
            wide, (((0.0, middle - half), (wide, middle + half)), ((0.0, middle + half), (wide, middle - half)))
        )
    if sign == "÷":
        dots = tuple(((half, middle + up * wide * 0.45),) * 2 for up in (-1, 1))
        return _Sign(wide, (((0.0, middle), (wide, middle)), *dots))
    if sign == "=":
        return _Sign(wide, tuple(((0.0, middle + up), (wide, middle + up)) for up in (-0.1, 0.1)))
    x = np.linspace(0, 1, 12)
    return _Sign(wide, (tuple((float(wide * t), float(middle + 0.09 * np.sin(2 * np.pi * t))) for t in x),))


def page(signs: tuple[str, ...], digits: Patterns, rng: Generator) -> Page:
    """A number of three to six digits with one sign or two between them.

    Args:
        signs: that may stand there.
        digits: drawn from.
        rng: the same state gives the same page.
    """
    size, count = int(rng.integers(40, 90)), int(rng.integers(3, 7))
    after = set(rng.choice(count - 1, size=int(rng.integers(1, 3)), replace=False).tolist())
    chosen = rng.integers(len(digits), size=count)
    canvas = np.zeros((3 * size, (2 * count + 2) * size), np.uint8)
    pen, base, right, text = max(2, round(size * rng.uniform(0.08, 0.14))), 2 * size, size, ""
    for n, k in enumerate(chosen):
        image = digits.images[k].numpy()
        seen = np.flatnonzero((image > 60).any(0))
        # MNIST's digits are 20 pixels high; here, with the fringe around them, `size` is.
        large = cv2.resize(image[4:24, seen[0] : seen[-1] + 1], None, fx=size / 20, fy=size / 20,
                           interpolation=cv2.INTER_CUBIC)  # fmt: skip
        into = canvas[base - size : base, right : right + large.shape[1]]
        np.maximum(into, large, out=into)
        right += large.shape[1]
        text += str(int(digits.labels[k]))
        if n in after:
            name = signs[rng.integers(len(signs))]
            sign, apart = _sign(name, rng), size * rng.uniform(0.12, 0.25) + pen
            for stroke in sign.strokes:
                points = np.array([(right + apart + x * size, base - pen / 2 - y * size) for x, y in stroke])
                cv2.polylines(canvas, [np.rint(points * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
            right += round(2 * apart + sign.wide * size)
            text += name if name in READ else "?"
        else:
            right += round(size * rng.uniform(0.06, 0.25))
    foreground = canvas[:, : right + size] / np.float32(255)
    grey = 1 - 0.8 * foreground + rng.normal(0, 0.012, foreground.shape)
    blurred = np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.7), dtype=np.float32)
    return Page(np.clip(255 * blurred, 0, 255).astype(np.uint8), text)
