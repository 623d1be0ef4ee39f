"""The torch.export program, beside the network."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lenet5.data import Patterns
from lenet5.export import program as form
from lenet5.export.trained_network import TrainedNetwork


@pytest.fixture(scope="module")
def file(trained: TrainedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("program") / "lenet5.pt2"
    form.write(trained, path)
    return path


def test_any_number_of_images(trained: TrainedNetwork, file: Path) -> None:
    program = torch.export.load(file).module()
    for batch in (1, 2, 9):
        fields = torch.rand(batch, 1, 32, 32)
        with torch.no_grad():
            torch.testing.assert_close(program(fields), trained.network(fields), rtol=1e-5, atol=1e-5)


def test_all_of_mnist_is_read_alike(file: Path, mnist: Patterns, mnist_penalties: Tensor) -> None:
    given = form.read_back(file)(mnist.images)
    assert int((given.argmin(1) == mnist_penalties.argmin(1)).sum()) == 10_000
    torch.testing.assert_close(given, mnist_penalties, rtol=1e-5, atol=1e-5)
