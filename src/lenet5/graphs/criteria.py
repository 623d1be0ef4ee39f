"""The four criteria that train a system by the right string alone, with their derivatives: eq. 11, 12, 13 and 17."""

import math
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from lenet5.graphs.composition import compose
from lenet5.graphs.forward import derivatives, forward_penalties
from lenet5.graphs.graph import Graph, Label
from lenet5.graphs.transducer import linear
from lenet5.graphs.viterbi import best_path, best_paths


class Judged(NamedTuple):
    """What a criterion makes of a graph.

    Attributes:
        loss: E; infinite where no path says the right string, and then there are no derivatives.
        derivative: ∂E/∂c of each arc.
        curvature: what SDLM takes for ∂²E/∂c² of each arc, never below 0.
    """

    loss: float
    derivative: list[float]
    curvature: list[float]


def viterbi_training(graph: Graph, right: Sequence[Label]) -> Judged:
    """The penalty of the best path that says the right string.

    It can collapse: nothing pushes the other paths away.

    Args:
        graph: a recognition graph, digits on its arcs, null where there is none.
        right: the digits.

    *Paper:* section VI-A, eq. 11: E_vit = C_cvit. The derivative is 1 on that path and 0 elsewhere, and the
    curvature 0.
    """
    loss, on_path = _viterbi(_right_paths(graph, right), len(graph.arcs))
    return Judged(loss, on_path, [0.0] * len(graph.arcs))


def discriminative_viterbi_training(graph: Graph, right: Sequence[Label]) -> Judged:
    """The same, less the penalty of the best path of all. There is no margin: it is 0 as soon as the two are equal.

    *Paper:* section VI-B, eq. 12: E_dvit = C_cvit − C_vit. The derivative is 1 on the right path alone, −1 on the best
    path alone, 0 on arcs of both.
    """
    loss, of_right = _viterbi(_right_paths(graph, right), len(graph.arcs))
    if loss == math.inf:
        return _impossible(graph)
    of_all = best_paths(graph, 1)[0]  # there is one: a right one
    for k in of_all.arcs:
        of_right[k] -= 1.0
    return Judged(loss - of_all.penalty, of_right, [0.0] * len(graph.arcs))


def forward_training(graph: Graph, right: Sequence[Label]) -> Judged:
    """The penalty of all paths together that say the right string.

    *Paper:* section VI-C, eq. 13 on the right paths: E_forw = C_cforw. It is concave in the penalties, and its
    curvature counts as 0.
    """
    loss, of_right = _forward(_right_paths(graph, right), len(graph.arcs))
    return Judged(loss, of_right, [0.0] * len(graph.arcs))


def discriminative_forward_training(graph: Graph, right: Sequence[Label]) -> Judged:
    """The same, less the penalty of all paths: the negative logarithm of the right string's posterior.

    Of a graph of one digit it is eq. 9.

    *Paper:* section VI-D, eq. 17: E_dforw = C_cforw − C_forw.
    *Departs:* the curvature, on which the paper is silent. With q and p the part of an arc in the right paths and in
    all, ∂E/∂c = q − p, and ∂²E/∂c² = −q (1 − q) + p (1 − p). The first term is concave and is dropped, as Gauss and
    Newton drop what can be negative; what is left is the variance of an arc, p (1 − p), as of eq. 9.
    """
    loss, of_right = _forward(_right_paths(graph, right), len(graph.arcs))
    if loss == math.inf:
        return _impossible(graph)
    of_all = forward_penalties(graph)
    p = derivatives(graph, of_all)
    derivative = [q - part for q, part in zip(of_right, p, strict=True)]
    return Judged(loss - of_all[-1], derivative, [max(part * (1 - part), 0.0) for part in p])


Criterion = Callable[[Graph, Sequence[Label]], Judged]

CRITERIA: Final[dict[str, Criterion]] = {
    "viterbi": viterbi_training,
    "discriminative_viterbi": discriminative_viterbi_training,
    "forward": forward_training,
    "discriminative_forward": discriminative_forward_training,
}


def _right_paths(graph: Graph, right: Sequence[Label]) -> Graph:
    """Figure 19: the recognition graph, composed with the graph of the right labels."""
    return compose(graph, linear(right))


def _impossible(graph: Graph) -> Judged:
    return Judged(math.inf, [0.0] * len(graph.arcs), [0.0] * len(graph.arcs))


def _viterbi(right_paths: Graph, arcs: int) -> tuple[float, list[float]]:
    """C_vit of a composition and 1 for each arc of the first graph that its best path covers."""
    on_path = [0.0] * arcs
    best = best_path(right_paths)
    if best is None:
        return math.inf, on_path
    for number in best.arcs:
        if (covered := right_paths.arcs[number].covers) >= 0:
            on_path[covered] += 1.0
    return best.penalty, on_path


def _forward(right_paths: Graph, arcs: int) -> tuple[float, list[float]]:
    """C_forw of a composition and its derivative by each arc of the first graph."""
    f = forward_penalties(right_paths)
    of_arcs = [0.0] * arcs
    for arc, derivative in zip(right_paths.arcs, derivatives(right_paths, f), strict=True):
        if arc.covers >= 0:
            of_arcs[arc.covers] += derivative
    return f[-1], of_arcs
