"""Digits as people write them, drawn from skeletons: strokes with flags, feet, bars, loops, open and closed.

Every style of a digit is a function from random numbers to strokes. A box is 1 high and about as wide; x goes to the
right, y down. `hand` then writes the strokes as one hand would: wider or narrower, slanted, turned, wavering.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

# The points of a line, one after the other, N×2 as x and y.
Stroke = NDArray[np.float64]
Skeleton = list[Stroke]
# How finely a curve is walked along, in points between two of its own.
FINE: Final = 8


def skeleton(digit: int, rng: Generator) -> Skeleton:
    """A digit in one of its styles, drawn at random.

    Args:
        digit: 0 to 9.
        rng: the same state gives the same strokes.
    """
    return _STYLES[digit](rng)


def hand(strokes: Skeleton, rng: Generator) -> Skeleton:
    """Strokes as a hand writes them: its width, slant and turn, and its wavering."""
    width, slant, turn = rng.uniform(0.55, 1.15), rng.normal(0.12, 0.17), rng.normal(0, 0.09)
    about = np.array([[width * np.cos(turn), -np.sin(turn) - slant], [width * np.sin(turn), np.cos(turn)]])
    phases = rng.uniform(0, 2 * np.pi, (2, 3))
    sizes = rng.normal(0, 0.022, (2, 3))
    waves = rng.uniform(2, 6, (2, 3))
    written = []
    for stroke in strokes:
        moved = (stroke - 0.5) @ about.T
        along = stroke.sum(1)[:, None]
        wavering = np.stack([(sizes[k] * np.sin(waves[k] * along + phases[k])).sum(1) for k in (0, 1)], axis=1)
        written.append(moved + wavering)
    return written


def curve(*points: tuple[float, float]) -> Stroke:
    """A smooth line through points: Catmull and Rom's spline."""
    p = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, FINE, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3))
    return np.concatenate([*parts, p[-1:]])


def line(*points: tuple[float, float]) -> Stroke:
    """Straight lines from point to point."""
    return np.array(points)


def arc(middle: tuple[float, float], radii: tuple[float, float], begin: float, end: float) -> Stroke:
    """Part of an ellipse, angles in turns from the right, clockwise as seen."""
    angle = 2 * np.pi * np.linspace(begin, end, 4 * FINE)
    return np.stack([middle[0] + radii[0] * np.cos(angle), middle[1] + radii[1] * np.sin(angle)], axis=1)


def _zero(rng: Generator) -> Skeleton:
    """Closed, open at the top, or with a slash."""
    wide = rng.uniform(0.22, 0.48)
    begin = rng.uniform(-0.4, -0.1)
    style = rng.random()
    missing = rng.uniform(0.03, 0.12) if style < 0.2 else rng.uniform(-0.12, 0.02)
    ring = arc((0.5, 0.5), (wide, 0.5), begin, begin - 1 + missing)
    if missing < 0:  # the end goes past the beginning, inside or outside
        ring[:, 1] += np.linspace(0, rng.uniform(-0.03, 0.1), len(ring))
    if style > 0.85:
        far = rng.uniform(0.55, 1.25)
        return [ring, line((0.5 + wide * far * 0.8, 0.5 - 0.42 * far), (0.5 - wide * far * 0.8, 0.5 + 0.42 * far))]
    return [ring]


def _one(rng: Generator) -> Skeleton:
    """A stem, with or without a flag of any angle and length, and a foot."""
    lean = rng.normal(0, 0.05)
    stem = curve((0.5 + lean, 0.0), (0.5 + rng.normal(0, 0.015), 0.5), (0.5 - lean, 1.0))
    if rng.random() < 0.25:
        return [stem]
    # Down to the left by 28 to 65 degrees below the level; a 7's bar is level.
    angle, length = np.radians(rng.uniform(28, 65)), rng.uniform(0.15, 0.62)
    tip = (0.5 + lean - length * np.cos(angle), length * np.sin(angle))
    bent = rng.normal(0, 0.03)
    flag = curve(tip, ((tip[0] + 0.5 + lean) / 2, tip[1] / 2 + bent), (0.5 + lean, 0.0))
    strokes = (
        [np.concatenate([flag, stem])] if rng.random() < 0.8 else [flag, stem + np.array([rng.normal(0, 0.02), 0])]
    )
    if rng.random() < 0.35:
        left, right = rng.uniform(0.12, 0.38, 2)
        tilt = rng.normal(0, 0.02)
        strokes.append(line((0.5 - lean - left, 1.0 + tilt), (0.5 - lean + right, 1.0 - tilt)))
    return strokes


