from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lenet5.data import load_dataset
from lenet5.engine import EngineName, unsupported_reason
from lenet5.network import LeNet5
from lenet5.training.averaging import WeightAverage
from lenet5.training.checkpoint import restore, save_checkpoint
from lenet5.training.config import Config
from lenet5.training.presets import PRESETS
from lenet5.training.progress import Progress
from lenet5.training.trainer import Trainer
from saved import edit, read

PRESET = replace(PRESETS["digits"], curvature_patterns=20)


def flat(network: LeNet5) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_the_mean_is_that_of_every_snapshot_and_begins_anew_when_given() -> None:
    networks = [LeNet5(seed=seed) for seed in range(1, 6)]
    average, target = WeightAverage(), LeNet5(seed=9)
    for some in (networks[:3], networks[3:]):
        for network in some:
            average.add(network)
        average.put(target)
        expected = torch.stack([flat(network).double() for network in some]).mean(0)
        torch.testing.assert_close(flat(target).double(), expected, rtol=1e-5, atol=1e-7)


def test_the_mean_does_not_follow_a_network_that_learns_on() -> None:
    network, average = LeNet5(seed=1), WeightAverage()
    average.add(network)
    then = flat(network)
    with torch.no_grad():
        network.C5.weight.zero_()
    average.put(network)
    assert torch.equal(flat(network), then)


def test_a_state_goes_on_bit_for_bit() -> None:
    networks = [LeNet5(seed=seed) for seed in range(1, 6)]
    whole, first, second = WeightAverage(), WeightAverage(), WeightAverage()
    assert first.state_dict() == {}
    second.load_state_dict(first.state_dict())
    for number, network in enumerate(networks):
        whole.add(network)
        (first if number < 2 else second).add(network)
        if number == 1:
            second.load_state_dict(first.state_dict())
            first.put(LeNet5())
    one, other = LeNet5(seed=1), LeNet5(seed=2)
    whole.put(one)
    second.put(other)
    assert torch.equal(flat(one), flat(other))


@pytest.mark.parametrize(
    ("engine", "patterns", "batch_size"),
    [("torch", 60, 1), ("torch", 230, 1), ("torch", 230, 7), ("native", 60, 1), ("native", 230, 1)],
)
@pytest.mark.parametrize("part", [0.25, 1 / 3, 1])
def test_a_pass_ends_with_the_mean_over_its_last_part(
    engine: EngineName, patterns: int, batch_size: int, part: float
) -> None:
    """The weights after every hundredth of a pass that lies in its last part, collected beside and averaged."""
    if engine == "native" and (reason := unsupported_reason(LeNet5())):
        pytest.skip(reason)
    dataset = load_dataset("digits", None)
    preset = replace(PRESET, averaged=part, batch_size=batch_size)
    trainer = Trainer(preset, 1, dataset.train.first(patterns), dataset.test.first(40), engine=engine)
    other = Trainer(
        replace(preset, averaged=0), 1, dataset.train.first(patterns), dataset.test.first(40), engine=engine
    )
    seen, hundredths = [], {0}

    def look(progress: Progress) -> None:
        hundredth = 100 * progress.patterns_done // patterns
        if hundredth not in hundredths and progress.patterns_done > (1 - part) * patterns:
            seen.append(flat(other.network).double())
        hundredths.add(hundredth)

    other.run(1, on_update=look)
    trainer.run(1)
    assert len(seen) > 5
    torch.testing.assert_close(flat(trainer.network).double(), torch.stack(seen).mean(0), rtol=1e-4, atol=1e-6)
    assert not torch.equal(flat(trainer.network), flat(other.network))


@pytest.mark.parametrize("stop_at", [40, 80, 119, 120])
def test_a_checkpoint_in_the_middle_of_a_mean_costs_no_bit(tmp_path: Path, stop_at: int) -> None:
    dataset = load_dataset("digits", None)
    preset = replace(PRESET, averaged=0.9)
    config = Config("digits", None, preset, seed=1)

    def trainer() -> Trainer:
        return Trainer(preset, 1, dataset.train.first(120), dataset.test.first(40))

    whole, stopped, resumed = trainer(), trainer(), trainer()
    whole.run(2)
    stopped.run(2, stop=lambda: stopped.progress.patterns_done >= stop_at)
    save_checkpoint(tmp_path / "checkpoint.safetensors", stopped, config)
    stopped.run(2)
    restore(tmp_path / "checkpoint.safetensors", resumed)
    resumed.run(2)
    assert torch.equal(flat(resumed.network), flat(whole.network))
    assert torch.equal(flat(stopped.network), flat(whole.network))


def test_a_checkpoint_whose_mean_is_another_networks_is_refused(tmp_path: Path) -> None:
    dataset = load_dataset("digits", None)
    preset = replace(PRESET, averaged=1.0)
    trainer = Trainer(preset, 1, dataset.train.first(60), dataset.test.first(40))
    trainer.run(1, stop=lambda: trainer.progress.patterns_done == 30)
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, trainer, Config("digits", None, preset, seed=1))
    arrays, _ = read(path)
    del arrays["average/C1.bias"]
    edit(path, arrays)
    with pytest.raises(ValueError, match="which is not a LeNet-5's"):
        restore(path, trainer)


def test_native_and_tensor_path_take_their_points_at_the_same_patterns() -> None:
    if reason := unsupported_reason(LeNet5()):
        pytest.skip(reason)
    dataset = load_dataset("digits", None)
    native, tensors = (
        Trainer(PRESET, 1, dataset.train.first(230), dataset.test.first(40), engine=engine)
        for engine in ("native", "torch")
    )
    for trainer in (native, tensors):
        trainer.run(1)
    assert [x for x, _ in native.progress.loss_curve] == [x for x, _ in tensors.progress.loss_curve]


def test_a_state_that_was_taken_up_is_a_copy() -> None:
    average, other = WeightAverage(), WeightAverage()
    average.add(LeNet5(seed=1))
    other.load_state_dict(average.state_dict())
    other.add(LeNet5(seed=2))
    network = LeNet5(seed=3)
    average.put(network)
    assert torch.equal(flat(network), flat(LeNet5(seed=1)))


def test_a_part_that_is_none_is_refused() -> None:
    for averaged in (-0.1, 1.1):
        with pytest.raises(ValueError, match="give the part of a pass, 0 to 1"):
            replace(PRESET, averaged=averaged)
