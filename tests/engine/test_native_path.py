"""The native engine against the tensor path in float32 and float64, and against whatever may be thrown at it.

The tolerances. An update reads w, and writes w − ε g rounded to float32, so a parameter errs by half a unit in its
last place, 2⁻²⁵ |w|, and by ε times the error of g. g is a sum of at most 784 products (C1) of states that are sums
of at most 400 (C5), in no order that the paths share, so that g errs by some hundreds of 2⁻²⁴ of the sum of its
terms' magnitudes at the very worst, and by a few tens in practice. From pattern to pattern errors add up and the
training itself spreads them: after a hundred patterns or more what can be asked is that the native engine is as near
to the float64 run as the tensor path in float32 is.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lenet5.curvature import diagonal_curvature
from lenet5.data import load_dataset
from lenet5.data.input import to_input
from lenet5.engine import NATIVE, TENSORS, CannotRunError, select_engine, unsupported_reason
from lenet5.engine import native as native_path
from lenet5.layers.connections import full, random, table_i
from lenet5.loss import Loss, MAPLoss, MLELoss
from lenet5.network import LeNet5, Network
from lenet5.sdlm import SDLM
from lenet5.tools.threads import using_threads

pytestmark = pytest.mark.skipif(
    unsupported_reason(LeNet5()) is not None, reason="the native engine was not built: no C++17 compiler was found"
)

UNIT = 2.0**-24


def drawn(seed: int, patterns: int) -> tuple[Tensor, Tensor]:
    """Images of noise, N×28×28 bytes, and labels."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (patterns, 28, 28), generator=generator, dtype=torch.uint8)
    return images, torch.randint(0, 10, (patterns,), generator=generator)


