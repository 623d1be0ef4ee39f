import json
import math
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch

from lenet5 import bitmaps
from lenet5.data import load_dataset
from lenet5.data.distort import Distortions, distort
from lenet5.data.everyday import NO_DIGIT, Everyday
from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.engine import EngineName, unsupported_reason
from lenet5.layers.connections import full
from lenet5.layers.convolution import Convolution
from lenet5.layers.rbf import EuclideanRBF
from lenet5.network import LeNet5, Network
from lenet5.tools.rng import generator
from lenet5.tools.threads import using_threads
from lenet5.training.presets import PRESETS, Preset, Schedule
from lenet5.training.progress import PassRecord, Progress
from lenet5.training.trainer import DivergenceError, Trainer

FAST = replace(PRESETS["digits"], passes=2, curvature_patterns=20)


@pytest.fixture(scope="module")
def digits() -> tuple[Patterns, Patterns]:
    dataset = load_dataset("digits", None)
    return dataset.train.first(60), dataset.test.first(40)


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.network.parameters()])


def trained(preset: Preset, seed: int, digits: tuple[Patterns, Patterns], passes: int = 2) -> Trainer:
    trainer = Trainer(preset, seed, *digits)
    assert trainer.run(passes)
    return trainer


def test_same_seed_same_bits_other_seed_others(digits: tuple[Patterns, Patterns]) -> None:
    one, same, other = (trained(FAST, seed, digits) for seed in (1, 1, 2))
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("stop_after", [1, 25, 59, 60, 61, 100])
@pytest.mark.parametrize(("eta", "averaged"), [(FAST.eta, 0), (((0.001, 0.4), (0.0005, 1), (0.0002, None)), 0.7)])
def test_stopping_anywhere_and_going_on_changes_no_bit(
    digits: tuple[Patterns, Patterns], batch_size: int, stop_after: int, eta: Schedule, averaged: float
) -> None:
    preset = replace(FAST, batch_size=batch_size, eta=eta, averaged=averaged)
    whole = trained(preset, 1, digits)
    updates = 0

    def stop() -> bool:
        return updates >= stop_after

    def count(_: Progress) -> None:
        nonlocal updates
        updates += 1

    first = Trainer(preset, 1, *digits)
    first.run(2, on_update=count, stop=stop)
    second = Trainer(preset, 1, *digits)
    second.network.load_state_dict(first.network.state_dict())
    second.optimiser.load_state_dict(first.optimiser.state_dict())
    second.average.load_state_dict(first.average.state_dict())
    second.progress = Progress.from_dict(json.loads(json.dumps(first.progress.as_dict())))
    assert second.run(2)
    assert torch.equal(weights(second), weights(whole))
    assert second.progress.loss_curve == whole.progress.loss_curve
    assert [replace(r, seconds=0) for r in second.progress.records] == [
        replace(r, seconds=0) for r in whole.progress.records
    ]


@pytest.mark.parametrize(("engine", "batch_size"), [("torch", 1), ("torch", 64), ("native", 1)])
def test_the_bits_do_not_depend_on_the_number_of_threads(engine: EngineName, batch_size: int) -> None:
    """500 patterns for the curvature, and 64 an update: enough for PyTorch to share their sums out."""
    if engine == "native" and unsupported_reason(LeNet5()) is not None:
        pytest.skip("the native engine was not built: no C++17 compiler was found")
    dataset = load_dataset("digits", None)
    preset = replace(FAST, curvature_patterns=500, batch_size=batch_size, distortions=Distortions(elastic=1.0))
    results = []
    for threads in (1, 2):
        with using_threads(threads):
            trainer = Trainer(preset, 1, dataset.train.first(520), dataset.test.first(40), engine=engine)
            trainer.run(1)
        results.append(weights(trainer))
    assert torch.equal(*results)


def test_the_order_is_constant_or_fresh_as_the_preset_says(digits: tuple[Patterns, Patterns]) -> None:
    constant = Trainer(replace(FAST, order="constant"), 1, *digits)
    fresh = Trainer(replace(FAST, order="fresh"), 1, *digits)
    assert torch.equal(constant.order(1), constant.order(2))
    assert not torch.equal(fresh.order(1), fresh.order(2))
    for order in (constant.order(1), fresh.order(2)):
        assert sorted(order.tolist()) == list(range(60))
        assert order.tolist() != list(range(60))


