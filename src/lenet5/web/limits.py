"""What the service takes on, and for how long."""

import os
from dataclasses import dataclass, field
from typing import Final

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Limits:
    """How much, how many, how long.

    body: bytes of a request · body_seconds: until the whole of it has come · reading_seconds: until it is answered,
    the wait for its turn included · places: requests taken in at a time, waiting or being read · held: bytes that
    these may hold together · threads: that read · stopping_seconds: for what runs when the service stops ·
    pixels: of a picture that is decoded whole; a JPEG's are not, for it is decoded smaller.
    """

    body: int = 10 * MEGABYTE
    body_seconds: float = 15
    reading_seconds: float = 15
    places: int = 256
    held: int = 64 * MEGABYTE
    # One core is the event loop's: a thread more takes turns with it, and on two cores reads a quarter less.
    threads: int = field(default_factory=lambda: max(1, min((os.cpu_count() or 1) - 1, 8)))
    stopping_seconds: float = 20
    pixels: int = 16_000_000

    def __post_init__(self) -> None:
        """Raises ValueError for a limit that would let nothing through."""
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"A limit {name} of {value} was given; it must be more than 0.")
