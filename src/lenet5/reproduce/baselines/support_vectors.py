"""Section III-C.9: a support vector machine with a polynomial kernel."""

from itertools import combinations
from typing import Any

import numpy as np


def polynomial_machine(x: Any, labels: Any, t: Any) -> Any:
    """The support vector machine with the kernel (x·x'/49 + 1)⁴ and C = 1.

    Args:
        x: training images, N×784 float32, foreground 1.
        labels: their digits, N.
        t: test images, M×784.

    Returns:
        Outputs M×10; the largest is the answer.

    *Paper:* section III-C.9.
    *Departs:* 45 machines of a pair of classes each, where 1998 had ten of a class against the rest.
    """
    from sklearn.svm import SVC

    machine = SVC(
        kernel="poly",
        degree=4,
        gamma=1 / 49,
        coef0=1.0,
        C=1.0,
        decision_function_shape="ovo",
        cache_size=1000,
    )
    return weakest_margins(machine.fit(x, labels).decision_function(t))


def weakest_margins(margins: Any) -> Any:
    """What each of ten classes has over the one that it has least over: N×45 → N×10.

    The 45 are scikit-learn's, of the pairs (0, 1), (0, 2) … (8, 9), positive for the first.
    """
    weakest = np.full((len(margins), 10), np.inf)
    for margin, (one, other) in zip(margins.T, combinations(range(10), 2), strict=True):
        weakest[:, one] = np.minimum(weakest[:, one], margin)
        weakest[:, other] = np.minimum(weakest[:, other], -margin)
    return weakest
