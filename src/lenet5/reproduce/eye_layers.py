"""A layer's weights from its printed states on both sides: regression on grey levels as intervals; how certain."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from lenet5 import paper

Array = NDArray[np.float64]

ITERATIONS: Final = 100
# Standard deviations beyond which an interval's probability is that of its nearest edge.
SMALLEST: Final = 1e-300
# The grey level of the input's background.
WHITE: Final = 222
# Where an exponential is cut off, for it would overflow.
LARGEST: Final = 50.0
# The figure's rounding leaves no less noise than this, in total inputs.
LEAST_NOISE: Final = 1e-3


class Fit(NamedTuple):
    """A map's weights as a normal posterior.

    Attributes:
        weights: F+1, the bias last.
        deviations: F+1, their standard deviations.
        noise: standard deviation of the total input.
        evidence: the logarithm of the data's probability, weights integrated out around the mode.
        unsaturated: how many units are neither the lightest nor the darkest level.
    """

    weights: Array
    deviations: Array
    noise: float
    evidence: float
    unsaturated: int


def states_of(grey: NDArray[np.uint8]) -> Array:
    """The states that grey levels stand for: ±A at 0 and 255."""
    return paper.AMPLITUDE * (1 - grey.astype(np.float64) / 127.5)


def inputs_of(grey: NDArray[np.uint8]) -> Array:
    """The input that grey levels stand for: the background, -0.1, is printed as 222."""
    return paper.FOREGROUND + (paper.BACKGROUND - paper.FOREGROUND) * grey.astype(np.float64) / WHITE


def intervals(grey: NDArray[np.uint8], levels: NDArray[np.uint8]) -> tuple[Array, Array]:
    """The least and largest total input that a grey level may stand for; infinite at the outermost levels.

    Args:
        grey: of units, of any shape.
        levels: every level that the printing knows, in order.
    """
    edges = (levels[1:].astype(np.float64) + levels[:-1]) / 2
    totals = np.arctanh(1 - edges / 127.5) / paper.SLOPE
    bounds = np.concatenate([[np.inf], totals, [-np.inf]])
    index = np.searchsorted(levels, grey)
    return bounds[index + 1], bounds[index]


def fit(x: Array, low: Array, high: Array, prior: float) -> Fit:
    """Weights of the largest posterior by expectation and maximisation, their certainty by the curvature there.

    A total input is x · w + bias plus normal noise and lies in its interval; the prior of each weight is normal around
    0, that of the bias flat.

    Args:
        x: N×F, what the units read.
        low: N, the least total input.
        high: N, the largest.
        prior: the weights' standard deviation.
    """
    design = np.hstack([x, np.ones((len(x), 1))])
    precision = np.full(design.shape[1], prior**-2)
    precision[-1] = 1e-6
    inside = np.isfinite(low) & np.isfinite(high)
    expected = np.where(inside, (low + high) / 2, np.where(np.isfinite(low), low, high))
    gram, noise = design.T @ design, 0.1
    weights = np.zeros(design.shape[1])
    for _ in range(ITERATIONS):
        weights = np.linalg.solve(gram + noise**2 * np.diag(precision), design.T @ expected)
        mean = design @ weights
        shift, variance, _ = truncated((low - mean) / noise, (high - mean) / noise)
        expected = mean + noise * shift
        noise = max(LEAST_NOISE, float(np.sqrt(noise**2 * np.mean(shift**2 + variance))))
    mean = design @ weights
    _, variance, logarithm = truncated((low - mean) / noise, (high - mean) / noise)
    informative = np.clip(1 - variance, 0, 1) / noise**2
    hessian = design.T @ (informative[:, None] * design) + np.diag(precision)
    log_prior = 0.5 * float(np.log(precision).sum() - (precision * weights**2).sum())
    evidence = float(logarithm.sum()) + log_prior - 0.5 * float(np.linalg.slogdet(hessian)[1])
    deviations = np.sqrt(np.diag(np.linalg.inv(hessian)))
    return Fit(weights, deviations, noise, evidence, int(inside.sum()))


def truncated(low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Mean, variance and log-probability of a standard normal number between bounds."""
    # Where both are positive the other tail is as good, and not rounded to 1.
    mirrored = low > -high
    a, b = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    upper, lower = log_ndtr(b), log_ndtr(a)
    logarithm = upper + np.log(np.maximum(-np.expm1(lower - upper), SMALLEST))
    at_a, at_b = _density(a, logarithm), _density(b, logarithm)
    mean = at_a - at_b
    zero = np.zeros_like(a)
    variance = 1 + np.where(np.isfinite(a), a, zero) * at_a - np.where(np.isfinite(b), b, zero) * at_b - mean**2
    return np.where(mirrored, -mean, mean), np.clip(variance, 0, 1), logarithm


def _density(z: Array, logarithm: Array) -> Array:
    """The normal density at a bound, over the interval's probability; 0 at an infinite bound."""
    exponent = -0.5 * z**2 - logarithm - 0.5 * np.log(2 * np.pi)
    result: Array = np.exp(np.minimum(exponent, LARGEST))
    return result


def patches(maps: Array) -> Array:
    """What each unit of a 5×5 convolution reads: N×C×H×W → N×(H−4)×(W−4)×C×25."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (5, 5), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(len(maps), *windows.shape[2:4], maps.shape[1], 25)


def sums(maps: Array) -> Array:
    """The sum of the four units that each unit of a sub-sampling layer reads: N×C×H×W → N×C×H/2×W/2."""
    n, c, height, width = maps.shape
    summed: Array = maps.reshape(n, c, height // 2, 2, width // 2, 2).sum((3, 5))
    return summed


def predicted(fit: Fit, x: Array) -> Array:
    """The states of units that read x, N×F."""
    result: Array = paper.AMPLITUDE * np.tanh(paper.SLOPE * (x @ fit.weights[:-1] + fit.weights[-1]))
    return result
