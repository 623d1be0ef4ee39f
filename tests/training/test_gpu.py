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


def test_all_states_are_those_of_the_cpu() -> None:
    network, images = LeNet5(0.22), to_input(load_digits().test.images)
    here = network.states(images)
    there = network.to("cuda").states(images.to("cuda"))
    for name, states in here.items():
        torch.testing.assert_close(there[name].cpu(), states, rtol=1e-4, atol=1e-4)


def test_gradients_are_those_of_the_cpu() -> None:
    digits = load_digits().test
    gradients = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(1)
        network = LeNet5(0.22).to(device)
        MAPLoss(0.5)(network(to_input(digits.images).to(device)), digits.labels.to(device)).backward()
        gradients.append([p.grad.cpu() for p in network.parameters() if p.grad is not None])
    for here, there in zip(*gradients, strict=True):
        torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-5)


def test_curvature_is_that_of_the_cpu() -> None:
    digits = load_digits().test
    found = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(1)
        network = LeNet5(0.22).to(device)
        images, labels = to_input(digits.images).to(device), digits.labels.to(device)
        found.append(diagonal_curvature(network, MLELoss(), images, labels))
    for name, here in found[0].items():
        torch.testing.assert_close(found[1][name].cpu(), here, rtol=1e-3, atol=1e-6)


def test_a_run_on_a_gpu_learns_as_one_on_the_cpu_does() -> None:
    data = load_digits()
    preset = replace(PRESETS["digits"], passes=1, batch_size=16)
    losses: list[float] = []
    for device in ("cpu", "cuda"):
        records: list[PassRecord] = []
        Trainer(preset, 1, data.train, data.test, device).run(1, on_pass=records.append)
        losses.append(records[0].loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.02)
