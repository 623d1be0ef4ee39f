import pytest
import torch
from torch import Tensor

import oracles
from lenet5 import bitmaps
from lenet5.curvature import diagonal_curvature
from lenet5.layers.connections import full, random
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.rbf import EuclideanRBF
from lenet5.layers.subsampling import Subsampling
from lenet5.loss import MAPLoss, MLELoss
from lenet5.network import LeNet5, Network


def patterns(n: int, size: int = 32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(n)
    return torch.randn(n, 1, size, size, generator=generator), torch.randint(0, 10, (n,), generator=generator)


@pytest.fixture(scope="module")
def small() -> Network:
    """All layer kinds on an 8×8 field, small enough for Jacobians of every layer."""
    network = Network(
        C1=Convolution(full(1, 2), 3),
        S2=Subsampling(2),
        C3=Convolution(random(2, 4, 1, torch.Generator().manual_seed(1)), 3),
        F6=FullConnection(4, 84),
        OUTPUT=EuclideanRBF(bitmaps.codes(), 0.1),
    )
    network.initialise("sqrt_fan_in", seed=1)
    return network.double()


@pytest.mark.parametrize("loss", [MLELoss(), MAPLoss(1.0)])
def test_equals_squared_jacobians_chained_layer_by_layer(small: Network, loss: MLELoss | MAPLoss) -> None:
    """Eq. 27 is exact from each layer's states to the next; the biases' h is that of the total inputs, summed."""
    images, labels = patterns(1, 8)
    images = images.double()
    states = {"image": images, **small.states(images)}
    names = list(states)
    first, second = loss.derivatives(states["OUTPUT"], labels)
    x = states["F6"].detach()
    slope = 0.2 * (x[:, None] - bitmaps.codes())
    h = ((second[:, :, None] * slope**2).sum(1) + 0.2 * first.sum(1, keepdim=True)).clamp(min=0)
    got = diagonal_curvature(small, loss, images, labels)
    for above, below in zip(names[-2:0:-1], names[-3::-1], strict=True):
        y = states[above].detach()
        h_a = h.view_as(y) * (1.7159 * 2 / 3 * (1 - (y / 1.7159) ** 2)) ** 2
        expected = h_a.sum((0, 2, 3)) if h_a.dim() == 4 else h_a.sum(0)
        torch.testing.assert_close(got[f"{above}.bias"], expected)
        h = oracles.squared_jacobian(small.get_submodule(above), states[below].detach(), h.view_as(y))


def test_a_batch_is_the_average_of_its_patterns() -> None:
    network = LeNet5(0.2, seed=2).double()
    images, labels = patterns(5)
    images = images.double()
    together = diagonal_curvature(network, MAPLoss(1.0), images, labels)
    one_by_one = [diagonal_curvature(network, MAPLoss(1.0), images[n : n + 1], labels[n : n + 1]) for n in range(5)]
    for name, h in together.items():
        torch.testing.assert_close(h, sum(one[name] for one in one_by_one) / 5)


def test_is_never_negative_and_has_every_parameter_in_order() -> None:
    network = LeNet5(1.0, seed=3)
    images, labels = patterns(20)
    for loss in (MLELoss(), MAPLoss(0.1)):
        h = diagonal_curvature(network, loss, images * 5, labels)
        assert list(h) == [name for name, _ in network.named_parameters()]
        assert all(bool((value >= 0).all()) for value in h.values())


def test_eq_8_sends_the_constant_2s_into_f6() -> None:
    network = LeNet5(0.03, seed=3)
    x = torch.randn(4, 84)
    first, second = MLELoss().derivatives(network.OUTPUT(x), torch.tensor([0, 3, 5, 9]))
    below = network.OUTPUT.curvature(x, first, second)
    torch.testing.assert_close(below, torch.full((4, 84), 0.06))


def test_the_last_weights_curvature_is_gauss_newtons_exact_diagonal() -> None:
    """Where nothing is dropped: eq. 8's own Hessian in F6's bias has 2s f'² (Gauss–Newton) and no cross terms."""
    network = LeNet5(0.2, seed=5).double()
    images, labels = patterns(1)
    images = images.double()
    c5 = network.states(images)["C5"].flatten(1).detach()
    weight, bias = network.F6.weight.detach(), network.F6.bias.detach()

    def f6(b: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 / 3 * (c5[0] @ weight.T + b))

    jacobian = torch.autograd.functional.jacobian(f6, bias)
    h = diagonal_curvature(network, MLELoss(), images, labels)["F6.bias"]
    torch.testing.assert_close(h, 2 * 0.2 * torch.einsum("xb,xb->b", jacobian, jacobian))


def test_a_network_that_ends_in_a_squashed_layer_has_the_squared_jacobian_of_that_layer() -> None:
    network = Network(F1=FullConnection(6, 4), F2=FullConnection(4, 3)).double()
    x, labels = torch.randn(1, 6, dtype=torch.float64), torch.tensor([2])
    states = network.states(x)
    _, second = MAPLoss(1.0).derivatives(states["F2"], labels)
    h = oracles.squared_jacobian(network.F2, states["F1"].detach(), second)
    slope = 1.7159 * 2 / 3 * (1 - (states["F1"] / 1.7159) ** 2)
    torch.testing.assert_close(diagonal_curvature(network, MAPLoss(1.0), x, labels)["F1.bias"], (h * slope**2)[0])


def test_rbf_units_amid_a_network_are_refused() -> None:
    network = Network(OUTPUT=EuclideanRBF(bitmaps.codes()), F2=FullConnection(10, 10))
    with pytest.raises(ValueError, match=r"OUTPUT has layers above it.*they stand last"):
        diagonal_curvature(network, MLELoss(), torch.zeros(1, 84), torch.tensor([1]))


def test_no_patterns_are_refused() -> None:
    with pytest.raises(ValueError, match="No patterns were given"):
        diagonal_curvature(LeNet5(), MLELoss(), torch.zeros(0, 1, 32, 32), torch.zeros(0, dtype=torch.int64))
