"""Damaged pictures of digits: noise, blur, lines across, edges alone, a grey ground, turned and moved.

The kinds are those of N. Mu and J. Gilmer, "MNIST-C: A robustness benchmark for computer vision", 2019; how far each
goes is our own.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Grey = NDArray[np.floating]


def damaged(image: Image, rng: Generator) -> Image:
    """An image under one kind of damage, drawn at random.

    Args:
        image: height×width, foreground 255.
        rng: the same state gives the same image.

    Returns:
        The same shape, stretched; foreground stays the brighter.
    """
    kind = KINDS[list(KINDS)[rng.integers(len(KINDS))]]
    return stretched(as_bytes(kind(image.astype(np.float32) / 255, rng)))


def stretched(image: Image) -> Image:
    """The same from 0 to 255: a grey ground becomes black, and pale writing white."""
    low, high = int(image.min()), int(image.max())
    if high == low or (low, high) == (0, 255):
        return image
    return as_bytes((image.astype(np.float32) - low) / (high - low))


def as_bytes(grey: Grey) -> Image:
    """0 to 1 as 0 to 255; what lies beyond is cut."""
    return np.rint(np.clip(grey, 0, 1) * 255).astype(np.uint8)


def _shot_noise(grey: Grey, rng: Generator) -> Grey:
    photons = rng.uniform(3, 20)
    return (rng.poisson(grey * photons) / photons).astype(np.float32)


def _impulse_noise(grey: Grey, rng: Generator) -> Grey:
    hit = rng.random(grey.shape) < rng.uniform(0.03, 0.3)
    return np.where(hit, (rng.random(grey.shape) < 0.5).astype(np.float32), grey)


def _inverted_pixels(grey: Grey, rng: Generator) -> Grey:
    return np.where(rng.random(grey.shape) < rng.uniform(0.02, 0.15), 1 - grey, grey)


def _glass_blur(grey: Grey, rng: Generator) -> Grey:
    """Every pixel taken from somewhere near, between two blurs."""
    height, width = grey.shape
    blurred = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.4, 1.1))
    far = rng.uniform(0.7, 2.4)
    down, across = np.mgrid[:height, :width] + rng.uniform(-far, far, (2, height, width))
    moved = cv2.remap(blurred, across.astype(np.float32), down.astype(np.float32), cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.3, 0.8)), dtype=np.float32)


def _motion_blur(grey: Grey, rng: Generator) -> Grey:
    length, angle = rng.uniform(3, 9), rng.uniform(0, np.pi)
    kernel = np.zeros((15, 15), np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    ends = np.rint((7.0 + np.stack([-reach, reach])) * 16).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(cv2.filter2D(grey, -1, kernel / max(1.0, float(kernel.sum()))), dtype=np.float32)


def _affine(grey: Grey, matrix: NDArray[np.float64], shift: NDArray[np.float64]) -> Grey:
    """Every pixel about the middle: the image of x is matrix·x + shift."""
    middle = (np.array(grey.shape[::-1]) - 1) / 2
    whole = np.concatenate([matrix, (middle + shift - matrix @ middle)[:, None]], axis=1)
    return np.asarray(cv2.warpAffine(grey, whole, grey.shape[::-1], flags=cv2.INTER_CUBIC), dtype=np.float32)


def _sheared(grey: Grey, rng: Generator) -> Grey:
    return _affine(grey, np.array([[1, rng.uniform(-0.7, 0.7)], [0, 1]]), np.zeros(2))


def _scaled(grey: Grey, rng: Generator) -> Grey:
    return _affine(grey, np.eye(2) * rng.uniform(0.5, 1.15), np.zeros(2))


def _turned(grey: Grey, rng: Generator) -> Grey:
    angle = np.radians(rng.uniform(-32, 32))
    return _affine(grey, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]), np.zeros(2))


def _moved(grey: Grey, rng: Generator) -> Grey:
    return _affine(grey, np.eye(2), rng.uniform(-5, 5, 2))


def _brighter(grey: Grey, rng: Generator) -> Grey:
    return grey + np.float32(rng.uniform(0.1, 0.7))


def _stripe(grey: Grey, rng: Generator) -> Grey:
    """A band that is inverted, upright or level."""
    out = grey.copy()
    wide = int(rng.integers(2, 9))
    begin = int(rng.integers(0, grey.shape[0] - wide))
    if rng.random() < 0.75:
        out[:, begin : begin + wide] = 1 - out[:, begin : begin + wide]
    else:
        out[begin : begin + wide] = 1 - out[begin : begin + wide]
    return out


def _fog(grey: Grey, rng: Generator) -> Grey:
    """Clouds: noise of every size, the larger the stronger."""
    clouds = np.zeros(grey.shape, np.float32)
    for size in (2, 4, 8, 16):
        part = rng.random((size, size)).astype(np.float32)
        enlarged = np.asarray(cv2.resize(part, grey.shape[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.float32)
        clouds += enlarged / size ** rng.uniform(0.4, 1.0)
    strength = rng.uniform(0.4, 2.0)
    return np.asarray((grey + strength * clouds / clouds.max()) / (1 + strength), dtype=np.float32)


def _spatter(grey: Grey, rng: Generator) -> Grey:
    drops = cv2.GaussianBlur(rng.normal(0, 1, grey.shape).astype(np.float32), (0, 0), rng.uniform(0.7, 1.6))
    there = drops > np.quantile(drops, rng.uniform(0.82, 0.97))
    return np.where(there, np.float32(rng.uniform(0.3, 1.0)), grey)


def _across(rng: Generator, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two points on opposite sides."""
    begin, end = rng.uniform(0, size, 2)
    if rng.random() < 0.5:
        return np.array([0.0, begin]), np.array([size - 1.0, end])
    return np.array([begin, 0.0]), np.array([end, size - 1.0])


