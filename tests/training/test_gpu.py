"""The tensor path on a GPU: the same states, derivatives, curvature and steps as on the CPU, where there is one."""

from dataclasses import replace

import pytest
import torch

from lenet5.curvature import diagonal_curvature
from lenet5.data.digits import load_digits
from lenet5.data.input import to_input
from lenet5.loss import MAPLoss, MLELoss
from lenet5.network import LeNet5
from lenet5.training.presets import PRESETS
from lenet5.training.progress import PassRecord
from lenet5.training.trainer import Trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="There is no GPU here.")


@pytest.fixture(autouse=True)
def in_float32() -> None:
    """TensorFloat-32 would round to ten bits."""
    torch.backends.cuda.matmul.allow_tf32 = False


def on(device: str) -> tuple[LeNet5, torch.Tensor, torch.Tensor]:
    """The same network, input and labels on either."""
    torch.manual_seed(1)
    digits = load_digits().test
    return LeNet5(0.22).to(device), to_input(digits.images).to(device), digits.labels.to(device)


def test_all_states_are_those_of_the_cpu() -> None:
    here, there = (network.states(images) for network, images, _ in map(on, ("cpu", "cuda")))
    for name, states in here.items():
        torch.testing.assert_close(there[name].cpu(), states, rtol=1e-4, atol=1e-4)


def test_gradients_are_those_of_the_cpu() -> None:
    gradients = []
    for network, images, labels in map(on, ("cpu", "cuda")):
        MAPLoss(0.5)(network(images), labels).backward()
        gradients.append([p.grad.cpu() for p in network.parameters() if p.grad is not None])
    for here, there in zip(*gradients, strict=True):
        torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-5)


def test_curvature_is_that_of_the_cpu() -> None:
    here, there = (diagonal_curvature(network, MLELoss(), *data) for network, *data in map(on, ("cpu", "cuda")))
    for name, h in here.items():
        torch.testing.assert_close(there[name].cpu(), h, rtol=1e-3, atol=1e-6)


def test_a_run_on_a_gpu_learns_as_one_on_the_cpu_does() -> None:
    data = load_digits()
    preset = replace(PRESETS["digits"], passes=1, batch_size=16)
    losses: list[float] = []
    for device in ("cpu", "cuda"):
        records: list[PassRecord] = []
        Trainer(preset, 1, data.train, data.test, device).run(1, on_pass=records.append)
        losses.append(records[0].loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
