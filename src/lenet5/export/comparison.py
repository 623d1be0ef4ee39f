"""An exported network beside the network itself, on a test set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from lenet5.data import Patterns, load_dataset
from lenet5.data.input import to_input
from lenet5.data.mnist import DatasetNotFoundError
from lenet5.engine import TENSORS
from lenet5.export.trained_network import TrainedNetwork
from lenet5.network import LeNet5, answer
from lenet5.tools.threads import using_threads
from lenet5.training.calibration import DIGITS, posterior
from lenet5.training.evaluation import penalties

# Of a penalty y, this times max(1, y, 5 s): what sums in another order come to in float32, and a wrong weight does not.
# The scale s of eq. 7 multiplies what the sums round; up to s = 0.2, which all presets keep to, it has no say here.
TOLERANCE: Final = 1e-5

# A sum of plain loops, one number after the other, rounds more than one in blocks.
TOLERANCE_OF_LOOPS: Final = 3e-5

# How much of the test set int8 may lose: 0.1 points; and how many answers, right or wrong, may be other ones.
LARGEST_LOSS: Final = 0.001
MOST_OTHER_ANSWERS: Final = 0.02

COMPARED_AT_A_TIME: Final = 500


@final
@dataclass(frozen=True)
class Comparison:
    """How an exported network and the network itself read the same patterns.

    Attributes:
        dataset: whose test patterns.
        patterns: how many.
        equal: how many answers are the same.
        difference: the largest of a penalty y, in units of max(1, y, 5 s).
        network_errors: how many the network misreads.
        export_errors: how many the exported network misreads.
        quantity: what the difference is of, a penalty or a probability.
    """

    dataset: str
    patterns: int
    equal: int
    difference: float
    network_errors: int
    export_errors: int
    quantity: str = "penalty"

    @property
    def lost(self) -> float:
        """By how much the error grew, in percentage points; below 0 where it fell."""
        return 100 * (self.export_errors - self.network_errors) / self.patterns

    def __str__(self) -> str:
        return (
            f"{self.equal:,} of {self.patterns:,} answers equal on the test patterns of {self.dataset}, largest "
            f"difference of a {self.quantity} {self.difference:.1e}; error {self.export_errors / self.patterns:.2%}, "
            f"the network's {self.network_errors / self.patterns:.2%} ({self.lost:+.2f} points)"
        )


def compare_with_network(
    trained: TrainedNetwork,
    read: Callable[[Tensor], Tensor],
    dataset: str,
    test: Patterns,
    *,
    probabilities: bool = False,
) -> Comparison:
    """The network on the tensor path, the layers as they are defined, beside what reads the exported file.

    Args:
        trained: the network.
        read: from N×28×28 uint8 images, foreground 255, to N×10 penalties.
        dataset: the name of `test`.
        test: the patterns to compare on.
        probabilities: `read` gives those, N×11, of eq. 9; each is compared as it is.
    """
    # One thread: what is computed is small, and on a busy machine several wait for one another.
    with using_threads(1), threadpool_limits(1):
        given = read(test.images)
        expected = probabilities_of(trained, test) if probabilities else penalties(trained.network, test, TENSORS)
    sign = -1 if probabilities else 1
    answers, answers_given = answer(sign * expected[:, :DIGITS]), answer(sign * given[:, :DIGITS])
    apart = ((given - expected).abs() / expected.clamp(min=max(1.0, 5 * trained.scale))).max()
    return Comparison(
        dataset=dataset,
        patterns=len(test),
        equal=int((answers == answers_given).sum()),
        # A penalty that is no number is further off than any.
        difference=float(torch.nan_to_num(apart, nan=torch.inf)),
        network_errors=int((answers != test.labels).sum()),
        export_errors=int((answers_given != test.labels).sum()),
        quantity="probability" if probabilities else "penalty",
    )


def probabilities_of(trained: TrainedNetwork, test: Patterns) -> Tensor:
    """Eq. 9 of a network and its calibration: N×11, no digit last."""
    network = LeNet5(trained.scale, blank=trained.blank)
    network.load_state_dict(trained.network.state_dict())
    likely, none = posterior(penalties(network, test, TENSORS).numpy(), trained.j, trained.calibration)
    return torch.from_numpy(np.column_stack([likely, none])).float()


def input_batches(images: Tensor) -> Iterator[Tensor]:
    """N×28×28 uint8 images, foreground 255, as the network's input, so many at a time."""
    return (to_input(batch) for batch in torch.split(images, COMPARED_AT_A_TIME))


def beyond_rounding(comparison: Comparison, tolerance: float = TOLERANCE) -> str | None:
    """The complaint about a float32 file: another answer, or a penalty further off than the tolerance."""
    if comparison.equal == comparison.patterns and comparison.difference <= tolerance:
        return None
    return f"expected all answers equal and each {comparison.quantity} to {tolerance:g}"


def beyond_a_tenth_of_a_point(comparison: Comparison) -> str | None:
    """The complaint about an int8 file: more than `LARGEST_LOSS` lost, or more other answers than `MOST_OTHER_ANSWERS`.

    On a test set of fewer than 1,000 patterns, one may be lost: less cannot be.
    """
    lost = comparison.export_errors - comparison.network_errors
    other = comparison.patterns - comparison.equal
    if lost <= max(1, LARGEST_LOSS * comparison.patterns) and other <= MOST_OTHER_ANSWERS * comparison.patterns:
        return None
    return f"expected {100 * LARGEST_LOSS:g} points lost at most, and {MOST_OTHER_ANSWERS:.0%} other answers"


def comparison_set(trained: TrainedNetwork, data: Path | None) -> tuple[str, Patterns, str | None]:
    """The name of a data set, its test patterns to compare on, and why they are not those of the training's data set.

    Where MNIST is not to be had, the embedded digits stand in.

    Args:
        trained: the network.
        data: a folder of MNIST, whose test set is then taken; None for the data set that it was trained on.

    Raises:
        ValueError: `data` has no MNIST.
    """
    name = trained.config.dataset if data is None else "mnist"
    try:
        return name, load_dataset(name, data or trained.config.data).test, None
    except DatasetNotFoundError as error:
        if data is not None:
            raise ValueError(f"MNIST's four files are not in {data}; give the folder that has them.") from error
        note = "Compared on the embedded digits: MNIST is not to be had here. Give its folder with --data."
        return "digits", load_dataset("digits").test, note
