"""Section III-C.3: the nearest training patterns."""

from typing import Any, Final

NEIGHBOURS: Final = 3


def nearest_neighbours(x: Any, labels: Any, t: Any) -> Any:
    """The part of the three nearest training images that each class has.

    Args:
        x: training images, N×784 float32, foreground 1.
        labels: their digits, N.
        t: test images, M×784.

    Returns:
        Outputs M×10; the largest is the answer.

    *Paper:* section III-C.3.
    *Departs:* Euclidean distances between the 784 pixels.
    """
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(n_neighbors=NEIGHBOURS, algorithm="brute").fit(x, labels).predict_proba(t)