def _two(rng: Generator) -> Skeleton:
    """A hook and a base, which meet in a corner or in a loop."""
    low = rng.uniform(0.92, 1.0)
    left, right = rng.uniform(0.05, 0.2), rng.uniform(0.75, 0.95)
    start = (left + rng.uniform(0, 0.1), rng.uniform(0.1, 0.34))
    top = [start, (0.42, rng.normal(0.0, 0.015)), (right, rng.uniform(0.2, 0.32))]
    if rng.random() < 0.45:
        loop = rng.uniform(0.05, 0.16)
        back = curve(
            *top, (0.55, 0.66), (left + 0.08, low), (left - 0.02, low - loop), (left + 0.16, low - loop),
            (0.6, low), (1.0, low - rng.uniform(-0.02, 0.14)),
        )  # fmt: skip
        return [back]
    corner = (left, low)
    end = (rng.uniform(0.85, 1.05), low + rng.normal(0, 0.035))
    base = curve(corner, (0.5, low + rng.normal(-0.01, 0.03)), end)
    return [np.concatenate([curve(*top, (0.56, 0.62), corner), base])]


def _three(rng: Generator) -> Skeleton:
    """Two bellies, the upper one round or a flat bar with a corner; between them a point, a nook or a loop."""
    middle = rng.uniform(0.42, 0.52)
    nook = rng.uniform(0.3, 0.55)
    low = curve(
        (nook, middle), (0.72, middle + 0.06), (rng.uniform(0.82, 0.98), 0.73), (0.5, 1.0),
        (rng.uniform(0.02, 0.2), rng.uniform(0.8, 0.94)),
    )  # fmt: skip
    if rng.random() < 0.25:
        left = rng.uniform(0.1, 0.25)
        high = line((left, rng.normal(0.02, 0.02)), (rng.uniform(0.75, 0.92), rng.normal(0, 0.02)), (nook, middle))
        return [np.concatenate([high, low])]
    start = (rng.uniform(0.06, 0.22), rng.uniform(0.08, 0.22))
    high = curve(start, (0.48, 0.0), (rng.uniform(0.75, 0.88), 0.22), (nook + 0.15, middle - 0.04), (nook, middle))
    return [np.concatenate([high, low])]


def _four(rng: Generator) -> Skeleton:
    """Open or closed; the stem ends below the bar, at it, or hardly below."""
    bar = rng.uniform(0.52, 0.7)
    stem_x = rng.uniform(0.6, 0.78)
    end = bar + rng.choice([rng.uniform(0.0, 0.08), rng.uniform(0.15, 0.45)], p=[0.2, 0.8])
    reach = rng.uniform(0.0, 0.3) if end > bar + 0.1 else rng.uniform(0.05, 0.25)
    tilt = rng.normal(0, 0.03)
    if rng.random() < 0.45:
        top = (stem_x + rng.normal(0, 0.02), 0.0)
        side = line(top, (0.02, bar), (stem_x + reach, bar + tilt))
        return [side, line(top, (stem_x if rng.random() < 0.5 else stem_x + 0.02, end))]
    left_top = (rng.uniform(0.05, 0.4), rng.uniform(0.0, 0.15))
    corner = (rng.uniform(0.0, 0.12), bar)
    side = curve(left_top, (corner[0] + 0.03, bar - 0.12), corner) if rng.random() < 0.5 else line(left_top, corner)
    across = curve(corner, (0.4, bar + rng.normal(0.02, 0.03)), (stem_x + reach, bar + tilt))
    high = rng.uniform(0.0, 0.35)
    stem = curve((stem_x + rng.normal(0.04, 0.04), high), (stem_x, bar), (stem_x + rng.normal(-0.02, 0.03), end))
    return [np.concatenate([side, across]), stem]


def _five(rng: Generator) -> Skeleton:
    """A stem and a belly, and a bar above that may stand apart; or all in one stroke, as an S has it."""
    x = rng.uniform(0.12, 0.3)
    waist = rng.uniform(0.36, 0.5)
    belly = [
        (0.55, waist - rng.uniform(0.0, 0.08)), (rng.uniform(0.85, 0.98), 0.68), (0.5, 1.0),
        (rng.uniform(0.0, 0.2), rng.uniform(0.82, 0.96)),
    ]  # fmt: skip
    if rng.random() < 0.2:
        bar_end = (rng.uniform(0.75, 0.95), rng.uniform(0.0, 0.1))
        return [curve(bar_end, (0.45, 0.02), (x, 0.2), (x + 0.08, waist), *belly)]
    low = np.concatenate([line((x + rng.normal(0.04, 0.03), 0.0), (x, waist)), curve((x, waist), *belly)])
    apart = rng.uniform(0.03, 0.18) if rng.random() < 0.35 else rng.uniform(-0.04, 0.02)
    rise = rng.normal(-0.02, 0.04)
    begin = x + 0.04 + apart
    return [low, line((begin, rng.normal(0, 0.02)), (begin + rng.uniform(0.35, 0.65), rise))]