@pytest.mark.parametrize("half_way", [1, 0.25])
def test_one_pass_is_what_its_parts_make_of_it(digits: tuple[Patterns, Patterns], half_way: float) -> None:
    """The loop against the same steps written out: curvature, then pattern by pattern, eq. 18, η falling half-way."""
    from lenet5.curvature import diagonal_curvature
    from lenet5.loss import MAPLoss, MLELoss
    from lenet5.tools.rng import generator

    eta = FAST.eta_of_pass(1)
    trainer = Trainer(replace(FAST, eta=((eta, 0.5), (half_way * eta, None))), 1, *digits)
    network = Trainer(FAST, 1, *digits).network
    drawn = torch.randperm(60, generator=generator(1, "curvature", 1))[:20]
    h = diagonal_curvature(network, MLELoss(), to_input(trainer.images[drawn]), trainer.labels[drawn])
    losses, errors = [], 0
    for step, n in enumerate(trainer.order(1).tolist()):
        penalties = network(to_input(trainer.images[n : n + 1]))
        label = trainer.labels[n : n + 1]
        loss = MAPLoss(FAST.j)(penalties, label)
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        losses.append(float(loss.detach()))
        errors += int(penalties.detach()[0].argmin() != label[0])
        with torch.no_grad():
            for (name, p), gradient in zip(network.named_parameters(), gradients, strict=True):
                p -= (eta if step < 30 else half_way * eta) / (FAST.mu + h[name]) * gradient
    trainer.run(1)
    record = trainer.progress.records[0]
    expected = torch.cat([p.detach().flatten() for p in network.parameters()])
    torch.testing.assert_close(weights(trainer), expected, rtol=1e-4, atol=1e-6)
    assert record.loss == pytest.approx(sum(losses) / 60, rel=1e-4)
    assert record.train_error == errors / 60
    assert record.eta == eta


def test_records_follow_the_schedule(digits: tuple[Patterns, Patterns]) -> None:
    preset = replace(FAST, eta=((0.0005, 1), (0.0001, None)))
    trainer = trained(preset, 1, digits)
    one, two = trainer.progress.records
    assert (one.pass_, one.eta, two.pass_, two.eta) == (1, 0.0005, 2, 0.0001)
    assert one.rate_max <= 0.0005 / 0.02
    assert two.rate_max <= 0.0001 / 0.02
    assert 0 <= two.test_error <= 1
    assert two.seconds > 0
    assert two.loss < one.loss


def test_the_loss_curve_averages_to_the_passes_loss(digits: tuple[Patterns, Patterns]) -> None:
    trainer = trained(FAST, 1, digits)
    curve = trainer.progress.loss_curve
    assert [x for x, _ in curve] == pytest.approx([n / 60 for n in range(1, 121)])
    for number, record in enumerate(trainer.progress.records):
        assert sum(y for _, y in curve[60 * number : 60 * number + 60]) / 60 == pytest.approx(record.loss)


def test_a_pass_of_unequal_batches_counts_every_pattern(digits: tuple[Patterns, Patterns]) -> None:
    trainer = trained(replace(FAST, batch_size=7), 1, digits, passes=1)
    assert trainer.progress.loss_curve[-1][0] == 1.0
    losses = []

    def collect(progress: Progress) -> None:
        losses.append(progress.patterns_done)

    Trainer(replace(FAST, batch_size=7), 1, *digits).run(1, on_update=collect)
    assert losses == [7, 14, 21, 28, 35, 42, 49, 56, 60]


def test_learning_the_test_error_falls_within_seconds() -> None:
    """Ten seconds of training at most, to a stated error: 400 patterns, two passes, under 20 % misread of 200."""
    dataset = load_dataset("digits", None)
    trainer = Trainer(FAST, 1, dataset.train.first(400), dataset.test.first(200))
    trainer.run(2)
    assert trainer.progress.records[-1].test_error < 0.2


