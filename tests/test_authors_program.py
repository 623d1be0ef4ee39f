"""Our layers against the numbers that the authors' own later program printed (gblearn2, 2002, run on MNIST).

A variant of 51,046 parameters: C1 to C5 as in the paper, then ten squashed units on C5, no F6 and no RBF units;
the cost is ½‖y − t‖² with t = ±1; the input is pixel × 0.01. Its tanh is a rational approximation with an error of
7.5e-5, so agreement to a few 1e-4 of each array's largest value is all there can be; the largest
difference seen is 7e-4, in the step sizes of S2's coefficients.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lenet5.curvature import diagonal_curvature
from lenet5.data.mnist import load_mnist
from lenet5.layers.connections import full, table_i
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.subsampling import Subsampling
from lenet5.network import Network
from lenet5.sdlm import SDLM

PRINTED = Path(__file__).parents[2] / "shared" / "data" / "authors" / "lenet5_2002.npz"

TOLERANCE = 1e-3


class SquaredError:
    """½‖y − t‖², t = +1 for the right class and −1 for the others: that program's cost."""

    def __call__(self, states: Tensor, labels: Tensor) -> Tensor:
        return 0.5 * (states - self.targets(states, labels)).square().sum(1).mean()

    def derivatives(self, states: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        return states - self.targets(states, labels), torch.ones_like(states)

    @staticmethod
    def targets(states: Tensor, labels: Tensor) -> Tensor:
        return torch.full_like(states, -1.0).scatter_(1, labels[:, None], 1.0)


@pytest.fixture(scope="module")
def printed() -> dict[str, NDArray[np.float32]]:
    if not PRINTED.is_file():
        pytest.skip("The authors' numbers were looked for in ../shared/data/authors, which is not there.")
    with np.load(PRINTED) as arrays:
        return dict(arrays)


@pytest.fixture
def network(printed: dict[str, NDArray[np.float32]]) -> Network:
    network = Network(
        C1=Convolution(full(1, 6)),
        S2=Subsampling(6),
        C3=Convolution(table_i()),
        S4=Subsampling(16),
        C5=Convolution(full(16, 120)),
        F=FullConnection(120, 10),
    ).double()
    assert sum(p.numel() for p in network.parameters()) == 51_046
    for name, p in network.named_parameters():
        p.data.copy_(ours(name, printed[f"initial/{name}"]))
    return network


def ours(name: str, array: NDArray[np.float32]) -> Tensor:
    """The program's dense kernels as the kernels of the table alone."""
    values = torch.from_numpy(array).double()
    if name not in ("C1.weight", "C3.weight", "C5.weight"):
        return values
    table = table_i() if name == "C3.weight" else torch.ones(values.shape[1], values.shape[0], dtype=torch.bool)
    return values[table.T]


def assert_close(name: str, got: Tensor, wanted: Tensor) -> None:
    difference = float((got - wanted).abs().max() / wanted.abs().max())
    assert difference < TOLERANCE, f"{name} differs by {difference:.1e} of its largest value"


def compare(got: dict[str, Tensor], printed: dict[str, NDArray[np.float32]], what: str) -> None:
    for name, tensor in got.items():
        assert_close(f"{what}/{name}", tensor, ours(name, printed[f"{what}/{name}"]))


def first_images(folder: Path, n: int) -> tuple[Tensor, Tensor]:
    train = load_mnist(folder).train.first(n)
    return torch.nn.functional.pad(train.images[:, None].double() * 0.01, (2, 2, 2, 2)), train.labels


def test_output_and_gradient_of_one_image(network: Network, printed: dict[str, NDArray[np.float32]]) -> None:
    images, labels = torch.from_numpy(printed["input"]).double(), torch.from_numpy(printed["label"])[None]
    output = network(images)
    assert_close("output", output[0].detach(), torch.from_numpy(printed["output"]).double())
    SquaredError()(output, labels).backward()
    compare({name: p.grad for name, p in network.named_parameters() if p.grad is not None}, printed, "gradient")


def test_curvature_of_one_image(network: Network, printed: dict[str, NDArray[np.float32]]) -> None:
    images, labels = torch.from_numpy(printed["input"]).double(), torch.from_numpy(printed["label"])[None]
    compare(diagonal_curvature(network, SquaredError(), images, labels), printed, "curvature")


@pytest.fixture
def mean_curvature(network: Network, mnist_folder: Path) -> dict[str, Tensor]:
    return diagonal_curvature(network, SquaredError(), *first_images(mnist_folder, 1000))


def test_curvature_of_a_thousand_images_and_the_step_sizes(
    network: Network, printed: dict[str, NDArray[np.float32]], mean_curvature: dict[str, Tensor]
) -> None:
    compare(mean_curvature, printed, "mean_curvature")
    optimiser = SDLM(network, eta=1.0, mu=0.02)
    optimiser.curvature = mean_curvature
    compare(optimiser.rates(), printed, "step_size")


def test_weights_after_ten_updates(
    network: Network, printed: dict[str, NDArray[np.float32]], mean_curvature: dict[str, Tensor], mnist_folder: Path
) -> None:
    optimiser = SDLM(network, eta=0.0001, mu=0.02)
    optimiser.curvature = mean_curvature
    images, labels = first_images(mnist_folder, 10)
    for image, label in zip(images.split(1), labels.split(1), strict=True):
        optimiser.zero_grad()
        SquaredError()(network(image), label).backward()
        optimiser.step()
    compare({name: p.detach() for name, p in network.named_parameters()}, printed, "after_10")
    # The weights moved by far more than the tolerance; the movement itself agrees too.
    for name, p in network.named_parameters():
        start, end = (ours(name, printed[f"{when}/{name}"]) for when in ("initial", "after_10"))
        moved = float((p.detach() - start - (end - start)).abs().max() / (end - start).abs().max())
        assert moved < 0.01, f"{name} moved otherwise by {moved:.1e}"