def lenet(seed: int, *, scale: float = 0.2, table: Tensor | None = None) -> LeNet5:
    """A network none of whose parameters is 0."""
    network = LeNet5(scale, table=table, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(torch.empty_like(p).uniform_(-0.05, 0.05, generator=generator))
    return network


def equal_rates(network: Network, rate: float) -> SDLM:
    """Eq. 21 without curvature, η the rate and μ = 1."""
    return SDLM(network, eta=rate, mu=1)


def gradients(network: LeNet5, loss: Loss, image: Tensor, label: Tensor) -> dict[str, Tensor]:
    """By autograd, in float64."""
    exact = LeNet5(network.OUTPUT.scale, table=network.C3.table).double()
    exact.load_state_dict(network.state_dict())
    loss(exact(to_input(image, dtype=torch.float64)), label).backward()
    return {name: p.grad for name, p in exact.named_parameters() if p.grad is not None}


def assert_one_update_is_right(network: LeNet5, loss: Loss, image: Tensor, label: Tensor) -> None:
    """At a rate of 1 the parameters move by their gradients, which float64 gives too."""
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    expected = gradients(network, loss, image, label)
    NATIVE.train(network, equal_rates(network, 1.0), loss, image, label, torch.tensor([0]))
    for name, p in network.named_parameters():
        moved = before[name].double() - p.detach().double()
        size = float(expected[name].abs().max())
        tolerance = UNIT * (2 * float(before[name].abs().max()) + 100 * size)
        assert float((moved - expected[name]).abs().max()) <= tolerance, name
        assert size > 0, name


@pytest.mark.parametrize("loss", [MAPLoss(1.0), MLELoss()], ids=["map", "mle"])
@pytest.mark.parametrize("table", [table_i(), full(6, 16)], ids=["table I", "full"])
def test_every_gradient_of_every_layer_is_that_of_float64(loss: Loss, table: Tensor) -> None:
    image, label = drawn(1, 1)
    assert_one_update_is_right(lenet(1, table=table), loss, image, label)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    fan_in=st.integers(1, 6),
    scale=st.floats(0.01, 1.0),
    j=st.none() | st.floats(0.1, 10.0),
    height=st.integers(1, 32),
    width=st.integers(1, 32),
)
def test_any_table_any_weights_any_image_any_loss(
    seed: int, fan_in: int, scale: float, j: float | None, height: int, width: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    table = random(6, 16, fan_in, generator)
    image = torch.randint(0, 256, (1, height, width), generator=generator, dtype=torch.uint8)
    # Only maps that something reads have a gradient: let each be read.
    table[torch.arange(6), torch.arange(6)] = True
    loss = MLELoss() if j is None else MAPLoss(j)
    network = lenet(seed, scale=scale, table=table)
    # Where the posterior has saturated, the gradients are differences of nearly equal numbers.
    if max(float(g.abs().max()) for g in gradients(network, loss, image, torch.tensor([3])).values()) > 1e-3:
        assert_one_update_is_right(network, loss, image, torch.tensor([3]))


@pytest.mark.parametrize("layer", ["C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT"])
@pytest.mark.parametrize("as_fields", [False, True])
def test_states_of_every_layer_are_the_tensor_paths(layer: str, as_fields: bool) -> None:
    network = lenet(2)
    images, _ = drawn(2, 7)
    exact = LeNet5(0.2).double()
    exact.load_state_dict(network.state_dict())
    with torch.no_grad():
        expected = exact.states(to_input(images, dtype=torch.float64))[layer]
    given = NATIVE.states(network, to_input(images) if as_fields else images, layer)
    assert given.shape == expected.shape
    torch.testing.assert_close(given.double(), expected, rtol=3e-6, atol=3e-6)


def test_the_squash_is_right_to_three_units_in_the_last_place() -> None:
    """C1 with a kernel of one weight is f(w x) on every grey level; from nearly linear to saturated."""
    network = LeNet5(0.2)
    with torch.no_grad():
        for p in network.parameters():
            p.zero_()
        network.C1.weight[:, 0, 0] = torch.tensor([1e-6, 1e-3, 0.3, 2.0, 9.0, 1000.0])
    fields = torch.linspace(-1.5, 1.5, 32 * 32).view(1, 1, 32, 32)
    given = NATIVE.states(network, fields, "C1")[0].double()
    a = network.C1.weight[:, 0, 0, None, None].double().detach() * fields[0, 0, :28, :28].double()
    expected = 1.7159 * torch.tanh(2 / 3 * a)
    assert float(((given - expected) / expected).abs().max()) < 6 * UNIT


def on_tensor_path(network: LeNet5, optimiser: SDLM, loss: Loss, images: Tensor, labels: Tensor, order: Tensor) -> None:
    fields = to_input(images, dtype=next(network.parameters()).dtype)
    for n in order.tolist():
        optimiser.zero_grad()
        loss(network(fields[n : n + 1]), labels[n : n + 1]).backward()
        optimiser.step()


def three_runs(images: Tensor, labels: Tensor, order: Tensor) -> tuple[LeNet5, LeNet5, LeNet5]:
    """The same training natively, on the tensor path, and on the tensor path in float64."""
    loss = MAPLoss(1.0)
    runs = [LeNet5(0.2, seed=4), LeNet5(0.2, seed=4), LeNet5(0.2, seed=4).double()]
    for number, network in enumerate(runs):
        optimiser = SDLM(network, eta=0.0005, mu=0.02)
        fields = to_input(images[:100], dtype=next(network.parameters()).dtype)
        optimiser.curvature = diagonal_curvature(network, MLELoss(), fields, labels[:100])
        if number == 0:
            part = NATIVE.train(network, optimiser, loss, images, labels, order)
            assert part.patterns == len(order)
        else:
            on_tensor_path(network, optimiser, loss, images, labels, order)
    native, tensors, exact = runs
    return native, tensors, exact


def distance(network: Network, exact: Network) -> float:
    """The norm of the parameters' difference relative to the parameters', array by array, the largest."""
    pairs = zip(network.parameters(), exact.parameters(), strict=True)
    return max(float((p - q).detach().norm() / q.detach().norm()) for p, q in pairs)


@pytest.mark.parametrize("patterns", [1, 100, 1000])
def test_after_many_patterns_it_is_as_near_to_float64_as_the_tensor_path(patterns: int) -> None:
    dataset = load_dataset("digits", None).train
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(5))[:patterns]
    native, tensors, exact = three_runs(dataset.images, dataset.labels, order)
    assert distance(native, exact) <= 3 * distance(tensors, exact) + UNIT
    # And absolutely: a few tens of units for the gradients of one pattern, and a unit for every further update.
    assert distance(native, tensors) <= UNIT * (30 + patterns)


@pytest.mark.slow
def test_after_a_pass_over_mnist_it_is_as_near_to_float64_as_the_tensor_path(mnist_folder: Path) -> None:
    """60,000 updates spread a rounding to something seen, in either path alike; the answers are as good."""
    dataset = load_dataset("mnist", mnist_folder)
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(5))
    native, tensors, exact = three_runs(dataset.train.images, dataset.train.labels, order)
    assert distance(native, exact) <= 10 * distance(tensors, exact)
    read = NATIVE.penalties(native, dataset.test.images).argmin(1)
    assert float((read != dataset.test.labels).double().mean()) < 0.04