def test_divergence_says_where(digits: tuple[Patterns, Patterns]) -> None:
    trainer = Trainer(FAST, 1, *digits)
    trainer.network.C5.bias.data[0] = math.nan
    with pytest.raises(DivergenceError, match="the curvature before pass 1 is not finite"):
        trainer.run(1)

    def poison(progress: Progress) -> None:
        if progress.patterns_done == 11:
            trainer.network.C1.bias.data[0] = math.nan

    trainer = Trainer(FAST, 1, *digits)
    with pytest.raises(DivergenceError, match="the loss is nan at pattern 12 of pass 1"):
        trainer.run(1, on_update=poison)


def test_a_pass_record_survives_json() -> None:
    record = PassRecord(3, 0.0005, 1e-5, 1e-2, 1 / 3, 0.1, 0.2, 4.5)
    assert record.as_dict()["pass"] == 3
    assert PassRecord.from_dict(json.loads(json.dumps(record.as_dict()))) == record


def test_empty_sets_are_refused(digits: tuple[Patterns, Patterns]) -> None:
    empty = Patterns(torch.zeros(0, 28, 28, dtype=torch.uint8), torch.zeros(0, dtype=torch.int64))
    for train, evaluation_set in ((empty, digits[1]), (digits[0], empty)):
        with pytest.raises(ValueError, match="An empty set of patterns"):
            Trainer(FAST, 1, train, evaluation_set)


def test_what_is_no_preset_patterns_or_network_is_named(digits: tuple[Patterns, Patterns]) -> None:
    train, evaluation_set = digits
    for arguments, said in (
        (("digits", 1, train, evaluation_set), "str was given to a Trainer; expected Preset"),
        ((FAST, 1, (train.images, train.labels), evaluation_set), "tuple was given to a Trainer; expected Patterns"),
        ((FAST, 1, train, load_dataset("digits", None)), "Dataset was given to a Trainer; expected Patterns"),
        (
            (FAST, 1, train, evaluation_set, "cpu", "torch", torch.nn.Linear(1, 1)),
            "Linear was given to a Trainer; expected Net",
        ),
        ((FAST, 1.5, train, evaluation_set), r"The seed 1\.5 was given; give a whole number"),
    ):
        with pytest.raises(TypeError, match=said):
            Trainer(*arguments)  # type: ignore[arg-type]


def test_a_network_and_labels_that_do_not_fit_are_refused_before_training(digits: tuple[Patterns, Patterns]) -> None:
    train, evaluation_set = digits
    for engine in ("torch", "auto"):
        for wrong in (train.labels + 1, train.labels - 1):
            with pytest.raises(ValueError, match=r"Labels from \S+ to \d+ were given; 10 classes have"):
                Trainer(FAST, 1, Patterns(train.images, wrong), evaluation_set, engine=engine)
            with pytest.raises(ValueError, match="10 classes have the labels 0 to 9"):
                Trainer(FAST, 1, evaluation_set, Patterns(train.images, wrong), engine=engine)
    maps = Network(C1=Convolution(full(1, 84), 31), OUTPUT=EuclideanRBF(bitmaps.codes()))
    with pytest.raises(ValueError, match=r"Penalties of shape \(60, 10, 2, 2\) .* were given; expected N×classes"):
        Trainer(FAST, 1, train, evaluation_set, network=maps)


def test_numpys_seeds_are_as_good_as_pythons() -> None:
    draws = [torch.rand(3, generator=generator(seed, "a")) for seed in (3, np.int64(3))]  # type: ignore[arg-type]
    assert torch.equal(*draws)


def test_the_loss_is_finite_in_the_presets_own_first_steps(digits: tuple[Patterns, Patterns]) -> None:
    for preset in PRESETS.values():
        everyday = preset.everyday and replace(preset.everyday, pool=50)
        trainer = Trainer(replace(preset, passes=1, everyday=everyday), 1, *digits)
        trainer.run(1)
        assert math.isfinite(trainer.progress.records[0].loss)


