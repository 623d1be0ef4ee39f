import math

import pytest
import torch

from lenet5 import bitmaps
from lenet5.layers.rbf import EuclideanRBF


def test_equals_eq_7_summed_by_hand() -> None:
    codes = bitmaps.codes()
    x = torch.randn(3, 84, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    expected = [
        [math.fsum((float(x[n, j]) - float(codes[i, j])) ** 2 for j in range(84)) for i in range(10)] for n in range(3)
    ]
    wanted = torch.tensor(expected, dtype=torch.float64)
    torch.testing.assert_close(EuclideanRBF(codes).double()(x), wanted)
    torch.testing.assert_close(EuclideanRBF(codes, 0.2).double()(x), 0.2 * wanted)


def test_a_code_itself_has_no_penalty_and_others_four_per_bit() -> None:
    """Two digits' codes differ in Hamming distance d, hence in squared distance 4 d."""
    codes = bitmaps.codes()
    penalties = EuclideanRBF(codes)(codes)
    assert penalties.diagonal().tolist() == [0.0] * 10
    assert float(penalties[6, 8]) == 4 * 12


def test_curvature_is_the_exact_second_derivative_cut_at_zero() -> None:
    """Σ_i [E''_i (2s(x−w_i))² + E'_i 2s] is the diagonal of autograd's Hessian of any E(y) that has no cross terms."""
    layer = EuclideanRBF(bitmaps.codes(), 0.05).double()
    x = torch.randn(1, 84, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    signs = torch.tensor([1.0, -1.0] * 5)
    y = layer(x)
    tilt = -float((signs * y).mean())  # makes ∂E/∂y sum to 0, so that the diagonal has both signs

    def energy(x: torch.Tensor) -> torch.Tensor:
        y = layer(x)
        return (signs * y.square() / 2 + tilt * y).sum()

    exact = torch.autograd.functional.hessian(energy, x).reshape(84, 84).diagonal()  # type: ignore[union-attr]
    assert bool((exact < -1e-6).any())
    assert bool((exact > 1e-6).any())
    below = layer.curvature(x, signs * y + tilt, signs.expand_as(y))
    torch.testing.assert_close(below[0], exact.clamp(min=0))


def test_has_no_trainable_parameter() -> None:
    assert list(EuclideanRBF(bitmaps.codes()).parameters()) == []


def test_the_scale_moves_with_the_module() -> None:
    assert EuclideanRBF(bitmaps.codes()).double().codes.dtype == torch.float64


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan])
def test_a_scale_that_is_not_positive_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        EuclideanRBF(bitmaps.codes(), scale)


@pytest.mark.misfits
def test_input_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 83\) were given; expected N×84"):
        EuclideanRBF(bitmaps.codes())(torch.zeros(2, 83))
