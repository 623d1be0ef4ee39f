"""That the shapes in signatures are checked under pytest: see `conftest.CHECKED_IN`."""

from collections.abc import Callable

import jaxtyping
import pytest
import torch

from lenet5.curvature import diagonal_curvature
from lenet5.layers import convolution, full_connection, subsampling
from lenet5.layers.connections import full
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.subsampling import Subsampling
from lenet5.loss import MAPLoss, MLELoss
from lenet5.network import LeNet5

# Calls that PyTorch itself would answer, some with a tensor of nonsense.
WRONG: dict[str, Callable[[], object]] = {
    "as many patterns here as there": lambda: convolution.gather_kernels(
        torch.zeros(1, 2, 6, 6), torch.zeros(3, 4, 1, 1), 5
    ),
    "square kernels": lambda: convolution.spread(torch.zeros(2, 4, 2, 2), torch.zeros(4, 3, 5, 4)),
    "a bias per map": lambda: convolution.convolve(torch.zeros(1, 1, 5, 5), torch.zeros(4, 1, 5, 5), torch.zeros(1)),
    "whole numbers": lambda: full_connection.by_unit(torch.zeros(2, 3, dtype=torch.int64)),
    "a label per pattern": lambda: MLELoss().derivatives(torch.zeros(3, 10), torch.tensor([1])),
    "penalties of each pattern": lambda: MAPLoss(1.0).posterior(torch.zeros(2, 10, 1)),
    "labels of the images": lambda: diagonal_curvature(
        LeNet5(), MLELoss(), torch.zeros(2, 1, 32, 32), torch.tensor([1])
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_argument_of_a_wrong_shape_is_caught(wrong: str) -> None:
    with pytest.raises(jaxtyping.TypeCheckError):
        WRONG[wrong]()


def test_a_result_of_a_wrong_shape_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the pooling forgotten: broadcasting lets it pass, the signature does not."""
    monkeypatch.setattr(subsampling, "sum_of_four", lambda x: x[..., 0::2, :] + x[..., 1::2, :])
    with pytest.raises(jaxtyping.TypeCheckError, match="h//2 w//2"):
        Subsampling(3).total_input(torch.zeros(2, 3, 4, 6))


def test_a_gradient_of_a_wrong_shape_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_connection, "from_units", lambda rows, *_, **__: rows)
    with pytest.raises(jaxtyping.TypeCheckError):
        FullConnection(3, 4).backpropagate(torch.zeros(2, 3), torch.zeros(2, 4))


@torch.no_grad()
def test_what_fits_passes() -> None:
    layer = Convolution(full(3, 4))
    x = torch.zeros(2, 3, 7, 6)
    below, *_ = layer.backpropagate(x, layer.total_input(x))
    assert below is not None
    assert below.shape == x.shape
    assert MAPLoss(1.0)(torch.zeros(2, 10), torch.tensor([1, 2])).shape == ()


@pytest.mark.misfits
def test_where_refusals_are_tested_nothing_is_checked() -> None:
    assert full_connection.by_unit(torch.zeros(2, 3, dtype=torch.int64)).shape == (3, 2)
