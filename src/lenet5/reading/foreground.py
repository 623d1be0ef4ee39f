"""Foreground told from background: by an even estimate of the background, whatever its brightness, light and grain."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.grey_levels import Grey

# The surface that is fitted to the background.
GRID: Final = 48  # points a side, about
ROUNDS: Final = 5  # of fitting, each without what lies far from the surface of the one before
ENOUGH: Final = 60  # points: with fewer, a level has to do
TINY: Final = 1e-6  # keeps the fit to a picture of a single row solvable
NO_BACKGROUND: Final = 0.1  # of the range: as much grain is none, but foreground that covers half of a tight cut

# A border that is not all background, as under a shadow or on a table.
CUT_OFF: Final = 0.25  # of the border: more of it differs
UNEVEN: Final = 0.35  # of the strongest contrast: by so much
CLOSED_AT: Final = 72  # points a side, about, at which background is then closed
DARK: Final = 0.35  # of the range: where the median is lighter, the foreground is taken to be dark

# What counts as foreground.
BOLD_PART: Final = 0.4  # of the contrast of its strokes
FAINTEST: Final = 0.06  # of the range: less contrast is an empty page
GRAINS: Final = 2.0  # times the grain: less contrast is an empty page


@dataclass(frozen=True, eq=False)
class Foreground:
    """How much darker (or, on dark background, lighter) than the background each pixel is.

    Attributes:
        amount: height×width, 0 for background.
        smooth: the same, each the mean of 3×3.
        grain: the background's own standard deviation.
        contrast: of the boldest strokes.
        ruled: height×width, where rulings were that were taken away; None where there were none.
    """

    amount: Grey
    smooth: Grey
    grain: float
    contrast: float
    ruled: NDArray[np.bool_] | None = None


def foreground_of(grey: Grey) -> Foreground | None:
    """The foreground on a page, dark on light or light on dark; None where there is none.

    Which of the two it is follows from the skew: the foreground is the minority that lies far to one side of the
    background. Where the border of the picture is not all background, as under a shadow or on a table, the background
    is estimated part by part.
    """
    background, grain = _one_surface(grey)
    away = grey - background
    if grain < NO_BACKGROUND and _uneven_border(away):
        away = grey - _part_by_part(grey)
    smooth: Grey = np.asarray(cv2.blur(away, (3, 3), borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
    lowest, highest, _, _ = cv2.minMaxLoc(smooth)
    half = max(-lowest, highest) / 2
    darker, lighter = -smooth[smooth < -half], smooth[smooth > half]
    if float((darker**3).sum()) > float((lighter**3).sum()):
        away, smooth, lighter = -away, -smooth, -smooth[smooth < lowest / 2]
    contrast = _median(lighter) if lighter.size else 0.0
    if contrast < max(FAINTEST, GRAINS * grain):
        return None
    return Foreground(away, smooth, grain, contrast)


def _uneven_border(away: Grey) -> bool:
    """Whether more of the border differs from the background than a digit cut off there would."""
    step = max(1, max(away.shape) // GRID)
    border = np.concatenate([away[0, ::step], away[-1, ::step], away[::step, 0], away[::step, -1]])
    return float((np.abs(border) > UNEVEN * float(np.abs(away).max())).mean()) > CUT_OFF


def _part_by_part(grey: Grey) -> Grey:
    """The background as what is left when all that is narrower than half the picture and darker is filled in."""
    height, width = grey.shape
    step = max(height, width) / CLOSED_AT
    small = cv2.resize(grey, (max(3, round(width / step)), max(3, round(height / step))), interpolation=cv2.INTER_AREA)
    small = np.asarray(cv2.medianBlur(small, 3), dtype=np.float32)
    is_dark = float(np.median(small)) > DARK
    side = min(small.shape) // 2 | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    operation = cv2.MORPH_CLOSE if is_dark else cv2.MORPH_OPEN
    filled = cv2.GaussianBlur(cv2.morphologyEx(small, operation, kernel), (0, 0), 1)
    return np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _one_surface(grey: Grey) -> tuple[Grey, float]:
    """A surface of second degree through the background, without what lies far from it; and the deviation."""
    height, width = grey.shape
    step = max(1, -(-max(height, width) // GRID))
    values = grey[::step, ::step]
    flat = values.ravel()
    terms = _terms(height, width, step)
    rest = flat - _median(flat)
    surface = np.zeros(6, dtype=np.float32)
    for number in range(ROUNDS):
        deviation = _deviation(rest) + 2e-3
        near = np.flatnonzero(np.abs(rest) < (max(3 * deviation, 0.12) if number == 0 else 2.5 * deviation))
        # Where hardly any background is seen, a level has to do.
        count = 6 if len(near) > ENOUGH else 1
        chosen = terms[near, :count].astype(np.float64)
        surface = np.zeros(6, dtype=np.float32)
        surface[:count] = np.linalg.solve(chosen.T @ chosen + TINY * np.eye(count), chosen.T @ flat[near])
        rest = flat - terms @ surface
    grain = _deviation(rest) + 1e-3
    if grain > NO_BACKGROUND:
        level, grain = _level_of_corners(values)
        return np.full_like(grey, level), grain
    y, x = _positions(height, width)
    a, b, c, d, e, f = surface
    background: Grey = (a + c * y + f * y * y) + (b + e * y) * x + d * x * x
    return background, grain


@lru_cache(maxsize=32)
def _terms(height: int, width: int, step: int) -> Grey:
    """1, x, y, x², xy and y² of each point of the grid: points×6."""
    y, x = (
        position[::step] if position.shape[1] == 1 else position[:, ::step] for position in _positions(height, width)
    )
    each = (np.ones_like(x), x, y, x * x, x * y, y * y)
    return np.stack([np.broadcast_to(term, (y.shape[0], x.shape[1])).ravel() for term in each], axis=1)


def _positions(height: int, width: int) -> tuple[Grey, Grey]:
    """Down and across, −½ to ½ along the longer side: height×1 and 1×width."""
    longest = max(height, width)
    down, across = (
        np.arange(side, dtype=np.float32) / np.float32(longest) - np.float32(0.5) for side in (height, width)
    )
    return down[:, None], across[None]


def _median(values: Grey) -> float:
    """One of the two middle values, which takes a third of the time of their mean."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def _deviation(rest: Grey) -> float:
    """The standard deviation by the median, which foreground does not move."""
    return 1.4826 * _median(np.abs(rest))


def _level_of_corners(values: Grey) -> tuple[float, float]:
    """The background's level and deviation where foreground covers half: the part that more corners belong to."""
    split = _between(values)
    corners = values[[0, 0, -1, -1], [0, -1, 0, -1]]
    light = int((corners > split).sum())
    part = values[values > split] if light >= 2 else values[values <= split]
    level = _median(part)
    return level, _deviation(part - level) + 1e-3


def _between(values: Grey) -> float:
    """The level between two parts whose means lie furthest apart for their sizes, by Otsu's rule."""
    low, high = float(values.min()), float(values.max())
    as_bytes = np.rint((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    level, _ = cv2.threshold(as_bytes, 0, 255, cv2.THRESH_OTSU)
    return low + (float(level) + 0.5) / 255 * (high - low)
