"""What every layer promises, run over all of them."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

import oracles
from lenet5 import bitmaps
from lenet5.layers.connections import full, table_i
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.initial_weights import INITIAL_WEIGHTS
from lenet5.layers.layer import HiddenLayer, Layer, OutputLayer, SquashedLayer, WeightedLayer
from lenet5.layers.rbf import EuclideanRBF
from lenet5.layers.subsampling import Subsampling

# Name: how to make the layer, the shape below for two patterns, the shape it gives.
LAYERS: dict[str, tuple[Callable[[], Layer], tuple[int, ...], tuple[int, ...]]] = {
    "C1": (lambda: Convolution(full(1, 6)), (2, 1, 6, 7), (2, 6, 2, 3)),
    "S2": (lambda: Subsampling(6), (2, 6, 4, 6), (2, 6, 2, 3)),
    "C3": (lambda: Convolution(table_i()), (2, 6, 6, 5), (2, 16, 2, 1)),
    "C5": (lambda: Convolution(full(3, 8)), (2, 3, 5, 5), (2, 8, 1, 1)),
    "F6": (lambda: FullConnection(12, 7), (2, 12), (2, 7)),
    "F6 on 1×1 maps": (lambda: FullConnection(12, 7), (2, 12, 1, 1), (2, 7)),
    "F6 on wider maps": (lambda: FullConnection(12, 7), (2, 12, 1, 3), (2, 7, 1, 3)),
    "OUTPUT": (lambda: EuclideanRBF(bitmaps.codes(), 0.2), (2, 84), (2, 10)),
    "OUTPUT on 1×1 maps": (lambda: EuclideanRBF(bitmaps.codes(), 0.2), (2, 84, 1, 1), (2, 10)),
    "OUTPUT on wider maps": (lambda: EuclideanRBF(bitmaps.codes(), 0.2), (2, 84, 1, 3), (2, 10, 1, 3)),
}


@pytest.fixture(params=LAYERS)
def case(request: pytest.FixtureRequest) -> tuple[Layer, Tensor, tuple[int, ...]]:
    make, below, above = LAYERS[request.param]
    generator = torch.Generator().manual_seed(7)
    layer = make().double()
    for p in layer.parameters():
        p.data.uniform_(-0.5, 0.5, generator=generator)
    return layer, torch.randn(below, dtype=torch.float64, generator=generator), above


def curvature(layer: Layer, x: Tensor, y: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Of either kind of layer; an output layer has no trainable parameters."""
    if isinstance(layer, OutputLayer):
        return layer.curvature(x, first, second), {}
    assert isinstance(layer, HiddenLayer)
    return layer.curvature(x, y, second)


def test_shape(case: tuple[Layer, Tensor, tuple[int, ...]]) -> None:
    layer, x, above = case
    assert layer(x).shape == above


def test_gradient_is_that_of_finite_differences(case: tuple[Layer, Tensor, tuple[int, ...]]) -> None:
    layer, x, _ = case
    parameters = list(layer.parameters())

    def f(x: Tensor, *parameters: Tensor) -> Tensor:  # noqa: ARG001 gradcheck moves the layer's own in place
        return layer(x)

    assert torch.autograd.gradcheck(f, (x.requires_grad_(), *parameters), fast_mode=True)


def test_curvature_towards_the_input_is_the_squared_jacobian(
    case: tuple[Layer, Tensor, tuple[int, ...]],
) -> None:
    layer, x, _ = case
    y = layer(x).detach()
    second = torch.rand_like(y)
    expected = oracles.squared_jacobian(layer, x, second)
    below, _ = curvature(layer, x, y, torch.zeros_like(y), second)
    torch.testing.assert_close(below.view_as(x), expected)


def test_curvature_is_never_negative_and_shaped_like_what_it_is_of(
    case: tuple[Layer, Tensor, tuple[int, ...]],
) -> None:
    layer, x, _ = case
    y = layer(x).detach()
    below, of = curvature(layer, x, y, -torch.rand_like(y), torch.rand_like(y))
    assert below.shape == x.shape
    assert {name: h.shape for name, h in of.items()} == {name: p.shape for name, p in layer.named_parameters()}
    assert all(bool((h >= 0).all()) for h in (below, *of.values()))


def test_without_gradients_the_states_are_the_same(case: tuple[Layer, Tensor, tuple[int, ...]]) -> None:
    layer, x, _ = case
    with torch.no_grad():
        quiet = layer(x)
    assert not quiet.requires_grad
    assert torch.equal(quiet, layer(x))


