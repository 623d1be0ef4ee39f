"""Ink told from paper: by an even estimate of the paper, whatever its brightness, light and grain."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from lenet5.data.picture import Grey

# The paper is fitted on a grid of about so many points a side.
GRID: Final = 64
ROUNDS: Final = 5

# Of the contrast of the boldest strokes, what counts as ink.
INK: Final = 0.4

# Less contrast than this, or than so many times the grain, is no ink: an empty page.
FAINTEST: Final = 0.06
GRAINS: Final = 6.0


@dataclass(frozen=True, eq=False)
class Ink:
    """How much darker (or, on dark paper, lighter) than the paper each pixel is.

    amount: height×width, 0 for paper · grain: the paper's own deviation · contrast: of the boldest strokes.
    """

    amount: Grey
    grain: float
    contrast: float


def ink_of(grey: Grey) -> Ink | None:
    """The ink on a page, dark on light or light on dark; None where there is none.

    Which of the two it is follows from the skew: ink is the minority that lies far to one side of the paper.
    """
    paper, grain = _paper(grey)
    away = grey - paper
    smooth = ndimage.uniform_filter(away, 3)
    far = np.abs(smooth)
    bold = smooth[far > 0.5 * far.max()]
    if float(np.sum(bold**3)) < 0:
        away, smooth, bold = -away, -smooth, -bold
    contrast = float(np.median(bold[bold > 0])) if (bold > 0).any() else 0.0
    if contrast < max(FAINTEST, GRAINS * grain / 3):
        return None
    return Ink(away.astype(np.float32), grain, contrast)


def _paper(grey: Grey) -> tuple[Grey, float]:
    """A surface of second degree through the paper alone, ink left out as what lies far from it; and the deviation."""
    height, width = grey.shape
    longest = max(height, width)
    step = max(1, -(-longest // GRID))
    sample = grey[::step, ::step].astype(np.float64)
    terms = _terms(np.arange(0, height, step) / longest, np.arange(0, width, step) / longest)
    values = sample.ravel()
    rest = values - np.median(values)
    weights: NDArray[np.float64] = np.zeros(6)
    for number in range(ROUNDS):
        deviation = 1.4826 * float(np.median(np.abs(rest))) + 2e-3
        near = np.abs(rest) < (max(3 * deviation, 0.12) if number == 0 else 2.5 * deviation)
        # Where hardly any paper is seen, a level has to do.
        count = 6 if near.sum() > 60 else 1
        weights = np.zeros(6)
        weights[:count] = np.linalg.lstsq(terms[near][:, :count], values[near], rcond=None)[0]
        rest = values - terms @ weights
    surface = _terms(np.arange(height) / longest, np.arange(width) / longest) @ weights
    return surface.reshape(height, width).astype(np.float32), 1.4826 * float(np.median(np.abs(rest))) + 1e-3


def _terms(down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float64]:
    y, x = np.meshgrid(down - 0.5, across - 0.5, indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
