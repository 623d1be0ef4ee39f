"""What is no digit: scribbles, lines, boxes, blots, textures, edges; digits that touch, or were turned or cut in half.

Letters and signs come from `glyphs`. Whatever could be taken for a digit is left out: an upright line, a ring.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.drawing import SIDE, Image, as_pattern, cropped, drawn
from lenet5.data.skeletons import Skeleton, arc, curve, hand, line
from lenet5.paper import INPUT_SIZE

# Of 255: fainter pixels at a digit's edge are cut off before it is joined or cut.
SEEN: Final = 61
# Half of these digits is no other digit: half an 8 is a 3, and the stems of 4, 7 and 9 are a 1.
LEFT_HALVES: Final = (0, 2, 3, 5, 6)
RIGHT_HALVES: Final = (0, 2, 5, 6)

# Degrees: a digit that was turned further is none, as far as it is no other then.
TURNED: Final = 45
TURN_TO_DIGITS: Final = (0, 1, 8)  # at any angle
UPSIDE_DOWN: Final = (2, 5, 6, 9)  # turned by more than this they are digits again:
NEARLY_HALF: Final = 95


def rubbish(digits: NDArray[np.uint8], labels: NDArray[np.int64], rng: Generator) -> Image:
    """Something that is no digit, as a pattern, 32×32 uint8.

    Args:
        digits: N×28×28 uint8, some of which are cut and joined.
        labels: theirs.
        rng: the same state gives the same image.
    """
    kind = rng.random()
    if kind < 0.35:
        signs = _SIGNS[rng.integers(len(_SIGNS))](rng)
        return drawn(hand(signs, rng), rng)
    if kind < 0.57:
        return drawn(_scribble(rng), rng)
    if kind < 0.75:
        return _texture(rng)
    if kind < 0.87:
        return _touching(digits, rng)
    if kind < 0.94:
        return _turned(digits, labels, rng)
    return _half(digits, labels, rng)


def _scribble(rng: Generator) -> Skeleton:
    """A line that wanders: round or in corners, once or several times, or round and round."""
    style = rng.random()
    if style < 0.2:  # a spiral or a coil
        turns, middle = rng.uniform(1.8, 4.5), rng.uniform(0, 0.6, 2)
        t = np.linspace(0, 1, 60)
        radius = 0.5 * (1 - rng.uniform(0.7, 0.95) * t)
        angle = 2 * np.pi * turns * t
        return [np.stack([radius * np.cos(angle) + middle[0] * t, radius * np.sin(angle) + middle[1] * t], 1)]
    if style < 0.35:  # to and fro
        count = int(rng.integers(5, 12))
        down = np.linspace(0, rng.uniform(0.4, 1.2), count)
        across = np.where(np.arange(count) % 2, rng.uniform(0.5, 1.0), 0.0) + rng.normal(0, 0.08, count)
        points = [(float(x), float(y)) for x, y in zip(across, down, strict=True)]
        points = points if rng.random() < 0.5 else [(y, x) for x, y in points]
        return [line(*points) if rng.random() < 0.5 else curve(*points)]
    strokes = []
    for _ in range(int(rng.choice([1, 2, 3], p=[0.4, 0.35, 0.25]))):
        points = [(float(x), float(y)) for x, y in rng.uniform(0, 1, (int(rng.integers(6, 11)), 2))]
        strokes.append(curve(*points) if rng.random() < 0.7 else line(*points))
    return strokes


def _cross(rng: Generator) -> Skeleton:
    tilt, meet = rng.normal(0, 0.05), rng.normal(0.5, 0.06)
    return [line((0.5, 0.0), (0.5, 1.0)), line((0.0, meet + tilt), (1.0, meet - tilt))]


def _times(rng: Generator) -> Skeleton:
    low, high = rng.uniform(0.8, 1.0, 2)
    return [line((0.0, 0.0), (low, 1.0)), line((high, 0.0), (0.0, 1.0))]


def _bars(rng: Generator) -> Skeleton:
    """One, two or three level lines: a dash, the sign of equality."""
    count = int(rng.integers(1, 4))
    tilt = rng.normal(0, 0.06)
    return [line((0.0, y - tilt), (1.0, y + tilt)) for y in 0.28 * np.arange(count)]


def _wave(rng: Generator) -> Skeleton:
    high = rng.uniform(0.08, 0.2)
    return [curve((0.0, high), (0.25, -high), (0.5, 0.0), (0.75, high), (1.0, -high))]


def _divided(rng: Generator) -> Skeleton:
    apart = rng.uniform(0.22, 0.4)
    return [line((0.0, 0.5), (1.0, 0.5)), line((0.5, 0.5 - apart)), line((0.5, 0.5 + apart))]


def _dot(_: Generator) -> Skeleton:
    return [line((0.0, 0.0))]


def _dots(rng: Generator) -> Skeleton:
    return [line((float(x), float(y))) for x, y in rng.uniform(0, 1, (int(rng.integers(2, 9)), 2))]


def _box(rng: Generator) -> Skeleton:
    """A box, a comb of boxes or a grid: wider than a 0."""
    columns, rows = int(rng.integers(1, 5)), int(rng.integers(1, 3))
    wide = rng.uniform(0.95, 1.5)
    uprights = [line((wide * k, 0.0), (wide * k, rows)) for k in range(columns + 1)]
    across = [line((0.0, float(k)), (wide * columns, float(k))) for k in range(rows + 1)]
    return (
        [*uprights, *across]
        if columns + rows > 2 or rng.random() < 0.5
        else [line((0.0, 0.0), (wide, 0.0), (wide, 1.0), (0.0, 1.0), (0.0, 0.0))]
    )


def _corner(rng: Generator) -> Skeleton:
    """Two lines that meet in a corner or a T, as those of a form do."""
    meet = rng.uniform(0, 1)
    if rng.random() < 0.5:
        return [line((0.0, 0.0), (0.0, 1.0), (rng.uniform(0.5, 1.2), 1.0))]
    return [line((0.0, 1.0), (1.4, 1.0)), line((meet, 0.0), (meet, 1.0))]


def _polygon(rng: Generator) -> Skeleton:
    """A triangle, a diamond or a star."""
    count = int(rng.choice([3, 4, 5]))
    step = 2 if count == 5 else 1
    turn = (rng.uniform(-0.2, 0.2) if count != 4 else 0.0) - np.pi / 2
    angle = 2 * np.pi * step * np.arange(count + 1) / count + turn
    return [np.stack([np.cos(angle), np.sin(angle)], 1)]


def _tick(rng: Generator) -> Skeleton:
    return [line((0.0, rng.uniform(0.5, 0.7)), (rng.uniform(0.2, 0.4), 1.0), (1.0, rng.uniform(0.0, 0.2)))]


def _arrow(rng: Generator) -> Skeleton:
    head = rng.uniform(0.2, 0.35)
    strokes = [line((0.0, 0.5), (1.0, 0.5)), line((1 - head, 0.5 - head), (1.0, 0.5), (1 - head, 0.5 + head))]
    return [1 - stroke for stroke in strokes] if rng.random() < 0.5 else strokes


def _face(rng: Generator) -> Skeleton:
    smile = curve((0.25, 0.62), (0.5, rng.uniform(0.6, 0.85)), (0.75, 0.62))
    return [arc((0.5, 0.5), (0.5, 0.5), 0, 1), line((0.32, 0.36)), line((0.68, 0.36)), smile]


def _heart(_: Generator) -> Skeleton:
    t = np.linspace(0, 2 * np.pi, 40)
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) / 16
    return [np.stack([np.sin(t) ** 3, down], 1)]


def _texture(rng: Generator) -> Image:
    """Noise of some grain, waves, a blot, or what is dark on one side of an edge: the foreground of a photograph."""
    size = INPUT_SIZE
    noise = cv2.GaussianBlur(rng.normal(0, 1, (size, size)).astype(np.float32), (0, 0), rng.uniform(0.4, 4.5))
    style = rng.random()
    if style < 0.2:
        angle, wave = rng.uniform(0, np.pi), rng.uniform(0.5, 2.5)
        down, across = np.mgrid[:size, :size]
        along = across * np.cos(angle) + down * np.sin(angle)
        noise = noise / noise.std() * rng.uniform(0, 0.7) + np.sin(wave * along)
    elif style < 0.45:
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(-6, 6)
        down, across = np.mgrid[:size, :size] - size / 2
        noise = noise / noise.std() * rng.uniform(0, 5) + across * np.cos(angle) + down * np.sin(angle) - far
    grey = noise - np.quantile(noise, rng.uniform(0.3, 0.85))
    grey = np.clip(grey / np.abs(grey).max() * rng.uniform(1, 12), 0, 1)
    there = np.zeros((size, size), np.float32)
    high, wide = rng.integers(10, SIDE + 1, 2) if rng.random() < 0.8 else (size, size)
    top, left = (size - high) // 2, (size - wide) // 2
    there[top : top + high, left : left + wide] = grey[:high, :wide]
    if rng.random() < 0.5:
        down, across = np.mgrid[:size, :size] - (size - 1) / 2
        there[np.hypot(down / max(high, 1), across / max(wide, 1)) > 0.5] = 0
    image = (there * 255).astype(np.uint8)
    return as_pattern(image) if rng.random() < 0.6 else image


def _touching(digits: NDArray[np.uint8], rng: Generator) -> Image:
    """Two or three digits side by side that touch."""
    parts = [cropped(digits[n], SEEN) for n in rng.integers(len(digits), size=int(rng.choice([2, 3], p=[0.7, 0.3])))]
    parts = [part if part.shape[1] > 5 else np.pad(part, ((0, 0), (0, 2))) for part in parts]
    high = max(len(part) for part in parts)
    canvas = np.zeros((high, sum(part.shape[1] for part in parts)), np.uint8)
    right = 0
    for part in parts:
        left = max(0, right - int(rng.integers(0, 4)))
        top = int(rng.integers(0, high - len(part) + 1))
        into = canvas[top : top + len(part), left : left + part.shape[1]]
        np.maximum(into, part, out=into)
        right = left + part.shape[1]
    return as_pattern(canvas[:, :right])


def _turned(digits: NDArray[np.uint8], labels: NDArray[np.int64], rng: Generator) -> Image:
    """A digit turned so far that nobody reads it."""
    while True:
        n = int(rng.integers(len(digits)))
        angle = float(rng.uniform(TURNED, 360 - TURNED))
        again = labels[n] in UPSIDE_DOWN and NEARLY_HALF < angle < 360 - NEARLY_HALF
        if labels[n] not in TURN_TO_DIGITS and not again:
            break
    enlarged = cv2.resize(cropped(digits[n], SEEN), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    high, wide = enlarged.shape
    size = int(np.hypot(high, wide)) + 4
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), angle, 1.0)
    matrix[:, 2] += (size - wide) / 2, (size - high) / 2
    return as_pattern(np.asarray(cv2.warpAffine(enlarged, matrix, (size, size)), dtype=np.uint8))


def _half(digits: NDArray[np.uint8], labels: NDArray[np.int64], rng: Generator) -> Image:
    """The left or the right part of a digit, with something of its neighbour or without."""
    left_half = bool(rng.random() < 0.5)
    halves = LEFT_HALVES if left_half else RIGHT_HALVES
    while True:
        n = int(rng.integers(len(digits)))
        part = cropped(digits[n], SEEN)
        if labels[n] in halves and part.shape[1] > 11:
            break
    kept = round(part.shape[1] * rng.uniform(0.35, 0.5))
    part = part[:, :kept] if left_half else part[:, -kept:]
    if rng.random() < 0.5:
        other = cropped(digits[int(rng.integers(len(digits)))], SEEN)
        other = other[:, -max(3, other.shape[1] // 2) :] if left_half else other[:, : max(3, other.shape[1] // 2)]
        high = max(len(part), len(other))
        parts = [np.pad(one, ((high - len(one), 0), (0, 0))) for one in ((other, part) if left_half else (part, other))]
        part = np.hstack(parts)
    return as_pattern(part)


_SIGNS: Final[tuple[Callable[[Generator], Skeleton], ...]] = (
    _cross, _times, _bars, _wave, _divided, _dot, _dots, _box, _corner, _polygon, _tick, _arrow, _face, _heart,
)  # fmt: skip
