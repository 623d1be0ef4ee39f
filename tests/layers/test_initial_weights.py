import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lenet5.layers.layer import SquashedLayer
from lenet5.network import LeNet5

# The fan-in of a unit: 25 per map that it reads, without the bias.
FAN_IN = {"C1": 25, "C5": 400, "F6": 120}


def spread(weights: Tensor) -> float:
    """The standard deviation of the standard deviation of so many draws of a uniform distribution, relative to it."""
    return (0.2 / weights.numel()) ** 0.5


def assert_uniform(weights: Tensor, bound: float) -> None:
    """Within ±bound, up to its ends, about 0, standard deviation bound/√3: as far as so many draws can tell."""
    assert 0.9 * bound < float(weights.abs().max()) <= bound
    expected = bound / 3**0.5
    assert float(weights.double().std()) == pytest.approx(expected, rel=4 * spread(weights))
    assert abs(float(weights.double().mean())) < 4 * expected / weights.numel() ** 0.5


@pytest.mark.parametrize("name", FAN_IN)
def test_as_printed_every_weight_lies_within_2_4_over_f_and_fills_the_range(name: str) -> None:
    layer = LeNet5(initial_weights="fan_in", seed=3).requires_grad_(False).get_submodule(name)
    bound = 2.4 / FAN_IN[name]
    assert_uniform(layer.weight, bound)
    assert float(layer.bias.abs().max()) <= bound
    assert float(layer.bias.abs().max()) > 0.2 * bound


@pytest.mark.parametrize("name", FAN_IN)
def test_as_in_the_later_code_weights_lie_within_1_over_root_f_and_biases_are_0(name: str) -> None:
    layer = LeNet5(initial_weights="sqrt_fan_in", seed=3).requires_grad_(False).get_submodule(name)
    assert_uniform(layer.weight, FAN_IN[name] ** -0.5)
    assert float(layer.bias.abs().max()) == 0


@pytest.mark.parametrize("name", FAN_IN)
def test_with_unit_variance_weights_have_the_standard_deviation_1_over_root_f(name: str) -> None:
    layer = LeNet5(initial_weights="unit_variance", seed=3).requires_grad_(False).get_submodule(name)
    assert_uniform(layer.weight, (3 / FAN_IN[name]) ** 0.5)
    assert float(layer.weight.double().square().mean()) * FAN_IN[name] == pytest.approx(1, rel=8 * spread(layer.weight))
    assert float(layer.bias.abs().max()) == 0


@pytest.mark.parametrize("name", ["C5", "F6"])
def test_with_unit_variance_states_of_variance_1_give_total_inputs_of_variance_1(name: str) -> None:
    """Over the patterns and the units: "Efficient BackProp", section 4.6."""
    layer = LeNet5(initial_weights="unit_variance", seed=3).requires_grad_(False).get_submodule(name)
    assert isinstance(layer, SquashedLayer)
    x = torch.randn(1000, *{"C5": (16, 5, 5), "F6": (120,)}[name], generator=torch.Generator().manual_seed(1))
    assert float(layer.total_input(x).var()) == pytest.approx(1, rel=0.03)
    narrower = LeNet5(initial_weights="sqrt_fan_in", seed=3).requires_grad_(False).get_submodule(name)
    assert isinstance(narrower, SquashedLayer)
    assert float(narrower.total_input(x).var()) == pytest.approx(1 / 3, rel=0.03)


def test_c3_follows_each_maps_own_fan_in() -> None:
    c3 = LeNet5(initial_weights="fan_in", seed=3).C3
    maps = c3.table.T.nonzero()[:, 0]
    for o, fan_in in enumerate(c3.table.sum(0).tolist()):
        largest = float(c3.weight[maps == o].detach().abs().max())
        assert 0.85 * 2.4 / (25 * fan_in) < largest <= 2.4 / (25 * fan_in)


@pytest.mark.parametrize("variant", ["fan_in", "sqrt_fan_in", "unit_variance"])
def test_sub_sampling_starts_at_a_half_of_the_sum(variant: str) -> None:
    network = LeNet5(initial_weights=variant)
    for layer in (network.S2, network.S4):
        assert torch.equal(layer.coefficient.detach(), torch.full_like(layer.coefficient, 0.5))
        assert torch.equal(layer.bias.detach(), torch.zeros_like(layer.bias))


def test_a_coefficient_of_a_quarter_makes_sub_sampling_begin_as_the_average_of_four() -> None:
    network = LeNet5(initial_coefficient=0.25, seed=3)
    for layer, maps in ((network.S2, 6), (network.S4, 16)):
        x = torch.randn(2, maps, 4, 6, generator=torch.Generator().manual_seed(1))
        torch.testing.assert_close(layer.total_input(x), functional.avg_pool2d(x, 2))


def test_the_coefficient_draws_no_random_number() -> None:
    quarter, half = (LeNet5(initial_coefficient=c, seed=3) for c in (0.25, 0.5))
    assert torch.equal(quarter.F6.weight, half.F6.weight)


def test_same_seed_same_weights_other_seed_others() -> None:
    one, same, other = (LeNet5(seed=seed).C5.weight for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="'xavier' were given; choose one of fan_in, sqrt_fan_in, unit_variance"):
        LeNet5(initial_weights="xavier")
