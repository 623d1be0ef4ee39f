import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from lenet5.loss import Loss, MAPLoss, MLELoss

PENALTIES = st.lists(st.floats(0, 300), min_size=10, max_size=10)


@settings(deadline=None)
@given(penalties=PENALTIES, label=st.integers(0, 9), j=st.floats(0.01, 50))
def test_eq_9_by_hand(penalties: list[float], label: int, j: float) -> None:
    y = torch.tensor([penalties], dtype=torch.float64)
    assert float(MAPLoss(j)(y, torch.tensor([label]))) == pytest.approx(
        oracles.map_loss(penalties, label, j), rel=1e-9, abs=1e-9
    )


def test_eq_8_is_the_mean_penalty_of_the_right_class() -> None:
    y = torch.arange(20.0).view(2, 10)
    assert float(MLELoss()(y, torch.tensor([3, 4]))) == (3 + 14) / 2


def test_both_average_over_the_patterns() -> None:
    y = torch.rand(4, 10, dtype=torch.float64) * 9
    labels = torch.tensor([1, 2, 3, 4])
    for loss in (MLELoss(), MAPLoss(1.0)):
        one_by_one = [float(loss(y[n : n + 1], labels[n : n + 1])) for n in range(4)]
        assert float(loss(y, labels)) == pytest.approx(sum(one_by_one) / 4)


@pytest.mark.parametrize("penalty", [0.0, 1e4, 1e30, 3e38])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_eq_9_is_finite_with_finite_gradients_at_any_penalty(penalty: float, dtype: torch.dtype) -> None:
    for others in (0.0, penalty):
        y = torch.full((1, 10), others, dtype=dtype)
        y[0, 3] = penalty
        y.requires_grad_()
        loss = MAPLoss(1.0)(y, torch.tensor([3]))
        loss.backward()
        assert math.isfinite(float(loss.detach()))
        assert y.grad is not None
        assert y.grad.isfinite().all()


def test_as_all_penalties_grow_the_rubbish_class_takes_over_and_the_loss_is_y_minus_j() -> None:
    assert float(MAPLoss(2.0)(torch.full((1, 10), 500.0), torch.tensor([0]))) == pytest.approx(500 - 2)


@pytest.mark.parametrize("loss", [MLELoss(), MAPLoss(0.7)])
def test_derivatives_equal_autograd(loss: Loss) -> None:
    y = torch.rand(3, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 4
    labels = torch.tensor([0, 5, 9])
    first, second = loss.derivatives(y, labels)
    for n in range(3):

        def energy(one: torch.Tensor, n: int = n) -> torch.Tensor:
            return loss(one[None], labels[n : n + 1])

        torch.testing.assert_close(first[n], torch.autograd.functional.jacobian(energy, y[n]))
        hessian = torch.autograd.functional.hessian(energy, y[n])
        torch.testing.assert_close(second[n], hessian.diagonal())  # type: ignore[union-attr]


def test_the_posteriors_and_the_rubbish_class_sum_to_one() -> None:
    # In float64: the ratio below is up to e^18, which magnifies the rounding of a logarithm as much.
    y = torch.rand(5, 10, dtype=torch.float64) * 20
    p = MAPLoss(1.5).posterior(y)
    assert p.shape == (5, 11)
    torch.testing.assert_close(p.sum(1), torch.ones(5, dtype=torch.float64))
    torch.testing.assert_close(p[:, 10] / p[:, 0], torch.exp(y[:, 0] - 1.5))


@pytest.mark.parametrize("j", [0.0, -1.0, math.nan])
def test_a_j_that_is_not_positive_is_refused(j: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        MAPLoss(j)


@pytest.mark.misfits
@pytest.mark.parametrize("loss", [MLELoss(), MAPLoss(1.0)])
def test_labels_that_do_not_fit_are_refused_in_a_sentence(loss: Loss) -> None:
    """Label 10 would else be taken for the rubbish class of eq. 9, and five labels for the first five patterns'."""
    penalties, labels = torch.rand(20, 10), torch.arange(20) % 10
    for wrong, said in (
        (labels + 1, "Labels from 1 to 10 were given; 10 classes have the labels 0 to 9"),
        (labels - 1, "Labels from -1 to 8 were given"),
        (labels[:5], r"labels of shape \(5,\), torch.int64, were given; expected N×classes, and N whole numbers"),
        (labels.float(), "torch.float32, were given"),
        (torch.eye(10)[labels], r"labels of shape \(20, 10\)"),
    ):
        for called in (loss, loss.derivatives):
            with pytest.raises(ValueError, match=said):
                called(penalties, wrong)
    with pytest.raises(TypeError, match="ndarray was given to a loss; give tensors"):
        loss(penalties, labels.numpy())  # type: ignore[arg-type]
    loss(penalties, labels.int())
