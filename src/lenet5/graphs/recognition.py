"""The recognition graph, figures 17 and 18: each segment's arc once a class, with what it costs to read it so."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.graphs.graph import NULL, Arc, Graph
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.graphs.sweep import Sweep

# What may be a digit on a line, and between which nodes.
Hypotheses = SegmentationGraph | Sweep

# Arcs on whose best path the whole costs so much more than the best of all are left out: e⁻²⁵ of its likelihood.
NEGLIGIBLE: Final = 25.0
# Arcs that are looked at one by one; of more, as on a texture, those on the best paths.
MOST_ARCS: Final = 3000


def recognition_graph(hypotheses: Hypotheses, penalties: NDArray[np.float64], *, within: float = NEGLIGIBLE) -> Graph:
    """A node a cut, and between two cuts an arc a class; the blank space's says nothing.

    Args:
        hypotheses: the segments, or a sweep.
        penalties: arcs×11, the network's with the segmenter's.
        within: arcs that no path takes which costs less than the best one and this are left out.

    Returns:
        The graph; an arc covers a segment, by number. Without a segment nodes 0 and 1 alone.

    *Paper:* section V, figures 17 and 18: the recognition transformer.
    """
    nodes = hypotheses.nodes
    if nodes < 2:
        return Graph(2, ())
    spans = hypotheses.arcs.tolist()
    whole = path_penalties(hypotheses, penalties)
    limit = float(whole.min()) + within
    if within < math.inf and whole.size > MOST_ARCS:
        limit = min(limit, float(np.partition(whole, MOST_ARCS, axis=None)[MOST_ARCS]))
    kept = np.argwhere(whole <= limit).tolist()
    blank = penalties.shape[1] - 1
    arcs = (Arc(spans[s][0], spans[s][1], NULL if k == blank else k, float(penalties[s, k]), s) for s, k in kept)
    return Graph(nodes, tuple(arcs))


def path_penalties(hypotheses: Hypotheses, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each arc the least penalty of a path through it, arcs×11: how far it is from the best answer.

    Args:
        hypotheses: the segments, one at least, or a sweep.
        penalties: arcs×11.
    """
    nodes, spans, best = hypotheses.nodes, hypotheses.arcs.tolist(), penalties.min(1).tolist()
    to, rest = [0.0, *[math.inf] * (nodes - 1)], [*[math.inf] * (nodes - 1), 0.0]
    for (first, last), c in zip(spans, best, strict=True):
        to[last] = min(to[last], to[first] + c)
    for (first, last), c in zip(reversed(spans), reversed(best), strict=True):
        rest[first] = min(rest[first], rest[last] + c)
    around = np.array(to)[hypotheses.arcs[:, 0]] + np.array(rest)[hypotheses.arcs[:, 1]]
    whole: NDArray[np.float64] = around[:, None] + penalties
    return whole
