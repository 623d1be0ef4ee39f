"""A sweep: the network over a whole line at once, the composition with the character model, every output sequence."""

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
import torch

from graphs.enumeration import all_together
from graphs.test_cuts import some_strings
from lenet5.data.flanking import BLANK
from lenet5.data.input import to_input
from lenet5.graphs.composition import compose
from lenet5.graphs.forward import forward_penalties
from lenet5.graphs.graph import Arc, Graph
from lenet5.graphs.interpretation import interpret, string_posterior
from lenet5.graphs.recognition import recognition_graph
from lenet5.graphs.segmenter import Segmenter, of_arcs, of_patterns
from lenet5.graphs.sweep import LONGEST, Sweep, character_model, sweep, swept_image, unfolded
from lenet5.network import LeNet5
from lenet5.paper import BACKGROUND, FOREGROUND


def test_the_windows_have_the_penalties_of_the_network_swept_over_the_line() -> None:
    strings, network = some_strings(2, seed=4), LeNet5(0.03, blank=True)
    for n in range(2):
        of_line = sweep(strings.line(n))
        whole = BACKGROUND + (FOREGROUND - BACKGROUND) / 255 * torch.from_numpy(of_line.image).float()
        with torch.no_grad():
            swept = network(whole[None, None])[0, :, 0].T
            torch.testing.assert_close(network(to_input(torch.from_numpy(of_line.patterns))), swept)
        assert of_line.nodes == len(swept) + 1


@pytest.mark.parametrize("width", [4, 29, 30, 31, 32, 33, 200])
def test_a_line_lies_within_the_windows_whatever_its_width(width: int) -> None:
    image = swept_image(np.full((44, width), 255, np.uint8))
    assert image.shape[0] == 32
    assert (image.shape[1] - 32) % 4 == 0
    columns = np.flatnonzero(image.any(0))
    assert columns[0] == 14
    assert image.shape[1] - 1 - columns[-1] >= 20


def a_sweep(outputs: int, seed: int) -> tuple[Sweep, torch.Tensor, Segmenter]:
    """Outputs at random, and a character model."""
    rng = torch.Generator().manual_seed(seed)
    y = 3 * torch.rand(outputs, 11, generator=rng, dtype=torch.float64)
    model = Segmenter("sweep").double()
    with torch.no_grad():
        model.weights[:] = torch.rand(11, LONGEST, generator=rng, dtype=torch.float64)
    return unfolded(np.zeros((32, 32), np.uint8), np.zeros((outputs, 32, 32), np.uint8)), y, model


@pytest.mark.parametrize("seed", range(4))
def test_strings_cost_what_all_sequences_of_outputs_do_that_say_them(seed: int) -> None:
    hypotheses, y, model = a_sweep(4, seed)
    weights = model.weights.detach().numpy()
    by_string = defaultdict(list)
    for labels in itertools.product(range(11), repeat=4):
        runs = [(label, len(list(group))) for label, group in itertools.groupby(labels)]
        between_blanks = all(a == BLANK or b == BLANK for (a, _), (b, _) in itertools.pairwise(runs))
        if not between_blanks or labels[-1] != BLANK or any(n > LONGEST for k, n in runs if k != BLANK):
            continue
        # The blank behind a digit belongs to it; the others cost what a blank costs.
        blanks = sum(n for k, n in runs if k == BLANK) - sum(k != BLANK for k, _ in runs)
        cost = sum(float(y[t, k]) for t, k in enumerate(labels)) + blanks * weights[BLANK, 0]
        cost += sum(weights[k, n - 1] for k, n in runs if k != BLANK)
        by_string[tuple(k for k, _ in runs if k != BLANK)].append(cost)
    graph = recognition_graph(hypotheses, model(y, hypotheses).detach().numpy(), within=math.inf)
    whole = all_together([cost for costs in by_string.values() for cost in costs])
    assert forward_penalties(graph)[-1] == pytest.approx(whole, abs=1e-9)
    for string, costs in by_string.items():
        expected = math.exp(whole - all_together(costs))
        assert string_posterior(graph, string) == pytest.approx(expected, abs=1e-9)
    assert interpret(graph)[0].labels in by_string


def test_a_sweep_is_the_composition_of_the_outputs_with_the_character_model() -> None:
    hypotheses, y, model = a_sweep(7, 9)
    outputs = Graph(8, tuple(Arc(t, t + 1, k, float(y[t, k])) for t in range(7) for k in range(11)))
    composed = compose(outputs, character_model(model.weights.detach().numpy()))
    graph = recognition_graph(hypotheses, model(y, hypotheses).detach().numpy(), within=math.inf)
    assert forward_penalties(composed)[-1] == pytest.approx(forward_penalties(graph)[-1], abs=1e-9)
    assert interpret(composed)[0].labels == interpret(graph)[0].labels
    for string in ((), (3,), (3, 3), (3, 4), (1, 1, 1)):
        assert string_posterior(composed, string) == pytest.approx(string_posterior(graph, string), abs=1e-9)


def test_derivatives_go_to_the_outputs_that_an_arc_is_made_of() -> None:
    hypotheses, y, _ = a_sweep(6, 2)
    y.requires_grad_()
    u = of_arcs(y, hypotheses)
    d = torch.rand(u.shape, dtype=torch.float64) * torch.from_numpy(hypotheses.impossible == 0)
    (expected,) = torch.autograd.grad((u * d).sum(), y)
    by_hand = torch.zeros_like(expected)
    for a, (first, last) in enumerate(hypotheses.arcs.tolist()):
        for k in range(11):
            if last == first + 1:
                by_hand[first, k] += d[a, k] if k == BLANK else 0
            elif k != BLANK:
                by_hand[last - 1, BLANK] += d[a, k]
                by_hand[first : last - 1, k] += d[a, k]
    torch.testing.assert_close(expected, by_hand)
    torch.testing.assert_close(of_patterns(d, hypotheses), by_hand)
    np.testing.assert_allclose(hypotheses.of_arcs(y.detach().numpy()), u.detach().numpy())
