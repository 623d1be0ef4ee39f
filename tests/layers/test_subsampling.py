import pytest
import torch
from torch.nn import functional

import oracles
from lenet5.layers.subsampling import CoefficientCurvature, Subsampling


def layer_and_maps(rule: CoefficientCurvature = "one_state") -> tuple[Subsampling, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    layer = Subsampling(3, rule).double()
    layer.coefficient.data.uniform_(-1, 1, generator=generator)
    layer.bias.data.uniform_(-1, 1, generator=generator)
    return layer, torch.randn(2, 3, 4, 6, dtype=torch.float64, generator=generator)


def test_total_input_equals_nested_loops() -> None:
    layer, x = layer_and_maps()
    expected = oracles.subsample(x, layer.coefficient.detach(), layer.bias.detach())
    torch.testing.assert_close(layer.total_input(x), expected)


def test_gradient_equals_autograd_through_avg_pool() -> None:
    layer, x = layer_and_maps()
    x.requires_grad_()
    coefficient, bias = (p.detach().clone().requires_grad_() for p in (layer.coefficient, layer.bias))
    a = 4 * functional.avg_pool2d(x, 2) * coefficient[:, None, None] + bias[:, None, None]
    expected = 1.7159 * torch.tanh(2 / 3 * a)
    y = layer(x)
    torch.testing.assert_close(y, expected)
    outer = torch.randn_like(y)
    wanted = torch.autograd.grad(expected, (x, coefficient, bias), outer)
    got = torch.autograd.grad(y, (x, layer.coefficient, layer.bias), outer)
    for g, w in zip(got, wanted, strict=True):
        torch.testing.assert_close(g, w)


def test_the_coefficients_curvature_follows_the_rule_chosen() -> None:
    """One state: h (Σx)²; tied weights: h Σx²; both summed over patterns and positions, bias: Σh."""
    for rule in ("one_state", "tied_weights"):
        layer, x = layer_and_maps(rule)
        y = layer(x).detach()
        second = torch.rand_like(y)
        slope = 1.7159 * 2 / 3 * (1 - (y / 1.7159) ** 2)
        h = second * slope**2
        expected = torch.zeros(3, dtype=torch.float64)
        for n in range(2):
            for c in range(3):
                for i in range(2):
                    for k in range(3):
                        four = x[n, c, 2 * i : 2 * i + 2, 2 * k : 2 * k + 2]
                        u2 = four.sum() ** 2 if rule == "one_state" else (four**2).sum()
                        expected[c] += h[n, c, i, k] * u2
        _, of = layer.curvature(x, y, second)
        torch.testing.assert_close(of["coefficient"], expected)
        torch.testing.assert_close(of["bias"], h.sum((0, 2, 3)))


@pytest.mark.misfits
@pytest.mark.parametrize("shape", [(1, 3, 5, 4), (1, 3, 4, 5), (1, 2, 4, 4), (3, 4, 4), (1, 3, 0, 4)])
def test_input_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"were given; expected N×3×H×W with H and W even"):
        Subsampling(3)(torch.zeros(shape))


@pytest.mark.misfits
def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="0 maps were given"):
        Subsampling(0)
    with pytest.raises(ValueError, match="'half' was given; choose 'one_state' or 'tied_weights'"):
        Subsampling(3, "half")  # type: ignore[arg-type]
