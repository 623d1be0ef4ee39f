"""The path of least penalty, and the next ones: eq. 10."""

import heapq
import math
from typing import NamedTuple

from lenet5.graphs.graph import Graph


class Path(NamedTuple):
    """A path from the start to the end.

    Attributes:
        penalty: of its arcs together.
        arcs: their numbers, in order.
    """

    penalty: float
    arcs: tuple[int, ...]


def viterbi_penalties(graph: Graph) -> list[float]:
    """V of each node: the least penalty of a path from the start to it, infinite where there is none.

    *Paper:* section V, eq. 10: v_n = min over the arcs i into n of (c_i + v_source(i)), v_start = 0.
    """
    v = [0.0, *[math.inf] * (graph.nodes - 1)]
    for arc in graph.arcs:
        v[arc.destination] = min(v[arc.destination], arc.penalty + v[arc.source])
    return v


def penalties_to_end(graph: Graph) -> list[float]:
    """The least penalty of a path from each node to the end, infinite where there is none."""
    rest = [*[math.inf] * (graph.nodes - 1), 0.0]
    for arc in reversed(graph.arcs):
        rest[arc.source] = min(rest[arc.source], arc.penalty + rest[arc.destination])
    return rest


def best_path(graph: Graph) -> Path | None:
    """The path of least penalty; None where no path leads to the end."""
    return next(iter(best_paths(graph, 1)), None)


def best_paths(graph: Graph, n: int) -> list[Path]:
    """The n paths of least penalty, the best first; fewer where there are not so many.

    Paths are lengthened arc by arc, those first that can end best: what is left of a path costs what `penalties_to_end`
    says, so none is lengthened in vain.
    """
    rest = penalties_to_end(graph)
    found: list[Path] = []
    if rest[0] == math.inf:
        return found
    # The least penalty that it can end with, a number that no two share, its penalty so far, its node, its arcs.
    queue: list[tuple[float, int, float, int, tuple[int, ...]]] = [(rest[0], 0, 0.0, 0, ())]
    number = 0
    while queue and len(found) < n:
        _, _, penalty, node, arcs = heapq.heappop(queue)
        if node == graph.end:
            found.append(Path(penalty, arcs))
            continue
        for k in graph.leaving[node]:
            arc = graph.arcs[k]
            so_far = penalty + arc.penalty
            if (whole := so_far + rest[arc.destination]) < math.inf:
                number += 1
                heapq.heappush(queue, (whole, number, so_far, arc.destination, (*arcs, k)))
    return found
