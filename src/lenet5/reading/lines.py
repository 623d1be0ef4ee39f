"""Reading order: the digits of a page in lines, whatever the angle at which the lines were written."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.reading.segment import Segment

# Degrees that lines are tried at; upward to the right is negative.
ANGLES: Final = np.arange(-15, 15.5, 0.5)

# Which digits are of one line.
SAME_LINE: Final = 0.45  # of their height: across the line, the middles of two neighbours are nearer
SMALL_MARK: Final = 0.5  # of the usual height: smaller marks say nothing of the lines, and join the nearest

# What an explanation of the page costs, as a negative log likelihood.
JITTER: Final = 0.18  # of a digit's height: the standard deviation of digits from their line
TILT: Final = 4.0  # degrees: the standard deviation of lines from level
LINE_COST: Final = 3.0  # for each line: a page has few

# Where the order is in doubt.
DOUBT: Final = 2.0  # of the same cost: another order that costs no more than this above the best could be the right one
REACHING: Final = 0.95  # of the usual height: lines that are nearer reach into one another, and could be one


def in_reading_order(segments: list[Segment]) -> tuple[list[Segment], bool]:
    """The segments with their lines, line by line and from left to right, and whether that order is in doubt.

    One angle holds for the whole page: that at which the digits lie in few lines and near them, and which is not far
    from level. The order is in doubt where another angle explains the page about as well and orders it differently, and
    where lines reach into one another.
    """
    if len(segments) < 2:
        return segments, False
    x, y, height = np.array([(s.left + s.right, s.top + s.bottom, 2 * s.height) for s in segments]).T / 2
    usual = float(np.median(height))
    # A dash or a dot is lower than its line.
    height = np.maximum(height, SMALL_MARK * usual)
    large = np.flatnonzero(height > SMALL_MARK * usual)
    lines, costs = _lines_by_angle(x[large], y[large], height[large])
    best = int(costs.argmin())
    orders = {
        tuple(_order(x, y, large, lines[:, angle], ANGLES[angle]))
        for angle in np.flatnonzero(costs <= costs[best] + DOUBT)
    }
    order = _order(x, y, large, lines[:, best], ANGLES[best])
    middles = [float((y[list(line)] - x[list(line)] * np.tan(np.radians(ANGLES[best]))).mean()) for line in order]
    reaching = bool((np.diff(middles) < REACHING * usual).any())
    return [segments[k].on_line(number) for number, line in enumerate(order) for k in line], len(orders) > 1 or reaching


def _lines_by_angle(
    x: NDArray[np.float64], y: NDArray[np.float64], height: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For N digits and each of A angles: the line of each digit, N×A, and what they cost, A."""
    across = y[:, None] * np.cos(np.radians(ANGLES)) - x[:, None] * np.sin(np.radians(ANGLES))  # N×A
    by_place = across.argsort(0)
    across = np.take_along_axis(across, by_place, 0)
    height = height[by_place]
    apart = np.diff(across, axis=0) > SAME_LINE * np.maximum(height[1:], height[:-1])  # (N−1)×A
    lines = np.concatenate([np.zeros((1, len(ANGLES)), dtype=np.intp), apart.cumsum(0)])  # N×A
    names = (lines + np.arange(len(ANGLES)) * len(x)).ravel()
    count = np.maximum(np.bincount(names, minlength=lines.size), 1)
    middle = np.bincount(names, across.ravel(), minlength=lines.size) / count
    away = (across - middle[names].reshape(across.shape)) / height
    costs = (away**2).sum(0) / (2 * JITTER**2) + LINE_COST * (lines[-1] + 1) + (ANGLES / TILT) ** 2 / 2
    of_each = np.empty_like(lines)
    np.put_along_axis(of_each, by_place, lines, 0)
    return of_each, costs


def _order(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    large: NDArray[np.intp],
    lines: NDArray[np.intp],
    angle: float,
) -> list[tuple[int, ...]]:
    """The numbers of all digits, line by line; `lines` are those of the large ones."""
    sine, cosine = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    along, across = x * cosine + y * sine, y * cosine - x * sine
    line = np.full(len(x), -1)
    line[large] = lines
    for small in np.flatnonzero(line < 0):
        line[small] = lines[np.hypot(along[large] - along[small], 2 * (across[large] - across[small])).argmin()]
    by_line = np.lexsort((along, line))
    return [tuple(members.tolist()) for members in np.split(by_line, np.flatnonzero(np.diff(line[by_line])) + 1)]