def test_the_sums_are_of_losses_and_errors_before_each_update() -> None:
    images, labels = drawn(6, 20)
    network, other = lenet(6), lenet(6)
    loss, order = MAPLoss(1.0), torch.randperm(20, generator=torch.Generator().manual_seed(1))
    optimiser = SDLM(other, eta=1e-4, mu=0.02)
    expected_loss, expected_errors = 0.0, 0
    for n in order.tolist():
        given = other(to_input(images[n : n + 1]))
        expected_errors += int(given.argmin() != labels[n])
        optimiser.zero_grad()
        value = loss(given, labels[n : n + 1])
        expected_loss += value.item()
        value.backward()
        optimiser.step()
    part = NATIVE.train(network, optimiser, loss, images, labels, order)
    assert part.loss_sum == pytest.approx(expected_loss, rel=1e-5)
    assert (part.errors, part.patterns) == (expected_errors, 20)


def test_unconnected_maps_stay_unconnected_whatever_the_parts_trained_in() -> None:
    images, labels = drawn(7, 30)
    whole, parts = lenet(7), lenet(7)
    optimiser, loss = equal_rates(whole, 1e-4), MAPLoss(1.0)
    NATIVE.train(whole, optimiser, loss, images, labels, torch.arange(30))
    for part in torch.split(torch.arange(30), 7):
        NATIVE.train(parts, optimiser, loss, images, labels, part)
    for p, q in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.equal(p, q)
    assert whole.C3.weight.shape == (60, 5, 5)


def test_the_same_bits_whatever_the_number_of_threads() -> None:
    images, _ = drawn(8, 101)
    network = lenet(8)
    with using_threads(1):
        one = NATIVE.penalties(network, images)
    for threads in (2, 3, 101, 500):
        with using_threads(threads):
            assert torch.equal(NATIVE.penalties(network, images), one)
    assert torch.equal(torch.cat([NATIVE.penalties(network, image[None]) for image in images]), one)


def test_no_image_gives_no_penalties() -> None:
    with using_threads(4):
        assert NATIVE.penalties(lenet(1), torch.empty(0, 28, 28, dtype=torch.uint8)).shape == (0, 10)
    images, labels = drawn(1, 1)
    part = NATIVE.train(lenet(1), equal_rates(lenet(1), 1.0), MAPLoss(1.0), images, labels, torch.arange(0))
    assert part == (0.0, 0, 0)


def test_a_loss_that_is_not_finite_stops_before_its_update() -> None:
    images, labels = drawn(9, 5)
    fields = to_input(images)
    fields[3, 0, 16, 16] = float("nan")
    network, other = lenet(9), lenet(9)
    optimiser, loss = equal_rates(network, 1e-4), MAPLoss(1.0)
    part = NATIVE.train(network, optimiser, loss, fields, labels, torch.arange(5))
    assert part.patterns == 3
    assert part.loss_sum != part.loss_sum
    NATIVE.train(other, optimiser, loss, images, labels, torch.arange(3))
    for p, q in zip(network.parameters(), other.parameters(), strict=True):
        assert torch.equal(p, q)


def test_saturated_and_tiny_states_are_no_trouble() -> None:
    """Weights that saturate every unit, and ones so small that their products are denormal."""
    images, labels = drawn(10, 4)
    for factor in (1e4, 1e-20):
        network = lenet(10)
        with torch.no_grad():
            for p in network.parameters():
                p.mul_(factor)
        part = NATIVE.train(network, equal_rates(network, 1e-6), MAPLoss(1.0), images, labels, torch.arange(4))
        assert part.patterns == 4
        assert all(bool(p.isfinite().all()) for p in network.parameters())


Arguments = dict[str, object]


class GivenRates(SDLM):
    """Rates that no optimiser comes to."""

    def __init__(self, rates: dict[str, Tensor]) -> None:
        self.given = rates

    def rates(self) -> dict[str, Tensor]:
        return self.given


def spoil_label(a: Arguments) -> None:
    a["labels"] = torch.tensor([0, 1, 10])


def spoil_order(a: Arguments) -> None:
    a["order"] = torch.tensor([0, 3])


def spoil_negative_order(a: Arguments) -> None:
    a["order"] = torch.tensor([-1])


def spoil_count(a: Arguments) -> None:
    a["labels"] = torch.tensor([0, 1])


def spoil_label_type(a: Arguments) -> None:
    a["labels"] = torch.tensor([0, 1, 2], dtype=torch.int32)


def spoil_order_type(a: Arguments) -> None:
    a["order"] = torch.tensor([0.0])


def spoil_image_type(a: Arguments) -> None:
    a["images"] = torch.zeros(3, 28, 28, dtype=torch.int64)


def spoil_image_shape(a: Arguments) -> None:
    a["images"] = torch.zeros(3, 33, 28, dtype=torch.uint8)


def spoil_image_dimensions(a: Arguments) -> None:
    a["images"] = torch.zeros(3, 784, dtype=torch.uint8)


