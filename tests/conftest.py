"""What tests of every folder share."""

import os
from pathlib import Path

import pytest
import torch

# What the tests compute is small: handing it around between threads costs more than it gains.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_draws_every_time() -> None:
    """A test that draws numbers without a seed of its own draws the same ones in every run."""
    torch.manual_seed(1)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder of MNIST's four files; a test that needs it is skipped where there is none."""
    beside = Path(__file__).parents[2] / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("LENET5_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"MNIST was looked for in $LENET5_DATA, else in ../shared/data/mnist: {folder} is no folder")
    return folder
