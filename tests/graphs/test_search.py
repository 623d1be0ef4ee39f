"""Viterbi, the N best paths and forward penalties against all paths one by one."""

import math

import pytest
import torch

from graphs.enumeration import a_graph, all_paths, all_together, cost
from lenet5.graphs.forward import derivatives, forward_penalties, logadd
from lenet5.graphs.graph import Arc, Graph, trimmed
from lenet5.graphs.viterbi import best_path, best_paths, penalties_to_end, viterbi_penalties

SEEDS = range(25)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_paths_are_those_of_enumeration(seed: int) -> None:
    graph = a_graph(seed)
    costs = sorted(cost(graph, path) for path in all_paths(graph))
    found = best_paths(graph, 8)
    assert [path.penalty for path in found] == pytest.approx(costs[:8])
    assert all(cost(graph, path.arcs) == pytest.approx(path.penalty) for path in found)
    assert len({path.arcs for path in found}) == len(found)
    assert best_path(graph) == found[0]
    assert viterbi_penalties(graph)[-1] == pytest.approx(costs[0])
    assert penalties_to_end(graph)[0] == pytest.approx(costs[0])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_forward_penalty_and_its_gradient_are_those_of_all_paths(seed: int) -> None:
    graph = a_graph(seed)
    paths = list(all_paths(graph))
    penalties = torch.tensor([arc.penalty for arc in graph.arcs], dtype=torch.float64, requires_grad=True)
    expected = -torch.logsumexp(-torch.stack([penalties[list(path)].sum() for path in paths]), 0)
    (gradient,) = torch.autograd.grad(expected, penalties)
    f = forward_penalties(graph)
    assert f[-1] == pytest.approx(expected.item(), abs=1e-12)
    assert derivatives(graph, f) == pytest.approx(gradient.tolist(), abs=1e-9)
    # Page 25, and not page 26: the more paths, the smaller.
    assert f[-1] <= viterbi_penalties(graph)[-1]


def test_logadd_holds_where_exponentials_do_not() -> None:
    assert logadd(2000, 2001) == pytest.approx(2000 - math.log1p(math.exp(-1)))
    assert logadd(-2000, 0) == -2000
    assert logadd(math.inf, 3.0) == 3.0
    assert logadd(math.inf, math.inf) == math.inf
    large = Graph(3, (Arc(0, 1, 1, 900.0), Arc(0, 1, 2, 901.0), Arc(1, 2, 3, -5000.0)))
    assert sum(derivatives(large, forward_penalties(large))[:2]) == pytest.approx(1)


def test_where_no_path_leads_to_the_end_there_is_none() -> None:
    graph = Graph(4, (Arc(0, 1, 1, 0.0), Arc(2, 3, 1, 0.0)))
    assert best_path(graph) is None
    assert best_paths(graph, 3) == []
    assert forward_penalties(graph)[-1] == math.inf
    assert derivatives(graph, forward_penalties(graph)) == [0.0, 0.0]
    assert trimmed(graph) == Graph(2, ())


@pytest.mark.parametrize("seed", SEEDS)
def test_trimming_loses_no_path(seed: int) -> None:
    graph = a_graph(seed, nodes=6)
    halved = Graph(graph.nodes, graph.arcs[::2])
    before = sorted(cost(halved, path) for path in all_paths(halved))
    after = trimmed(halved)
    assert sorted(cost(after, path) for path in all_paths(after)) == pytest.approx(before)
    assert all_together(before) == pytest.approx(forward_penalties(after)[-1])


@pytest.mark.parametrize("arcs", [(Arc(1, 1, 0, 0.0),), (Arc(2, 1, 0, 0.0),), (Arc(1, 3, 0, 0.0),)])
def test_what_is_no_acyclic_graph_is_refused(arcs: tuple[Arc, ...]) -> None:
    with pytest.raises(ValueError, match="each arc leads to a later one"):
        Graph(3, arcs)
    with pytest.raises(ValueError, match="in the order of the nodes"):
        Graph(3, (Arc(1, 2, 0, 0.0), Arc(0, 2, 0, 0.0)))
