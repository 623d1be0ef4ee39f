"""Posteriors that are frequencies: of what is read with probability p, the part p is right.

Eq. 9's posteriors are those of training, with its s, its j and its share of rubbish. Two numbers, fitted on patterns
that no training has seen, make frequencies of them: a temperature on all penalties, and the odds of what is no digit.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

DIGITS: Final = 10
# A bin of a reliability diagram is a tenth.
BINS: Final = 10

Penalties = NDArray[np.floating]


# How much of what is read is no digit: one mark in twelve, far less than in training.
NO_DIGITS: Final = 0.08


class Calibration(NamedTuple):
    """What makes frequencies of a network's posteriors; as it is, it changes nothing.

    Attributes:
        temperature: what penalties are multiplied by, 1/T in the words of thermodynamics.
        odds: what the odds of no digit are multiplied by.
    """

    temperature: float = 1.0
    odds: float = 1.0


AS_TRAINED: Final = Calibration()


def posterior(
    penalties: Penalties, j: float, calibration: Calibration = AS_TRAINED
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eq. 9: how likely each digit is, N×10, and how likely that it is none, N.

    Args:
        penalties: N×10, or N×11 of a network with a class of what is no digit; the rubbish class and it are one here.
        j: the rubbish class's penalty.
        calibration: of the network.
    """
    odds = _log_odds(penalties, j, calibration)
    likely = np.exp(odds - odds.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely[:, :DIGITS], likely[:, DIGITS]


def calibrated(penalties: Penalties, labels: NDArray[np.int64], j: float, no_digits: float = NO_DIGITS) -> Calibration:
    """The calibration under which these labels are the likeliest, for another share of what is no digit.

    Args:
        penalties: N×10 or N×11, of patterns that no training has seen.
        labels: 0 to 9, and 10 for what is no digit, of which there must be some of both.
        j: the rubbish class's penalty.
        no_digits: the part of what will be read that is no digit.
    """
    from scipy.optimize import minimize

    rows = np.arange(len(labels))

    def surprise(logarithms: NDArray[np.float64]) -> float:
        odds = _log_odds(penalties, j, Calibration(*np.exp(logarithms)))
        return float((np.logaddexp.reduce(odds, axis=1) - odds[rows, labels]).mean())

    best = minimize(surprise, np.zeros(2), method="Nelder-Mead")
    temperature, odds = (float(x) for x in np.exp(best.x))
    fitted_on = float((labels == DIGITS).mean())
    return Calibration(temperature, odds * (no_digits / (1 - no_digits)) * (1 - fitted_on) / fitted_on)


def calibration_error(probability: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """How far probabilities are from frequencies: the mean distance in bins of a tenth, weighted by how many are there.

    Args:
        probability: of N answers.
        right: whether each is.
    """
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=probability - right, minlength=BINS)
    return float(np.abs(gaps).sum() / max(1, len(right)))


def _log_odds(penalties: Penalties, j: float, calibration: Calibration) -> NDArray[np.float64]:
    """Log p without their common part, N×11, no digit last."""
    scaled = -calibration.temperature * penalties.astype(np.float64)
    none = np.full(len(penalties), -calibration.temperature * j)
    for extra in scaled.T[DIGITS:]:
        none = np.logaddexp(none, extra)
    return np.concatenate([scaled[:, :DIGITS], np.log(calibration.odds) + none[:, None]], axis=1)