def spoil_image_strides(a: Arguments) -> None:
    a["images"] = torch.zeros(28, 28, 3, dtype=torch.uint8).permute(2, 0, 1)


def spoil_field_shape(a: Arguments) -> None:
    a["images"] = torch.zeros(3, 1, 28, 28)


def spoil_rate_names(a: Arguments) -> None:
    a["optimiser"] = GivenRates({"C1.weight": torch.zeros(6, 5, 5)})


def spoil_rate_shape(a: Arguments) -> None:
    a["optimiser"] = GivenRates({**equal_rates(LeNet5(), 1.0).rates(), "F6.bias": torch.zeros(83)})


def spoil_rate_type(a: Arguments) -> None:
    a["optimiser"] = GivenRates({**equal_rates(LeNet5(), 1.0).rates(), "F6.bias": torch.zeros(84, dtype=torch.float64)})


def spoil_rate_strides(a: Arguments) -> None:
    a["optimiser"] = GivenRates({**equal_rates(LeNet5(), 1.0).rates(), "F6.weight": torch.zeros(120, 84).T})


def spoil_by_aliasing_rates(a: Arguments) -> None:
    network = a["network"]
    assert isinstance(network, LeNet5)
    a["optimiser"] = GivenRates({name: p.detach() for name, p in network.named_parameters()})


def spoil_by_aliasing_parameters(a: Arguments) -> None:
    network = a["network"]
    assert isinstance(network, LeNet5)
    network.S4.bias.data = network.S4.coefficient.data


def spoil_network_type(a: Arguments) -> None:
    a["network"] = LeNet5().double()


def spoil_network_strides(a: Arguments) -> None:
    network = LeNet5()
    network.F6.weight.data = torch.zeros(120, 84).T
    a["network"] = network


def spoil_network(a: Arguments) -> None:
    a["network"] = Network(**dict(LeNet5().layers()))


def spoil_loss(a: Arguments) -> None:
    a["loss"] = torch.nn.functional.cross_entropy


SPOILT: list[Callable[[Arguments], None]] = [f for name, f in sorted(globals().items()) if name.startswith("spoil_")]


@pytest.mark.parametrize("spoil", SPOILT, ids=[f.__name__ for f in SPOILT])
def test_hostile_arguments_are_an_exception_and_change_nothing(spoil: Callable[[Arguments], None]) -> None:
    network = lenet(11)
    images, _ = drawn(11, 3)
    arguments: Arguments = {
        "network": network,
        "optimiser": equal_rates(network, 1e-4),
        "loss": MAPLoss(1.0),
        "images": images,
        "labels": torch.tensor([0, 1, 2]),
        "order": torch.tensor([2, 0, 1]),
    }
    spoil(arguments)
    before = [p.detach().clone() for p in network.parameters()]
    with pytest.raises((TypeError, ValueError)):
        NATIVE.train(*arguments.values())  # type: ignore[arg-type]
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="The layer 'C7' was given; choose one of C1, S2"):
        NATIVE.states(LeNet5(), torch.zeros(1, 28, 28, dtype=torch.uint8), "C7")


def test_auto_takes_the_native_engine_where_it_can_and_says_why_where_not() -> None:
    assert select_engine("auto", LeNet5()) == (NATIVE, None)
    assert select_engine("torch", LeNet5()) == (TENSORS, None)
    assert (NATIVE.name, TENSORS.name) == ("native", "torch")
    for network, batch_size, reason in (
        (LeNet5(), 64, "updates after every pattern, not after 64"),
        (LeNet5().double(), 1, "works on contiguous float32 on the CPU; C1.weight is torch.float64 on cpu"),
        (Network(**dict(LeNet5().layers())), 1, "runs a LeNet5 alone"),
    ):
        engine, why = select_engine("auto", network, batch_size=batch_size)
        assert engine is TENSORS
        assert reason in str(why)
        for asked in ("native", NATIVE):
            with pytest.raises(CannotRunError, match=r"--engine native cannot be had: .*; give --engine torch or auto"):
                select_engine(asked, network, batch_size=batch_size)
        assert select_engine(TENSORS, network, batch_size=batch_size) == (TENSORS, None)
    with pytest.raises(ValueError, match="The engine 'abacus' was given; choose auto, native or torch"):
        select_engine("abacus", LeNet5())


def test_where_it_was_not_built_everything_goes_by_the_tensor_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_path, "extension", lambda: "no native engine was built for this machine")
    engine, why = select_engine("auto", LeNet5())
    assert engine is TENSORS
    assert why == "no native engine was built for this machine"
    with pytest.raises(CannotRunError, match="no native engine was built"):
        NATIVE.penalties(LeNet5(), torch.zeros(1, 28, 28, dtype=torch.uint8))
