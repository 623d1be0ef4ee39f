"""Section III-C.8: boosted LeNet-4, after Drucker, Schapire and Simard."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Generator, Tensor

from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.patterns import Patterns
from lenet5.network import Network
from lenet5.reproduce.baselines.network_training import train_network
from lenet5.reproduce.baselines.networks import lenet_4
from lenet5.tools.rng import generator
from lenet5.training.evaluation import answers, penalties

# Boosting asks for more hard patterns than there are: distorted ones are filtered until so many are found.
HARD_PATTERNS: Final = 12_000
MAX_SETS: Final = 20


def boosted_outputs(train: Patterns, test: Patterns, seed: int, passes: int) -> Tensor:
    """The outputs of three LeNet-4, added: N×10 for the N test patterns, the largest the answer.

    The second learns patterns of which the first misreads half, the third those on which the two disagree.

    *Paper:* section III-C.8.
    """

    def member(number: int, patterns: Patterns, distortions: Distortions | None = None) -> Network:
        # Each has initial weights and orders of its own.
        return train_network(lenet_4(), patterns, test, seed + 1000 * number, passes, distortions)

    def half_misread(patterns: Patterns, number: int) -> Tensor:
        wrong = answers(first, patterns) != patterns.labels
        return balanced(wrong, generator(seed, "the half read right", number))

    def disputed(patterns: Patterns, number: int) -> Tensor:  # noqa: ARG001 nothing is drawn
        return (answers(first, patterns) != answers(second, patterns)).nonzero().flatten()

    limit = min(HARD_PATTERNS, len(train))
    first = member(0, train, Distortions())
    second = member(1, hard_patterns(train, half_misread, limit, seed))
    third = member(2, hard_patterns(train, disputed, limit, seed))
    return -sum((penalties(network, test) for network in (first, second, third)), torch.zeros(()))


def hard_patterns(train: Patterns, select: Callable[[Patterns, int], Tensor], limit: int, seed: int) -> Patterns:
    """Distorted patterns that are selected, set after set, until there are `limit` or `MAX_SETS` sets.

    Args:
        train: the patterns to distort.
        select: indices of the hard ones, from a distorted set and its number from 1.
        limit: how many are enough.
        seed: of the distortions.
    """
    images, labels, found = [], [], 0
    for number in range(1, MAX_SETS + 1):
        copies = Patterns(distort(train.images, Distortions(), generator(seed, "boosting", number)), train.labels)
        chosen = select(copies, number)
        images.append(copies.images[chosen])
        labels.append(copies.labels[chosen])
        found += len(chosen)
        if found >= limit:
            break
    return Patterns(torch.cat(images), torch.cat(labels))


def balanced(wrong: Tensor, rng: Generator) -> Tensor:
    """The indices of all that are wrong and, drawn at random, of as many that are not (or of all there are)."""
    right = (~wrong).nonzero().flatten()
    drawn = right[torch.randperm(len(right), generator=rng)[: int(wrong.sum())]]
    return torch.cat([wrong.nonzero().flatten(), drawn])