def _dotted_line(grey: Grey, rng: Generator) -> Grey:
    out = grey.copy()
    begin, end = _across(rng, len(grey))
    dots = int(rng.integers(6, 16))
    long = rng.uniform(0.05, 0.6) / dots
    for t in (np.arange(dots) + rng.random()) / dots:
        a, b = begin + (end - begin) * t, begin + (end - begin) * min(1.0, t + long)
        cv2.line(out, np.rint(a * 16).astype(int).tolist(), np.rint(b * 16).astype(int).tolist(), 1.0,
                 int(rng.integers(1, 3)), cv2.LINE_4, 4)  # fmt: skip
    return out


def _zigzag(grey: Grey, rng: Generator) -> Grey:
    out = grey.copy()
    begin, end = _across(rng, len(grey))
    corners = int(rng.integers(4, 14))
    aside = np.array([-(end - begin)[1], (end - begin)[0]]) / np.hypot(*(end - begin))
    t = np.linspace(0, 1, corners)[:, None]
    swing = rng.uniform(1, 5) * np.where(np.arange(corners) % 2, 1, -1)[:, None]
    points = np.rint((begin + (end - begin) * t + aside * swing) * 16).astype(np.int32)
    cv2.polylines(out, [points[:, None]], False, 1.0, 1, cv2.LINE_4 if rng.random() < 0.5 else cv2.LINE_8, 4)
    return out


def _edges(grey: Grey, rng: Generator) -> Grey:
    smooth = cv2.GaussianBlur(as_bytes(grey), (0, 0), rng.uniform(0.6, 1.2))
    return cv2.Canny(smooth, 60, 140).astype(np.float32) / 255


KINDS: Final[dict[str, Callable[[Grey, Generator], Grey]]] = {
    "shot noise": _shot_noise,
    "impulse noise": _impulse_noise,
    "inverted pixels": _inverted_pixels,
    "glass blur": _glass_blur,
    "motion blur": _motion_blur,
    "sheared": _sheared,
    "scaled": _scaled,
    "turned": _turned,
    "moved": _moved,
    "brighter": _brighter,
    "stripe": _stripe,
    "fog": _fog,
    "spatter": _spatter,
    "dotted line": _dotted_line,
    "zigzag": _zigzag,
    "edges": _edges,
}
