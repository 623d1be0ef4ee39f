"""Judging a network: its answers, error rate, F1 and confusion matrix."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.engine import EngineName, choose
from lenet5.engine import penalties as penalties_natively
from lenet5.network import Network, answer

# Large enough to keep the matrix products busy, small enough to stay in the cache.
BATCH = 100


@dataclass(frozen=True)
class Scores:
    """How well the answers fit the labels.

    patterns: how many · test_error: the fraction misread · macro_f1: the mean of per_digit_f1 · per_digit_f1: ten
    numbers, 0 for a digit neither present nor answered · confusion: 10×10 counts, rows the true digit, columns the
    answer.
    """

    patterns: int
    test_error: float
    macro_f1: float
    per_digit_f1: list[float]
    confusion: list[list[int]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON, by the names of `report.json`."""
        return dict(vars(self))


def answers(network: Network, patterns: Patterns, engine: EngineName = "torch") -> Tensor:
    """The digit that the network reads in each pattern: N, on the CPU; see `penalties`."""
    return answer(penalties(network, patterns, engine))


@torch.no_grad()
def penalties(network: Network, patterns: Patterns, engine: EngineName = "torch") -> Tensor:
    """The network's penalties of each pattern: N×10, on the CPU, by an engine of `lenet5.engine`.

    Raises TypeError for what is no Patterns, ValueError when the native engine is asked for and cannot run the network.
    """
    if not isinstance(patterns, Patterns):
        raise TypeError(f"{type(patterns).__name__} was given to be read; give Patterns, images with their labels.")
    if choose(engine, network)[0] == "native":
        return penalties_natively(network, patterns.images, threads=torch.get_num_threads())
    device = next(network.parameters()).device
    batches = [network(to_input(images).to(device)).cpu() for images in torch.split(patterns.images, BATCH)]
    return torch.cat(batches)


def error_rate(given: Tensor, labels: Tensor) -> float:
    """The fraction of the answers given that are not the labels."""
    return float((given != labels).double().mean())


def scores(given: Tensor, labels: Tensor) -> Scores:
    """Error rate, F1 and confusion matrix, by scikit-learn, of N answers against N labels."""
    from sklearn.metrics import confusion_matrix, f1_score

    digits = list(range(10))
    per_digit = f1_score(labels, given, labels=digits, average=None, zero_division=0)
    return Scores(
        patterns=len(labels),
        test_error=error_rate(given, labels),
        macro_f1=float(per_digit.mean()),
        per_digit_f1=[float(f1) for f1 in per_digit],
        confusion=confusion_matrix(labels, given, labels=digits).tolist(),
    )
