"""The curvature through the graph: what SDLM needs to train on whole strings. Sections IV and VI, appendix C."""

from collections.abc import Iterable

import torch
from torch import Tensor

from lenet5.curvature import curvature_from_outputs
from lenet5.data.input import to_input
from lenet5.engine.base import Engine
from lenet5.engine.recognised import recognise
from lenet5.graphs.criteria import CRITERIA
from lenet5.graphs.segmenter import Segmenter, of_arcs, of_patterns
from lenet5.network import Network

Curvature = dict[str, Tensor]


@torch.no_grad()
def curvature_of_strings(
    network: Network, segmenter: Segmenter, engine: Engine, criterion: str, lines: Iterable[tuple[Tensor, list[int]]]
) -> tuple[Curvature, Curvature]:
    """h_kk of every parameter of a network and its segmenter, averaged over lines.

    The criterion gives ∂E/∂c and what stands for ∂²E/∂c² of each arc (`graphs.criteria`). With c = τ u + w · features
    and u a sum of penalties y, y has the curvature τ² ∂²E/∂c², summed over the arcs that it is part of, from which
    appendix C goes on into the network, a pattern at a time: their sum is a line's. The segmenter's own parameters are
    weights of c: h = ∂²E/∂c² times the square of what each is multiplied by, a feature or u, summed over the arcs.

    Args:
        network: of eleven classes.
        segmenter: its segmenter.
        engine: finds the hypotheses and their penalties.
        criterion: a name in `CRITERIA`.
        lines: 44×width uint8 each, and its digits.

    Returns:
        By parameter name, the network's and the segmenter's.

    Raises:
        ValueError: no lines.

    *Paper:* section IV: graph transformers propagate second derivatives too, by no rule that it prints.
    """
    of_network = {name: torch.zeros_like(p) for name, p in network.named_parameters()}
    of_segmenter = {name: torch.zeros_like(p) for name, p in segmenter.named_parameters()}
    count = 0
    for line, right in lines:
        count += 1
        recognised = recognise(engine, network, segmenter, line.numpy())
        if recognised is None:
            continue
        hypotheses, y, penalties = recognised
        inputs, features = to_input(torch.from_numpy(hypotheses.patterns)), torch.from_numpy(hypotheses.features)
        judged = CRITERIA[criterion](recognised.graph(), right)
        first, second = (torch.tensor(d).view_as(penalties) for d in (judged.derivative, judged.curvature))
        tau = segmenter.temperature
        of_y, of_y_twice = of_patterns(first, hypotheses), of_patterns(second, hypotheses)
        at_stake = of_y_twice.amax(1) > 1e-6
        if not bool(at_stake.any()):
            continue
        of_line = curvature_from_outputs(network, inputs[at_stake], tau * of_y[at_stake], tau**2 * of_y_twice[at_stake])
        for name, h in of_line.items():
            of_network[name] += h
        of_segmenter["weights"] += second.T @ features.square()
        of_segmenter["temperature"] += (second * of_arcs(y, hypotheses).square()).sum()
    if count == 0:
        raise ValueError("No lines were given; the curvature is an average over at least one.")
    return tuple({name: h / count for name, h in summed.items()} for summed in (of_network, of_segmenter))  # type: ignore[return-value]