def test_float32_is_near_float64(case: tuple[Layer, Tensor, tuple[int, ...]]) -> None:
    layer, x, _ = case
    exact = layer(x)
    y = layer.float()(x.float())
    assert y.dtype == torch.float32
    torch.testing.assert_close(y.double(), exact, rtol=1e-5, atol=1e-5)


def test_state_dict_holds_parameters_alone_and_restores_them(
    case: tuple[Layer, Tensor, tuple[int, ...]],
) -> None:
    layer, x, _ = case
    saved = {name: t.clone() for name, t in layer.state_dict().items()}
    assert saved.keys() == dict(layer.named_parameters()).keys()
    before = layer(x)
    for p in layer.parameters():
        p.data.zero_()
    layer.load_state_dict(saved)
    assert torch.equal(layer(x), before)


@pytest.mark.parametrize("name", [name for name in LAYERS if not name.startswith("OUTPUT")])
def test_the_input_gets_no_gradient_where_none_is_wanted(name: str) -> None:
    make, below, above = LAYERS[name]
    layer = make()
    assert isinstance(layer, SquashedLayer)
    assert layer.backpropagate(torch.ones(below), torch.ones(above), to_input=False)[0] is None


@pytest.mark.parametrize("variant", INITIAL_WEIGHTS)
@pytest.mark.parametrize("name", ["C1", "C3", "F6"])
def test_initial_weights_repeat_by_seed(name: str, variant: str) -> None:
    layer = LAYERS[name][0]()
    assert isinstance(layer, WeightedLayer)
    drawn = []
    for seed in (1, 1, 2):
        layer.draw(INITIAL_WEIGHTS[variant], torch.Generator().manual_seed(seed))
        drawn.append(torch.cat([p.detach().flatten() for p in layer.parameters()]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_reset_brings_a_layer_back_to_where_it_was_made(case: tuple[Layer, Tensor, tuple[int, ...]]) -> None:
    layer = case[0]
    made = {"coefficient": 0.5}
    layer.reset()
    for name, p in layer.named_parameters():
        assert torch.equal(p, torch.full_like(p, made.get(name, 0.0)))


def shared_weights(
    name: str, layer: Layer, x: Tensor
) -> tuple[Tensor, Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """Every connection's own weight u, y as a function of them, and the sum over those that share a weight."""
    if isinstance(layer, Convolution):
        k = layer.kernel_size
        dense = oracles.dense_kernels(layer.table, layer.weight.detach())
        patches = functional.unfold(x, k)  # N × (I·k·k) × positions
        u = dense.flatten(1)[None, :, :, None].expand(len(x), -1, -1, patches.shape[-1]).contiguous()
        _, _, height, width = layer(x).shape

        def total(u: Tensor) -> Tensor:
            a = torch.einsum("noup,nup->nop", u, patches) + layer.bias.detach()[None, :, None]
            return 1.7159 * torch.tanh(2 / 3 * a.unflatten(2, (height, width)))

        return u, total, lambda h: h.sum((0, 3)).view_as(dense)
    assert isinstance(layer, FullConnection), name
    u = layer.weight.detach()[None].expand(len(x), -1, -1).contiguous()
    flat = x.flatten(1)
    return (
        u,
        lambda u: 1.7159 * torch.tanh(2 / 3 * (torch.einsum("noi,ni->no", u, flat) + layer.bias.detach())),
        lambda h: h.sum(0),
    )


@pytest.mark.parametrize("name", ["C1", "C3", "C5", "F6"])
def test_curvature_of_shared_weights_is_the_sum_over_their_connections(name: str) -> None:
    """Eq. 23: the squared Jacobian of every connection taken on its own, added where a weight is shared."""
    make, below, _ = LAYERS[name]
    generator = torch.Generator().manual_seed(3)
    layer = make().double()
    for p in layer.parameters():
        p.data.uniform_(-0.5, 0.5, generator=generator)
    x = torch.randn(below, dtype=torch.float64, generator=generator)
    y = layer(x).detach()
    second = torch.rand(y.shape, dtype=torch.float64, generator=generator)
    u, total, gather = shared_weights(name, layer, x)
    expected = gather(oracles.squared_jacobian(total, u, second))
    h = curvature(layer, x, y, torch.zeros_like(y), second)[1]["weight"]
    if isinstance(layer, Convolution):
        h = oracles.dense_kernels(layer.table, h)
        expected = expected * layer.table.T[:, :, None, None]
    torch.testing.assert_close(h, expected)
