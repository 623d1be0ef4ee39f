"""Evaluating a network: its predictions, error rate, F1 and confusion matrix."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from lenet5.data.patterns import Patterns
from lenet5.engine import Engine, EngineName, select_engine
from lenet5.network import Network, answer

DIGITS = 10


@dataclass(frozen=True)
class Scores:
    """How well predictions fit the labels.

    Attributes:
        patterns: how many.
        test_error: the fraction misread.
        macro_f1: the mean of per_digit_f1.
        per_digit_f1: ten numbers, 0 for a digit neither present nor predicted.
        confusion: 10×10 counts, rows the true digit, columns the predicted one.
    """

    patterns: int
    test_error: float
    macro_f1: float
    per_digit_f1: list[float]
    confusion: list[list[int]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON, by the names of `report.json`."""
        return dict(vars(self))


def predictions(network: Network, patterns: Patterns, engine: Engine | EngineName = "torch") -> Tensor:
    """The digit that the network reads in each pattern: N, on the CPU; see `penalties`.

    The blank space's class, where the network has it, is none of the answers: a pattern of a set is a digit.
    """
    return answer(penalties(network, patterns, engine)[:, :DIGITS])


# The name that it had before.
answers = predictions


def penalties(network: Network, patterns: Patterns, engine: Engine | EngineName = "torch") -> Tensor:
    """The network's penalties of each pattern.

    Args:
        network: what reads.
        patterns: what is read; their labels do not matter.
        engine: an engine, or its name: "torch", "native" or "auto".

    Returns:
        N×classes, on the CPU.

    Raises:
        TypeError: what is no Patterns.
        ValueError: the native engine is asked for and cannot run the network.
    """
    if not isinstance(patterns, Patterns):
        raise TypeError(f"{type(patterns).__name__} was given to be read; give Patterns, images with their labels.")
    return select_engine(engine, network)[0].penalties(network, patterns.images)


def error_rate(predicted: Tensor, labels: Tensor) -> float:
    """The fraction of the predictions that are not the labels."""
    return float((predicted != labels).double().mean())


def scores(predicted: Tensor, labels: Tensor) -> Scores:
    """Error rate, F1 and confusion matrix, by scikit-learn, of N predictions against N labels."""
    from sklearn.metrics import confusion_matrix, f1_score

    digits = list(range(10))
    per_digit = f1_score(labels, predicted, labels=digits, average=None, zero_division=0)
    return Scores(
        patterns=len(labels),
        test_error=error_rate(predicted, labels),
        macro_f1=float(per_digit.mean()),
        per_digit_f1=[float(f1) for f1 in per_digit],
        confusion=confusion_matrix(labels, predicted, labels=digits).tolist(),
    )
