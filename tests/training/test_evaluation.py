import pytest
import torch

from lenet5.data.patterns import Patterns
from lenet5.network import LeNet5, answer
from lenet5.training.evaluation import error_rate, predictions, scores


def test_scores_of_a_small_case_by_hand() -> None:
    """Ten digits right but for one 3 answered 5: F1 = 2 TP / (2 TP + FP + FN)."""
    labels = torch.tensor([0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9])
    given = torch.tensor([0, 1, 2, 3, 5, 4, 5, 6, 7, 8, 9])
    result = scores(given, labels)
    assert result.patterns == 11
    assert result.test_error == pytest.approx(1 / 11)
    expected = [1.0] * 10
    expected[3] = expected[5] = 2 / 3
    assert result.per_digit_f1 == pytest.approx(expected)
    assert result.macro_f1 == pytest.approx(sum(expected) / 10)
    assert result.confusion[3][5] == 1
    assert result.confusion[5][3] == 0
    assert sum(map(sum, result.confusion)) == 11


def test_digits_that_never_occur_count_as_zero_without_a_warning() -> None:
    result = scores(torch.tensor([1, 1]), torch.tensor([1, 2]))
    assert result.per_digit_f1[0] == 0
    assert result.per_digit_f1[1] == pytest.approx(2 / 3)


def test_error_rate() -> None:
    assert error_rate(torch.tensor([1, 2, 3, 4]), torch.tensor([1, 2, 3, 5])) == 0.25


def test_answers_are_the_networks_whatever_the_batches() -> None:
    from lenet5.data.input import to_input

    images = torch.randint(0, 256, (230, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    network = LeNet5(0.2)
    with torch.no_grad():
        expected = torch.cat([answer(network(to_input(image[None]))) for image in images])
    assert torch.equal(predictions(network, Patterns(images, torch.zeros(230, dtype=torch.int64))), expected)
