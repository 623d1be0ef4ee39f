"""Strings of test digits, written and read: what came of each."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from lenet5.data.patterns import Patterns
from lenet5.data.strings import write_strings
from lenet5.data.writing import Writing
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.together import LineReaders, read_line
from lenet5.reproduce.experiment_cache import ExperimentCache

# Strings of a length.
STRINGS: Final = 100
QUICK_STRINGS: Final = 2
# Of these lengths the strings are in the main comparison.
MAIN: Final = (2, 3, 4, 5, 6)


class Outcome(NamedTuple):
    """A string read.

    Attributes:
        length: how many digits.
        right: whether it was read as a whole.
        posterior: of the answer.
    """

    length: int
    right: bool
    posterior: float


def strings_of_a_length(cache: ExperimentCache) -> int:
    """How many are read of each length and seed."""
    return QUICK_STRINGS if cache.quick else STRINGS


def read_strings(
    reader: InferenceNetwork | LineReaders,
    test: Patterns,
    touching: float,
    count: int,
    seed: int,
    lengths: Sequence[int],
) -> list[Outcome]:
    """Strings of each length, read with nothing known of them.

    Args:
        reader: a network that was trained on strings, or two.
        test: what the strings are made of.
        touching: the part of the gaps that touch.
        count: strings of each length.
        seed: of the strings.
        lengths: numbers of digits.
    """
    found = []
    for length in lengths:
        rng = np.random.default_rng([seed, length, round(100 * touching)])
        strings = write_strings(test, count, Writing.plain(length, touching), rng)
        for n in range(count):
            best = read_line(reader, strings.line(n))
            found.append(Outcome(length, best[0] == strings.text(n), best[1]))
    return found
