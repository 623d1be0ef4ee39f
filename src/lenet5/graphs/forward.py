"""The forward penalty of a graph, all of its paths together, and its derivatives: eq. 13 to 16."""

import math

from lenet5.graphs.graph import Graph


def logadd(a: float, b: float) -> float:
    """−log(e^−a + e^−b), the larger term factored out.

    *Paper:* section VI-C, eq. 14.
    """
    a, b = min(a, b), max(a, b)
    return a if b == math.inf else a - math.log1p(math.exp(a - b))


def forward_penalties(graph: Graph) -> list[float]:
    """F of each node: the penalty of all paths from the start to it, infinite where there are none.

    The last one is the graph's C_forw. It is smaller than any path's.

    *Paper:* section VI-C, eq. 13: f_n = logadd over the arcs i into n of (c_i + f_source(i)), f_start = 0.
    """
    f = [0.0, *[math.inf] * (graph.nodes - 1)]
    for arc in graph.arcs:
        f[arc.destination] = logadd(f[arc.destination], arc.penalty + f[arc.source])
    return f


def derivatives(graph: Graph, f: list[float]) -> list[float]:
    """∂C_forw/∂c of each arc: the part of all paths' likelihood that goes through it, 0 to 1.

    Args:
        graph: the graph.
        f: its forward penalties.

    *Paper:* section VI-C. ∂E/∂f_n = e^−f_n Σ over the arcs out of n of ∂E/∂f_dest · e^(f_dest − c_i) (15), and
    ∂E/∂c_i = ∂E/∂f_dest · e^(−c_i − f_source + f_dest) (16). The arcs' own are taken first here, for a node's
    derivative is the sum of those of the arcs that leave it: the same terms, and none of them can overflow.
    """
    of_node = [*[0.0] * (graph.nodes - 1), 1.0]
    of_arc = [0.0] * len(graph.arcs)
    for k in range(len(graph.arcs) - 1, -1, -1):
        arc = graph.arcs[k]
        if of_node[arc.destination] and arc.penalty + f[arc.source] < math.inf:
            of_arc[k] = of_node[arc.destination] * math.exp(f[arc.destination] - arc.penalty - f[arc.source])
            of_node[arc.source] += of_arc[k]
    return of_arc
