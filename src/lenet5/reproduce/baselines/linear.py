"""Section III-C.1 and 2: one linear unit a class, and one for each pair of classes."""

from typing import Any

import numpy as np


def linear(x: Any, labels: Any, t: Any) -> Any:
    """Ten linear units on the pixels.

    Args:
        x: training images, N×I float32, foreground 1.
        labels: their digits, N.
        t: test images, M×I.

    Returns:
        Outputs M×10; the largest is the answer.

    *Paper:* section III-C.1.
    *Departs:* solved for the least squared error at once, not trained pattern by pattern.
    """
    targets = np.eye(10, dtype=np.float32)[labels]
    return with_ones(t) @ least_squares(with_ones(x), targets)


def pairwise_linear(x: Any, labels: Any, t: Any) -> Any:
    """45 linear units, each for one class against another; a class's output is the sum of its nine, M×10.

    Arguments as of `linear`.

    *Paper:* section III-C.2.
    *Departs:* solved for the least squared error at once, not trained pattern by pattern.
    """
    x, t = with_ones(x), with_ones(t)
    outputs = np.zeros((len(t), 10))
    for one in range(10):
        for other in range(one):
            chosen = (labels == one) | (labels == other)
            signs = np.where(labels[chosen] == one, 1.0, -1.0).astype(np.float32)[:, None]
            side = np.clip((t @ least_squares(x[chosen], signs))[:, 0], -1, 1)
            outputs[:, one] += side
            outputs[:, other] -= side
    return outputs


def with_ones(pixels: Any) -> Any:
    """Inputs with a constant one behind them, for the bias: N×I → N×(I + 1)."""
    return np.hstack([pixels, np.ones((len(pixels), 1), dtype=np.float32)])


def least_squares(x: Any, targets: Any) -> Any:
    """The weights of the smallest squared error: N×I and N×O → I×O."""
    # A trace of decay, as many pixels are background in every pattern.
    return np.linalg.solve(x.T @ x + 1e-2 * np.eye(x.shape[1], dtype=np.float32), x.T @ targets)
