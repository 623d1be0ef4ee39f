"""Where a line may be cut: paths from top to bottom that cross little foreground, more than there are gaps. Section V.

The paper takes minima of the projection or of the distance between the contours, and in section X "hit and deflect":
lines cast down and up that the contour deflects, and that cut straight through where they must. The path that crosses
the least foreground on its way through a point does what both do, at any slant: it runs down a gap, deflected by the
strokes on both sides, and through a stroke where that is thinnest. Of the paths through all points the cheapest are
kept, each with enough foreground between it and the next.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet5.data.line import FOREGROUND, ROWS, Line

# What a pixel of background costs a path, where foreground costs up to 255 more, and a step aside.
FREE: Final = 5
SIDEWAYS: Final = 76
# Points lie in every second row.
EVERY: Final = 2
# Fewer pixels of foreground than this are not cut off; nor so few where the cut runs through background alone.
LEAST_CUT: Final = 36
LEAST_APART: Final = 8
# Cuts of a line as wide as it is high, at most.
PER_HEIGHT: Final = 24


class Cuts(NamedTuple):
    """The cuts of a line from left to right, its two ends among them. They never cross.

    Attributes:
        x: cuts×44: of each row, the column from which on it lies to the right of the cut.
        crossed: cuts: the grey levels on the path, added up.
    """

    x: NDArray[np.int64]
    crossed: NDArray[np.int64]


def find_cuts(line: Line) -> Cuts:
    """The cuts of a line.

    Args:
        line: 44×width uint8.

    *Paper:* section V, and section X-A for "hit and deflect".
    *Departs:* cuts are the cheapest paths through points, as above.
    """
    width = line.shape[1]
    cost = FREE + line.astype(np.int64)
    (down, back_up), (up, back_down) = _cheapest_paths(cost), (paths[::-1] for paths in _cheapest_paths(cost[::-1]))
    through = down + up - cost
    candidates = [(int(through[row, x]), row, x) for row in range(EVERY, ROWS, EVERY) for x in range(width)]
    candidates.sort(key=lambda candidate: candidate[0])
    paths = {row: _paths_through(back_up, back_down, row) for row in range(EVERY, ROWS, EVERY)}
    foreground_before = np.pad(np.cumsum(line >= FOREGROUND, axis=1), ((0, 0), (1, 0)))
    rows, edged = np.arange(ROWS), np.pad(line, ((0, 0), (0, 1)))
    found = [np.zeros(ROWS, np.int64), np.full(ROWS, width)]
    for _, row, x in candidates:
        if len(found) >= PER_HEIGHT * width // ROWS + 2:
            break
        path = paths[row][:, x]
        k = 1
        while k + 1 < len(found) and found[k].sum() <= path.sum():
            k += 1
        left, right = found[k - 1], found[k]
        path = np.minimum(np.maximum(path, left), right)
        apart = bool((edged[rows, path] < FOREGROUND).all())
        least = LEAST_APART if apart else LEAST_CUT
        there = foreground_before[rows, path]
        if (there - foreground_before[rows, left]).sum() >= least and (
            foreground_before[rows, right] - there
        ).sum() >= least:
            found.insert(k, path)
    cuts = np.array(found)
    on_path = edged[rows, cuts].astype(np.int64)
    on_path[0] = 0
    return Cuts(cuts, on_path.sum(1))


def _cheapest_paths(cost: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each pixel, what the cheapest path from the first row to it costs with its own cost, and its column before.

    Of equal ones the path that comes straight goes before that from the left, and that before the one from the right.
    """
    paths, before = cost.copy(), np.zeros_like(cost)
    columns = np.arange(cost.shape[1])
    for row in range(1, len(cost)):
        aside = np.pad(paths[row - 1], 1, constant_values=np.iinfo(np.int64).max // 4) + SIDEWAYS
        from_three = np.stack([paths[row - 1], aside[:-2], aside[2:]])
        paths[row] += from_three.min(0)
        before[row] = columns + np.array([0, -1, 1])[from_three.argmin(0)]
    return paths, before


def _paths_through(back_up: NDArray[np.int64], back_down: NDArray[np.int64], row: int) -> NDArray[np.int64]:
    """44×width: the columns of the cheapest path through each point of a row."""
    paths = np.empty_like(back_up)
    paths[row] = np.arange(back_up.shape[1])
    for r in range(row - 1, -1, -1):
        paths[r] = back_up[r + 1, paths[r + 1]]
    for r in range(row + 1, ROWS):
        paths[r] = back_down[r - 1, paths[r - 1]]
    return paths
