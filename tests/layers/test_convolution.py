import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

import oracles
from lenet5.layers.connections import full, one_to_one, random, table_i
from lenet5.layers.convolution import Convolution

TABLES = {
    "full": full(3, 4),
    "one_to_one": one_to_one(3),
    "table_i": table_i(),
    "random": random(5, 7, 2, torch.Generator().manual_seed(1)),
    "hand-made": torch.tensor([[True, False], [True, True], [False, True]]),
}


def layer_and_maps(table: Tensor, height: int, width: int, patterns: int = 2, k: int = 5) -> tuple[Convolution, Tensor]:
    generator = torch.Generator().manual_seed(height * 100 + width)
    layer = Convolution(table, k).double()
    for p in layer.parameters():
        p.data.uniform_(-1, 1, generator=generator)
    return layer, torch.randn(patterns, len(table), height, width, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("name", TABLES)
def test_total_input_equals_nested_loops(name: str) -> None:
    layer, x = layer_and_maps(TABLES[name], 5, 6)
    a = oracles.convolve(x, layer.table, layer.weight.detach(), layer.bias.detach())
    torch.testing.assert_close(layer.total_input(x), a)


@pytest.mark.parametrize("size", [(5, 5), (14, 14), (6, 17)])
@pytest.mark.parametrize("name", TABLES)
def test_forward_gradient_and_curvature_equal_a_masked_dense_conv2d(name: str, size: tuple[int, int]) -> None:
    layer, x = layer_and_maps(TABLES[name], *size)
    x.requires_grad_()
    dense = oracles.dense_kernels(layer.table, layer.weight.detach()).requires_grad_()
    bias = layer.bias.detach().clone().requires_grad_()
    expected = 1.7159 * torch.tanh(2 / 3 * functional.conv2d(x, dense, bias))
    y = layer(x)
    torch.testing.assert_close(y, expected)

    outer = torch.randn_like(y)
    wanted = torch.autograd.grad(expected, (x, dense, bias), outer)
    got = torch.autograd.grad(y, (x, layer.weight, layer.bias), outer)
    torch.testing.assert_close(got[0], wanted[0])
    torch.testing.assert_close(oracles.dense_kernels(layer.table, got[1]), wanted[1] * mask(layer))
    torch.testing.assert_close(got[2], wanted[2])

    # Eq. 25 and 27 for a linear sum are conv2d's own backward with states, weights and f' squared.
    x2, dense2 = x.detach().square().requires_grad_(), dense.detach().square().requires_grad_()
    a = functional.conv2d(x2, dense2, bias)
    h = torch.rand_like(y)
    slope = 1.7159 * 2 / 3 * (1 - (y.detach() / 1.7159) ** 2)
    wanted = torch.autograd.grad(a, (x2, dense2, bias), h * slope**2)
    below, of = layer.curvature(x.detach(), y.detach(), h)
    torch.testing.assert_close(below, wanted[0])
    torch.testing.assert_close(oracles.dense_kernels(layer.table, of["weight"]), wanted[1] * mask(layer))
    torch.testing.assert_close(of["bias"], wanted[2])


def mask(layer: Convolution) -> Tensor:
    return layer.table.T[:, :, None, None].double()


@settings(max_examples=40, deadline=None)
@given(
    inputs=st.integers(1, 4),
    outputs=st.integers(1, 4),
    k=st.integers(1, 5),
    more=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    patterns=st.integers(1, 3),
    data=st.data(),
)
def test_any_table_any_kernel_any_size(
    inputs: int, outputs: int, k: int, more: tuple[int, int], patterns: int, data: st.DataObject
) -> None:
    fan_in = data.draw(st.integers(1, inputs))
    table = random(inputs, outputs, fan_in, torch.Generator().manual_seed(data.draw(st.integers(0, 99))))
    layer, x = layer_and_maps(table, k + more[0], k + more[1], patterns, k)
    x.requires_grad_()
    dense = oracles.dense_kernels(table, layer.weight.detach())
    expected = 1.7159 * torch.tanh(2 / 3 * functional.conv2d(x, dense, layer.bias.detach()))
    y = layer(x)
    torch.testing.assert_close(y, expected)
    torch.testing.assert_close(
        torch.autograd.grad(y.square().sum(), x)[0], torch.autograd.grad(expected.square().sum(), x)[0]
    )


def test_maps_in_any_memory_layout_give_the_same() -> None:
    layer, x = layer_and_maps(table_i(), 14, 14)
    wanted = layer(x)
    torch.testing.assert_close(layer(x.contiguous(memory_format=torch.channels_last)), wanted)
    padded = torch.zeros(2, 6, 20, 20, dtype=torch.float64)
    padded[:, :, 3:17, 3:17] = x
    torch.testing.assert_close(layer(padded[:, :, 3:17, 3:17]), wanted)


def test_c3_has_exactly_sixty_kernels() -> None:
    layer = Convolution(table_i())
    assert layer.weight.shape == (60, 5, 5)
    assert sum(p.numel() for p in layer.parameters()) == 1516


def test_c5_on_a_wider_input_gives_a_wider_map() -> None:
    c5 = Convolution(full(16, 120))
    assert c5(torch.zeros(2, 16, 5, 5)).shape == (2, 120, 1, 1)
    assert c5(torch.zeros(2, 16, 5, 12)).shape == (2, 120, 1, 8)


@pytest.mark.misfits
@pytest.mark.parametrize("shape", [(1, 2, 9, 9), (1, 3, 4, 9), (1, 3, 9, 4), (3, 9, 9)])
def test_input_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"were given; expected N×3×H×W with H and W at least 5"):
        Convolution(full(3, 4))(torch.zeros(shape))


def test_a_kernel_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="kernel size of 0"):
        Convolution(full(1, 1), 0)
