"""Random numbers that depend on a seed and on what they are for, and on nothing else.

No generator lives on between two uses, so a run's random state is its seed and its position: stopping and going on,
or drawing one thing more, changes no other draw.
"""

import hashlib

from torch import Generator


def generator(seed: int, *purpose: str | int) -> Generator:
    """A generator on the CPU for one purpose of one run, such as `generator(seed, "order", 3)`."""
    digest = hashlib.sha256(repr((seed, *purpose)).encode()).digest()
    return Generator().manual_seed(int.from_bytes(digest[:8], "little"))
