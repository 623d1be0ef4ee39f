"""What tests of every folder share."""

import os
from pathlib import Path

import pytest
import torch
from jaxtyping import config, install_import_hook

# The modules whose signatures have shapes, and the tests that check them at every call. Elsewhere the checks would cost
# a third of the time of training by tensors.
WITH_SHAPES = ("lenet5.layers", "lenet5.loss", "lenet5.curvature")
CHECKED_IN = ("layers", "test_curvature.py", "test_loss.py", "test_network.py", "test_shapes.py")
with install_import_hook(WITH_SHAPES, "beartype.beartype"):
    import lenet5.curvature
    import lenet5.layers.convolution
    import lenet5.layers.full_connection
    import lenet5.layers.rbf
    import lenet5.layers.subsampling
    import lenet5.loss  # noqa: F401

# What the tests compute is small: handing it around between threads costs more than it gains.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_draws_every_time() -> None:
    """A test that draws numbers without a seed of its own draws the same ones in every run."""
    torch.manual_seed(1)


@pytest.fixture(autouse=True)
def _shapes(request: pytest.FixtureRequest) -> None:
    """Whether the shapes in signatures are checked, see `CHECKED_IN`."""
    folder_or_file = request.path.relative_to(Path(__file__).parent).parts[0]
    checked = folder_or_file in CHECKED_IN and request.node.get_closest_marker("misfits") is None
    config.update("jaxtyping_disable", not checked)


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder of MNIST's four files; a test that needs it is skipped where there is none."""
    beside = Path(__file__).parents[2] / "shared" / "data" / "mnist"
    folder = Path(os.environ.get("LENET5_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"MNIST was looked for in $LENET5_DATA, else in ../shared/data/mnist: {folder} is no folder")
    return folder
