"""Every number that docs/learn.md works out is the network's own."""

import math
import re
from pathlib import Path

import pytest
import torch

import lenet5
from docs import worked as by_hand
from docs.worked import INPUT, MAP, ROW, UNIT, network, pattern, signed, table, worked
from lenet5.graphs.forward import forward_penalties
from lenet5.graphs.graph import Arc, Graph
from lenet5.graphs.viterbi import best_path, best_paths

PAGE = (Path(__file__).parents[2] / "docs/learn.md").read_text()
# What the page rounds otherwise than to four decimals.
DECIMALS = {"rate": 6, "step": 7, "2s": 2, "s": 2, "code": 0}
LEFT_OUT = {"new weight"}


def absent(page: str) -> list[str]:
    """The worked numbers that a page lacks."""
    numbers = {name: signed(x, DECIMALS.get(name, 4)) for name, x in worked().items() if name not in LEFT_OUT}
    return [f"{name}: {text}" for name, text in numbers.items() if not re.search(rf"(?<![\d.−]){text}(?!\d)", page)]


def test_the_page_has_every_worked_number() -> None:
    assert absent(PAGE) == []


def test_the_guard_of_the_numbers_can_fail() -> None:
    assert absent(PAGE.replace("0.6407", "0.6408")) == ["c1 a: 0.6407"]


def test_the_page_shows_the_pixels_and_the_kernel() -> None:
    column = by_hand.COLUMN
    pixels = pattern()[0][0, 0, ROW : ROW + 5, column : column + 5]
    for row in table(pixels, 2) + table(network().C1.weight[MAP].detach(), 2):
        assert row in PAGE


def test_the_numbers_worked_by_hand_are_the_layers() -> None:
    x, label = pattern()
    assert label == by_hand.DIGIT
    numbers = worked()
    states = {name: state.detach()[0] for name, state in network().states(x).items()}
    assert numbers["c1 state"] == pytest.approx(float(states["C1"][MAP, ROW, by_hand.COLUMN]))
    assert numbers["s2 state"] == pytest.approx(float(states["S2"][MAP, ROW // 2, by_hand.COLUMN // 2]))
    assert numbers["y desired"] == pytest.approx(float(states["OUTPUT"].min()))
    loss = lenet5.MAPLoss(by_hand.J)(network()(x), label)
    assert numbers["eq 9"] == pytest.approx(loss.item())
    (gradient,) = torch.autograd.grad(loss, network().F6.weight)
    assert numbers["gradient"] == pytest.approx(float(gradient[UNIT, INPUT]))
    curvature = lenet5.diagonal_curvature(network(), lenet5.MLELoss(), x, label)["F6.weight"]
    assert numbers["curvature"] == pytest.approx(float(curvature[UNIT, INPUT]))


def test_the_step_of_the_page_is_sdlms() -> None:
    x, label = pattern()
    stepped = lenet5.load_pretrained(by_hand.NETWORK).double()
    optimiser = lenet5.SDLM(stepped, eta=by_hand.ETA, mu=by_hand.MU)
    optimiser.curvature = lenet5.diagonal_curvature(stepped, lenet5.MLELoss(), x, label)
    lenet5.MAPLoss(by_hand.J)(stepped(x), label).backward()
    optimiser.step()
    assert worked()["new weight"] == pytest.approx(float(stepped.F6.weight.detach()[UNIT, INPUT]), rel=1e-9)


def test_the_graph_of_the_page() -> None:
    rows = re.findall(r"^\| (\d) \| (\d) \| (\d) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    graph = Graph(3, tuple(sorted(Arc(int(a), int(b), int(label), float(penalty)) for label, a, b, penalty in rows)))
    paths = best_paths(graph, 9)
    texts = ["".join(str(graph.arcs[k].label) for k in path.arcs) for path in paths]
    assert [(text, round(path.penalty, 9)) for text, path in zip(texts, paths, strict=True)] == [
        *(("34", 0.7), ("8", 1.2), ("14", 1.5)),
    ]
    forward = forward_penalties(graph)[-1]
    assert f"= {signed(forward, 3)}." in PAGE
    assert f"= {math.exp(forward - 0.7):.3f}. Several" in PAGE
    dearer = Graph(3, tuple(arc._replace(penalty=1.3) if arc.label == 4 else arc for arc in graph.arcs))
    best = best_path(dearer)
    assert best is not None
    assert [dearer.arcs[k].label for k in best.arcs] == [8]


def test_the_page_has_what_summary_explains(capsys: pytest.CaptureFixture[str]) -> None:
    from lenet5.cli.summary import summary

    summary(explain=True)
    for line in capsys.readouterr().out.splitlines():
        assert line in PAGE
