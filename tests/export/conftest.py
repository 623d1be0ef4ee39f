"""What tests of the exports share: networks, and images with the penalties that the layers give them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lenet5.data import Patterns, load_dataset
from lenet5.data.input import to_input
from lenet5.export.trained_network import TrainedNetwork, load_trained_network
from lenet5.training.evaluation import penalties as penalties_of


@pytest.fixture(scope="session")
def trained() -> TrainedNetwork:
    return load_trained_network("pretrained")


@pytest.fixture(scope="session")
def digits() -> Patterns:
    return load_dataset("digits").test


@pytest.fixture(scope="session")
def penalties(trained: TrainedNetwork, digits: Patterns) -> Tensor:
    """The network's own, of the embedded digits' test set."""
    with torch.no_grad():
        return trained.network(to_input(digits.images))


@pytest.fixture(scope="session")
def mnist(mnist_folder: Path) -> Patterns:
    """The 10,000 test patterns."""
    return load_dataset("mnist", mnist_folder).test


@pytest.fixture(scope="session")
def mnist_penalties(trained: TrainedNetwork, mnist: Patterns) -> Tensor:
    """The network's own, of the 10,000."""
    return penalties_of(trained.network, mnist)
