"""Ink told from paper: by an even estimate of the paper, whatever its brightness, light and grain."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.data.picture import Grey

# The paper is fitted on a grid of about so many points a side.
GRID: Final = 48
ROUNDS: Final = 5

# Of the contrast of the boldest strokes, what counts as ink.
INK: Final = 0.4

# Less contrast than this, or than so many times the grain, is no ink: an empty page.
FAINTEST: Final = 0.06
GRAINS: Final = 2.0


@dataclass(frozen=True, eq=False)
class Ink:
    """How much darker (or, on dark paper, lighter) than the paper each pixel is.

    amount: height×width, 0 for paper · smooth: the same, each the mean of 3×3 · grain: the paper's own deviation ·
    contrast: of the boldest strokes.
    """

    amount: Grey
    smooth: Grey
    grain: float
    contrast: float


def ink_of(grey: Grey) -> Ink | None:
    """The ink on a page, dark on light or light on dark; None where there is none.

    Which of the two it is follows from the skew: ink is the minority that lies far to one side of the paper.
    """
    paper, grain = _paper(grey)
    away = grey - paper
    smooth: Grey = np.asarray(cv2.blur(away, (3, 3), borderType=cv2.BORDER_REPLICATE), dtype=np.float32)
    far = max(float(smooth.max()), -float(smooth.min()))
    bold = smooth[np.abs(smooth) > 0.5 * far]
    if float(np.sum(bold * bold * bold)) < 0:
        away, smooth, bold = -away, -smooth, -bold
    bold = bold[bold > 0]
    contrast = float(np.median(bold)) if bold.size else 0.0
    if contrast < max(FAINTEST, GRAINS * grain):
        return None
    return Ink(away, smooth, grain, contrast)


def _paper(grey: Grey) -> tuple[Grey, float]:
    """A surface of second degree through the paper alone, ink left out as what lies far from it; and the deviation."""
    height, width = grey.shape
    longest = max(height, width)
    step = max(1, -(-longest // GRID))
    values = grey[::step, ::step]
    down = (np.arange(0, height, step, dtype=np.float32) / longest - 0.5)[:, None]
    across = (np.arange(0, width, step, dtype=np.float32) / longest - 0.5)[None]
    terms = _terms(down, across, values.shape)
    rest = values.ravel() - np.median(values)
    surface: NDArray[np.float64] = np.zeros(6)
    for number in range(ROUNDS):
        deviation = 1.4826 * float(np.median(np.abs(rest))) + 2e-3
        near = (np.abs(rest) < (max(3 * deviation, 0.12) if number == 0 else 2.5 * deviation)).astype(np.float32)
        # Where hardly any paper is seen, a level has to do.
        count = 6 if near.sum() > 60 else 1
        chosen = terms[:, :count]
        weighted = (chosen * near[:, None]).T.astype(np.float64)
        surface = np.zeros(6)
        surface[:count] = np.linalg.lstsq(weighted @ chosen, weighted @ values.ravel(), rcond=None)[0]
        rest = values.ravel() - terms @ surface.astype(np.float32)
    y = (np.arange(height, dtype=np.float32) / longest - 0.5)[:, None]
    x = (np.arange(width, dtype=np.float32) / longest - 0.5)[None]
    a, b, c, d, e, f = surface.astype(np.float32)
    paper: Grey = (a + c * y + f * y * y) + (b + e * y) * x + d * x * x
    return paper, 1.4826 * float(np.median(np.abs(rest))) + 1e-3


def _terms(y: Grey, x: Grey, shape: tuple[int, ...]) -> Grey:
    """1, x, y, x², xy and y² of each point of a grid: points×6."""
    each = (np.ones_like(x), x, y, x * x, x * y, y * y)
    return np.stack([np.broadcast_to(term, shape).ravel() for term in each], axis=1)
