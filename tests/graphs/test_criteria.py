"""The four criteria: enumeration and autograd, figure 20, eq. 9."""

import itertools
import math

import pytest
import torch

from graphs.enumeration import a_graph, all_paths, criterion_by_enumeration, said
from lenet5.graphs.criteria import CRITERIA
from lenet5.graphs.graph import Arc, Graph
from lenet5.loss import MAPLoss

FIGURE_20 = Graph.sorted(
    4,
    [
        *(Arc(0, 1, 3, 0.1), Arc(0, 1, 5, 2.3), Arc(1, 2, 4, 0.4), Arc(1, 2, 2, 1.3), Arc(2, 3, 1, 0.1)),
        *(Arc(2, 3, 4, 2.4), Arc(0, 2, 3, 3.4), Arc(0, 2, 4, 4.4), Arc(1, 3, 4, 0.6), Arc(1, 3, 9, 1.2)),
    ],
)


@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize("seed", range(15))
def test_equals_enumeration_and_autograd(name: str, seed: int) -> None:
    graph = a_graph(seed)
    strings = sorted({said(graph, path) for path in all_paths(graph)}, key=str)
    right = strings[seed % len(strings)]
    penalties = torch.tensor([arc.penalty for arc in graph.arcs], dtype=torch.float64, requires_grad=True)
    expected = criterion_by_enumeration(name, graph, right, penalties)
    (gradient,) = torch.autograd.grad(expected, penalties)
    judged = CRITERIA[name](graph, right)
    assert judged.loss == pytest.approx(expected.item(), abs=1e-9)
    assert judged.derivative == pytest.approx(gradient.tolist(), abs=1e-9)
    assert all(h >= 0 for h in judged.curvature)
    if name.startswith("discriminative"):
        assert judged.loss >= -1e-12


@pytest.mark.parametrize("seed", range(10))
def test_the_curvature_is_the_second_derivative_without_its_concave_term(seed: int) -> None:
    """∂²C_forw/∂c² by autograd, twice; where one path alone is right, nothing is dropped."""
    graph = a_graph(seed, nodes=4, labels=(0, 1, 2))
    paths = list(all_paths(graph))
    penalties = torch.tensor([arc.penalty for arc in graph.arcs], dtype=torch.float64)

    def of_all(c: torch.Tensor) -> torch.Tensor:
        return torch.logsumexp(-torch.stack([c[list(path)].sum() for path in paths]), 0)

    expected = torch.autograd.functional.hessian(of_all, penalties).diagonal()
    judged = CRITERIA["discriminative_forward"](graph, said(graph, paths[0]))
    assert judged.curvature == pytest.approx(expected.tolist(), abs=1e-9)


def test_figure_20() -> None:
    right = (3, 4)
    assert CRITERIA["viterbi"](FIGURE_20, right).loss == pytest.approx(0.7)
    discriminative = CRITERIA["discriminative_viterbi"](FIGURE_20, right)
    assert discriminative.loss == pytest.approx(0.1)
    moved = {
        (a.source, a.destination, a.label): d
        for a, d in zip(FIGURE_20.arcs, discriminative.derivative, strict=True)
        if d
    }
    assert moved == {(1, 3, 4): 1.0, (1, 2, 4): -1.0, (2, 3, 1): -1.0}
    both = -math.log(math.exp(-0.7) + math.exp(-5.8))
    assert CRITERIA["forward"](FIGURE_20, right).loss == pytest.approx(both)
    costs = [sum(FIGURE_20.arcs[k].penalty for k in path) for path in all_paths(FIGURE_20)]
    whole = -math.log(sum(math.exp(-c) for c in costs))
    assert CRITERIA["discriminative_forward"](FIGURE_20, right).loss == pytest.approx(both - whole)
    assert len(list(itertools.chain(all_paths(FIGURE_20)))) == len(costs)


def test_of_one_digit_discriminative_forward_is_eq_9() -> None:
    """The rubbish class is an arc as well."""
    y = torch.tensor([[3.0, 1.5, 0.2, 7.0, 4.0, 2.5, 6.0, 0.9, 5.0, 3.3]], dtype=torch.float64)
    loss, j = MAPLoss(1.3), 1.3
    arcs = [Arc(0, 1, k, float(c)) for k, c in enumerate(y[0])]
    graph = Graph(2, (*arcs, Arc(0, 1, "rubbish", j)))
    first, second = loss.derivatives(y, torch.tensor([7]))
    judged = CRITERIA["discriminative_forward"](graph, (7,))
    assert judged.loss == pytest.approx(float(loss(y, torch.tensor([7]))), abs=1e-12)
    assert judged.derivative[:10] == pytest.approx(first[0].tolist(), abs=1e-12)
    assert judged.curvature[:10] == pytest.approx(second[0].tolist(), abs=1e-12)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_string_that_no_path_says_teaches_nothing(name: str) -> None:
    judged = CRITERIA[name](FIGURE_20, (1, 2, 3, 4, 5))
    assert judged.loss == math.inf
    assert not any(judged.derivative)
    assert not any(judged.curvature)


def test_discriminative_viterbi_has_no_margin() -> None:
    """Eq. 12 stops as soon as the right path is the best; eq. 17 goes on."""
    graph = Graph(2, (Arc(0, 1, 3, 0.5), Arc(0, 1, 5, 0.6)))
    assert not any(CRITERIA["discriminative_viterbi"](graph, (3,)).derivative)
    assert CRITERIA["discriminative_forward"](graph, (3,)).derivative[0] > 0.4