def test_everyday_patterns_are_made_anew_each_pass_and_stay_the_same_when_resumed(
    digits: tuple[Patterns, Patterns],
) -> None:
    preset = replace(PRESETS["reader"], passes=2, everyday=Everyday(rubbish=0.25, pool=30))
    whole = Trainer(preset, 1, *digits)
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    assert whole.run(2, on_pass=lambda _: seen.append((whole.images, whole.labels)))
    assert not torch.equal(seen[0][0], seen[1][0])
    assert all(int((labels == NO_DIGIT).sum()) == round(0.25 * len(labels)) for _, labels in seen)

    stopped = Trainer(preset, 1, *digits)
    assert not stopped.run(2, stop=lambda: stopped.progress.passes_done == 1 and stopped.progress.patterns_done == 7)
    resumed = Trainer(preset, 1, *digits)
    resumed.network, resumed.optimiser, resumed.progress = stopped.network, stopped.optimiser, stopped.progress
    assert resumed.run(2)
    assert torch.equal(weights(resumed), weights(whole))


def test_distortions_are_drawn_anew_each_pass_and_stay_the_same_when_resumed(digits: tuple[Patterns, Patterns]) -> None:
    preset = replace(FAST, distortions=Distortions())
    seen: list[torch.Tensor] = []
    trainer = Trainer(preset, 1, *digits)
    trainer.run(2, on_pass=lambda _: seen.append(trainer.images))
    expected = [distort(digits[0].images, Distortions(), generator(1, "distortions", number)) for number in (1, 2)]
    assert all(torch.equal(images, wanted) for images, wanted in zip(seen, expected, strict=True))
    assert not torch.equal(seen[0], seen[1])

    stopped = Trainer(preset, 1, *digits)
    assert not stopped.run(2, stop=lambda: stopped.progress.patterns_done == 17)
    resumed = Trainer(preset, 1, *digits)
    resumed.network, resumed.optimiser, resumed.progress = stopped.network, stopped.optimiser, stopped.progress
    assert resumed.run(2)
    assert torch.equal(weights(resumed), weights(trainer))


@pytest.mark.parametrize("order", ["constant", "fresh"])
def test_copies_are_made_once_and_every_one_is_shown_before_any_again(
    digits: tuple[Patterns, Patterns], order: Literal["constant", "fresh"]
) -> None:
    """Section III-B in small: 60 originals and 2 × 60 distorted ones, each shown once in three passes of 60."""
    preset = replace(FAST, order=order, distortions=Distortions(copies=2))
    trainer = Trainer(preset, 1, *digits)
    assert trainer.images.shape == (180, 32, 32)
    assert torch.equal(trainer.images[:60, 2:30, 2:30], digits[0].images)
    for number in (1, 2):
        made = distort(digits[0].images, Distortions(copies=2), generator(1, "distortions", number))
        assert torch.equal(trainer.images[60 * number : 60 * number + 60], made)
    assert torch.equal(trainer.labels.view(3, 60), digits[0].labels.expand(3, 60))
    first, second = (torch.cat([trainer.order(number) for number in numbers]) for numbers in ((1, 2, 3), (4, 5, 6)))
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(180))
    assert torch.equal(first, second) == (order == "constant")
    before = trainer.images.clone()
    trainer.run(2)
    assert [record.pass_ for record in trainer.progress.records] == [1, 2]
    assert torch.equal(trainer.images, before)


@pytest.mark.parametrize("batch_size", [16, 64])
def test_mini_batches_learn_too(batch_size: int) -> None:
    dataset = load_dataset("digits", None)
    trainer = Trainer(replace(PRESETS["digits"], batch_size=batch_size), 1, dataset.train, dataset.test)
    trainer.run(4)
    assert trainer.progress.records[-1].test_error < 0.15


def test_a_mini_batchs_step_is_the_mean_gradient_times_the_root_of_its_size(digits: tuple[Patterns, Patterns]) -> None:
    trainer, other = (Trainer(replace(FAST, batch_size=60, mu=1e6), 1, *digits) for _ in range(2))
    before = weights(other)
    loss = other.loss(other.network(to_input(other.images)), other.labels)
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(other.network.parameters()))])
    trainer.preset = replace(trainer.preset, eta=((1e6, None),))
    trainer.run(1)
    # h is nothing beside μ: the rate is η/μ = 1 everywhere.
    torch.testing.assert_close(before - weights(trainer), gradient * 60**0.5, rtol=1e-3, atol=1e-4)
