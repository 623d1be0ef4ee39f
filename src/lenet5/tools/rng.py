"""Random generators: their numbers depend on a seed and on what they are for, and on nothing else.

No generator lives on between two uses, so that a run's random state is its seed and its position. A run that stops and
goes on, or that draws one thing more, changes no other draw.
"""

import hashlib
import operator

from torch import Generator


def generator(seed: int, *purpose: str | int) -> Generator:
    """A generator on the CPU for one purpose of one run, such as `generator(seed, "order", 3)`.

    Raises:
        TypeError: the seed is no whole number; NumPy's are as good as Python's.
    """
    return Generator().manual_seed(seed_for(seed, *purpose))


def seed_for(seed: int, *purpose: str | int) -> int:
    """The seed of a generator for one purpose of one run, 64 bits, for NumPy's generators too.

    Raises:
        TypeError: as `generator` does.
    """
    try:
        seed = int(operator.index(seed))
    except TypeError as error:
        raise TypeError(f"The seed {seed!r} was given; give a whole number.") from error
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    return int.from_bytes(digest[:8], "little")
