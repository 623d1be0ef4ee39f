"""What every engine does, whichever it is: the contract of `Engine`, against the layers and steps written out."""

import pytest
import torch
from torch import Tensor

from lenet5 import bitmaps
from lenet5.data.input import to_input
from lenet5.engine import NATIVE, TENSORS, Engine, unsupported_reason
from lenet5.layers.connections import full
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.rbf import EuclideanRBF
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5, Network
from lenet5.sdlm import SDLM

MISSING = unsupported_reason(LeNet5())
ENGINES = [TENSORS, pytest.param(NATIVE, marks=pytest.mark.skipif(MISSING is not None, reason=str(MISSING)))]
every_engine = pytest.mark.parametrize("engine", ENGINES, ids=["torch", "native"])

RNG = torch.Generator().manual_seed(1)
IMAGES = torch.randint(0, 256, (230, 28, 28), dtype=torch.uint8, generator=RNG)
LABELS = torch.randint(0, 10, (230,), generator=RNG)
LOSS = MAPLoss(1.0)


def stepped(network: Network, batches: list[Tensor], rate: float) -> tuple[float, int]:
    """The updates written out: the mean gradient times √B; the sum of the losses and the number of errors."""
    loss_sum, errors = 0.0, 0
    for batch in batches:
        given = network(to_input(IMAGES[batch]))
        loss = LOSS(given, LABELS[batch])
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        loss_sum += loss.item() * len(batch)
        errors += int((given.argmin(1) != LABELS[batch]).sum())
        with torch.no_grad():
            for p, gradient in zip(network.parameters(), gradients, strict=True):
                p -= rate * len(batch) ** 0.5 * gradient
    return loss_sum, errors


@every_engine
def test_training_is_eq_18_for_every_pattern_in_the_order_given(engine: Engine) -> None:
    network, other = LeNet5(0.2), LeNet5(0.2)
    order = torch.tensor([7, 3, 7, 200, 0])
    part = engine.train(network, SDLM(network, eta=1e-3, mu=1), LOSS, IMAGES, LABELS, order)
    loss_sum, errors = stepped(other, [n[None] for n in order], 1e-3)
    assert part.loss_sum == pytest.approx(loss_sum, rel=1e-5)
    assert (part.errors, part.patterns) == (errors, 5)
    for p, q in zip(network.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-6)
    assert not torch.equal(network.F6.weight, LeNet5(0.2).F6.weight)


@every_engine
@pytest.mark.parametrize("as_inputs", [False, True])
def test_states_and_penalties_are_the_layers_however_many_images(engine: Engine, as_inputs: bool) -> None:
    network = LeNet5(0.2)
    images = to_input(IMAGES) if as_inputs else IMAGES
    with torch.no_grad():
        expected = network.states(to_input(IMAGES))
    for layer, states in expected.items():
        given = engine.states(network, images, layer)
        assert given.shape == states.shape
        torch.testing.assert_close(given, states, rtol=1e-5, atol=1e-5)
        assert not given.requires_grad
    assert torch.equal(engine.penalties(network, images), engine.states(network, images, "OUTPUT"))


@every_engine
def test_a_loss_that_is_not_finite_ends_the_training_before_its_update(engine: Engine) -> None:
    inputs = to_input(IMAGES[:5])
    inputs[3, 0, 16, 16] = torch.nan
    network, other = LeNet5(0.2), LeNet5(0.2)
    part = engine.train(network, SDLM(network, eta=1e-3, mu=1), LOSS, inputs, LABELS[:5], torch.arange(5))
    assert part.patterns == 3
    assert part.loss_sum != part.loss_sum
    engine.train(other, SDLM(other, eta=1e-3, mu=1), LOSS, IMAGES, LABELS, torch.arange(3))
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), other.parameters(), strict=True))


@every_engine
def test_an_unknown_layer_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="The layer 'C7' was given; choose one of C1, S2, C3, S4, C5, F6, OUTPUT"):
        engine.states(LeNet5(), IMAGES, "C7")


def test_the_native_engine_comes_back_at_each_point_and_the_tensor_path_after_each_update() -> None:
    order = torch.arange(100, 110)
    points = [-3, 0, 4, 9, 10, 12]
    assert [len(part) for part in NATIVE.parts(order, points, 1)] == [4, 5, 1]
    assert [len(part) for part in TENSORS.parts(order, points, 1)] == [1] * 10
    assert [len(part) for part in TENSORS.parts(order, points, 4)] == [4, 4, 2]
    for parts in (NATIVE.parts(order, points, 1), TENSORS.parts(order, points, 4)):
        assert torch.equal(torch.cat(list(parts)), order)


def test_the_tensor_path_trains_other_networks_in_batches() -> None:
    def small() -> Network:
        layers = {"C1": Convolution(full(1, 8), 32), "F2": FullConnection(8, 84)}
        return Network(**layers, OUTPUT=EuclideanRBF(bitmaps.codes(), scale=0.2))

    network, other = small(), small()
    order = torch.randperm(230, generator=torch.Generator().manual_seed(2))
    part = TENSORS.train(network, SDLM(network, eta=0.01, mu=1), LOSS, IMAGES, LABELS, order, batch_size=100)
    loss_sum, errors = stepped(other, [order[:100], order[100:200], order[200:]], 0.01)
    assert part.loss_sum == pytest.approx(loss_sum, rel=1e-6)
    assert (part.errors, part.patterns) == (errors, 230)
    for p, q in zip(network.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-5, atol=1e-6)