def _six(rng: Generator) -> Skeleton:
    """A stem, straight or hooked at the top, into a round or triangular belly that closes or nearly does."""
    high = rng.uniform(0.4, 0.62)
    start = (rng.uniform(0.5, 0.9), rng.uniform(0.0, 0.06))
    stem = [start, (rng.uniform(0.25, 0.42), 0.25), (0.08, 0.65)]
    if rng.random() < 0.3:
        stem = [(start[0] + rng.uniform(0.05, 0.15), rng.uniform(0.1, 0.2)), (start[0] - 0.08, 0.0), *stem[1:]]
    close = (rng.uniform(0.12, 0.24), rng.uniform(0.66, 0.84))
    if rng.random() < 0.2:
        return [
            np.concatenate(
                [
                    curve(*stem, (0.06, 0.94)),
                    line((0.06, 0.96), (rng.uniform(0.7, 0.95), 0.97), (rng.uniform(0.45, 0.65), high + 0.08), close),
                ]
            )
        ]
    return [curve(*stem, (0.2, 0.94), (0.55, 1.0), (rng.uniform(0.8, 0.95), 0.76), (0.55, high), close)]


def _seven(rng: Generator) -> Skeleton:
    """A bar, with or without a hook at its beginning, and a stem, crossed or not, straight or bent."""
    right = rng.uniform(0.8, 0.98)
    left = rng.uniform(0.02, 0.2)
    bar = [(left, rng.normal(0.02, 0.025)), (right, rng.normal(0.0, 0.025))]
    if rng.random() < 0.35:
        bar = [(left + rng.normal(0, 0.03), rng.uniform(0.1, 0.25)), *bar]
    foot = (rng.uniform(0.2, 0.55), 1.0)
    bent = rng.normal(-0.04, 0.05)
    stem = curve((right, bar[-1][1]), ((right + foot[0]) / 2 + bent, 0.5), foot)
    strokes = [np.concatenate([line(*bar), stem])]
    if rng.random() < 0.4:
        at = rng.uniform(0.4, 0.72)
        x = right + (foot[0] - right) * at + 0.6 * bent
        reach, tilt = rng.uniform(0.14, 0.32, 2), rng.normal(0, 0.05)
        strokes.append(line((x - reach[0], at + tilt), (x + reach[1], at - tilt)))
    return strokes


def _eight(rng: Generator) -> Skeleton:
    """Crossing in the middle in one stroke, closed or open at the top, or one ring on another."""
    waist = rng.uniform(0.42, 0.54)
    upper, lower = rng.uniform(0.22, 0.36), rng.uniform(0.3, 0.46)
    if rng.random() < 0.25:
        return [
            arc((0.5, waist / 2), (upper, waist / 2), 0.25, 1.25),
            arc((0.5 + rng.normal(0, 0.02), (1 + waist) / 2), (lower, (1 - waist) / 2), -0.25, 0.75),
        ]
    ends = rng.uniform(0.0, 0.12), rng.uniform(-0.03, 0.1)
    return [
        curve(
            (0.5 + upper + ends[0] * 0.5, 0.12 + ends[1]),
            (0.5, 0.0),
            (0.5 - upper, waist / 2),
            (0.5, waist),
            (0.5 + lower, 0.76),
            (0.5, 1.0),
            (0.5 - lower, 0.76),
            (0.5, waist),
            (0.5 + upper, waist * 0.6),
            (0.5 + upper - 0.04, 0.1 + ends[0]),
        )
    ]


def _nine(rng: Generator) -> Skeleton:
    """A ring, closed or nearly, with a stem that is straight, curled or hooked."""
    low = rng.uniform(0.36, 0.56)
    right = rng.uniform(0.8, 0.92)
    start = (right - rng.uniform(0.0, 0.12), rng.uniform(0.06, 0.2))
    ring = curve(start, (0.5, 0.0), (rng.uniform(0.04, 0.18), low * 0.55), (0.42, low), (right - 0.04, low * 0.6),
                 (right, rng.uniform(0.04, 0.14)))  # fmt: skip
    x, end = right, rng.random()
    if end < 0.45:
        stem = curve((x, 0.1), (x + rng.normal(-0.03, 0.03), 0.55), (x + rng.normal(-0.12, 0.1), 1.0))
    elif end < 0.8:
        stem = curve((x, 0.1), (x, 0.6), (0.62, 0.98), (rng.uniform(0.1, 0.35), rng.uniform(0.84, 0.98)))
    else:
        stem = curve((x, 0.1), (x - 0.04, 0.7), (0.45, 1.0), (rng.uniform(0.1, 0.25), 0.8))
    return [ring, stem]


_STYLES: Final[tuple[Callable[[Generator], Skeleton], ...]] = (
    _zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine,
)  # fmt: skip
