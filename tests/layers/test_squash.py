import math

import pytest
import torch

import oracles
from lenet5.layers.squash import squash, squash_, squash_derivative


def test_equals_the_formula() -> None:
    a = torch.linspace(-9, 9, 101, dtype=torch.float64)
    expected = torch.tensor([oracles.squash(float(v)) for v in a], dtype=torch.float64)
    torch.testing.assert_close(squash(a), expected)


def test_appendix_a_one_goes_to_one() -> None:
    y = squash(torch.tensor([1.0, -1.0], dtype=torch.float64))
    assert y.tolist() == pytest.approx([1.0, -1.0], abs=1e-4)


def test_appendix_a_the_second_derivative_is_largest_at_one() -> None:
    a = torch.linspace(0, 3, 3001, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(squash(a).sum(), a, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), a)
    assert float(a[second.abs().argmax()].detach()) == pytest.approx(1.0, abs=0.02)


def test_in_place_is_the_same_function_over_its_argument() -> None:
    a = torch.linspace(-6, 6, 101)
    expected = squash(a)
    assert squash_(a) is a
    assert torch.equal(a, expected)


def test_derivative_from_the_state_equals_autograd() -> None:
    a = torch.linspace(-6, 6, 101, dtype=torch.float64, requires_grad=True)
    (expected,) = torch.autograd.grad(squash(a).sum(), a)
    torch.testing.assert_close(squash_derivative(squash(a.detach())), expected)


def test_saturates_without_nan() -> None:
    y = squash(torch.tensor([math.inf, -math.inf, 1e30]))
    assert y.tolist() == pytest.approx([1.7159, -1.7159, 1.7159])
    assert squash_derivative(y).tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
