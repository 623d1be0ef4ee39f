"""Whether the native engine does what the layers do, as they stand: one pattern goes through both.

The layers are the definition. Whoever edits one, or the loss, or the step, has a C++ engine that does not know it; what
it would give are plausible numbers of another network.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Final

import torch
from torch import Tensor

from lenet5.data.input import to_input
from lenet5.loss import Loss, MAPLoss, MLELoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from lenet5.tools.threads import using_threads

# The two paths add up in different orders: some 10⁻⁶ of the largest number, in states and in what an update moves.
ROUNDING: Final = 2e-5
# Half a unit in the last place of a float32 between 1 and 2.
UNIT: Final = 2.0**-24

LOSSES: Final = (MLELoss(), MAPLoss(1.0))

# Of noise, and neither as high nor as wide as the input, so that where it lies there counts too.
IMAGE: Final = torch.randint(0, 256, (1, 27, 24), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))

States = Callable[[LeNet5, Tensor, str], Tensor]
Train = Callable[[LeNet5, Mapping[str, Tensor], Loss, Tensor, Tensor, Tensor], tuple[float, int, int]]


def difference(network: LeNet5, states: States, train: Train) -> str | None:
    """What an engine does otherwise than the layers of a network: its states, losses and updates; None where nothing.

    The network is left alone: copies with weights of their own, none of them 0, are compared.

    Args:
        network: whose layers are asked.
        states: the engine's states of a network, images and a layer's name.
        train: the engine's training, at rates by parameter name.
    """
    with using_threads(1), torch.inference_mode(False), torch.enable_grad():
        try:
            layers = _redrawn(network)
            with torch.no_grad():
                expected = layers.states(to_input(IMAGE))
            if differs := difference_of_states(lambda layer: states(layers, IMAGE, layer), expected):
                return differs
            # Derivatives are proportional to s, as penalties are: weights move by as much whatever s is.
            eta = 0.02 / float(next(reversed(expected.values())).max())
            updates = (_difference_of_updates(deepcopy(layers), deepcopy(layers), loss, train, eta) for loss in LOSSES)
            return next(filter(None, updates), None)
        except (TypeError, ValueError) as error:
            return f"it refuses them: {error}"


def difference_of_states(states: Callable[[str], Tensor], expected: Mapping[str, Tensor]) -> str | None:
    """The first layer whose states are not those expected, and by how much; None where all are."""
    for layer, of_layers in expected.items():
        if apart := _apart(states(layer), of_layers, ROUNDING * float(of_layers.abs().max())):
            return f"{layer}'s states differ by {apart:.2g}"
    return None


def _difference_of_updates(layers: LeNet5, engine: LeNet5, loss: Loss, train: Train, eta: float) -> str | None:
    """How a loss differs, or what it makes of the weights, in two updates: a step may remember the one before."""
    optimiser = SDLM(layers, eta, mu=0.02)
    rates, label, name = optimiser.rates(), torch.tensor([3]), type(loss).__name__
    for _ in range(2):
        before = {parameter: p.detach().clone() for parameter, p in layers.named_parameters()}
        optimiser.zero_grad()
        penalties = layers(to_input(IMAGE))
        value = loss(penalties, label)
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        given, *_counts = train(engine, rates, loss, IMAGE, label, torch.tensor([0]))
        size = float(penalties.detach().abs().max() + value.detach().abs())
        if apart := _apart(torch.tensor(given), value.detach(), ROUNDING * size):
            return f"{name} differs by {apart:.2g}"
        moved = dict(engine.named_parameters())
        for parameter, p in reversed(dict(layers.named_parameters()).items()):  # backward, as the derivatives go
            step, size = float((p.detach() - before[parameter]).abs().max()), float(p.detach().abs().max())
            # A weight is rounded when it is written, by each path and in each update.
            if apart := _apart(moved[parameter].detach(), p.detach(), ROUNDING * step + 2 * UNIT * size):
                return f"{parameter}, which an update by {name} moves by up to {step:.2g}, differs by {apart:.2g}"
    return None


def _apart(given: Tensor, expected: Tensor, rounding: float) -> float:
    """The largest difference, 0 where rounding explains it."""
    apart = float((given - expected).abs().max())
    return 0.0 if apart <= rounding else apart


def _redrawn(network: LeNet5) -> LeNet5:
    """A copy that can be trained, with weights by which states neither vanish nor saturate."""
    copy = deepcopy(network).requires_grad_(True)
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in copy.parameters():
            p.uniform_(-0.2, 0.2, generator=rng)
    return copy
