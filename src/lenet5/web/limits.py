"""What the service takes on, and for how long."""

import os
from dataclasses import dataclass, field
from typing import Final, final

MEGABYTE: Final = 1_000_000

# Descriptors for all but connections: the libraries, the pipes to the workers, the files of the page.
RESERVED: Final = 64


@final
@dataclass(frozen=True)
class Limits:
    """How much, how many, how long; seconds and bytes.

    Attributes:
        connections: open at a time.
        client_seconds: that a connection may wait for its client, to send a request or to take an answer.
        head: bytes of a request beside its body: headers, trailers and the framing of chunks.
        body: bytes of a body.
        body_seconds: until the whole body has come.
        reading_seconds: until a request is answered, the wait for its turn included.
        places: requests taken in at a time, waiting or being read; never more than half the connections.
        held: bytes that these may hold together, and as many that are arriving.
        threads: worker processes, each with one picture at a time.
        picture_seconds: for one picture, whose worker is killed then.
        picture_megabytes: for one picture, whose worker is killed then.
        stopping_seconds: for what runs when the service stops.
        pixels: of a picture that is decoded whole; a JPEG's are not, for it is decoded smaller.

    Raises:
        ValueError: a limit would let nothing through.
    """

    connections: int = field(default_factory=lambda: max(16, min(_descriptors() - RESERVED, 1000)))
    client_seconds: float = 20
    head: int = 64_000
    body: int = 10 * MEGABYTE
    body_seconds: float = 15
    reading_seconds: float = 15
    places: int = 256
    held: int = 64 * MEGABYTE
    # One core is the event loop's; but a picture that takes long must never be the only one that is read.
    threads: int = field(default_factory=lambda: max(2, min((os.cpu_count() or 1) - 1, 8)))
    picture_seconds: float = 5
    picture_megabytes: int = 1000
    stopping_seconds: float = 20
    pixels: int = 16_000_000

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value <= 0:
                raise ValueError(f"A limit {name} of {value} was given; it must be more than 0.")


def _descriptors() -> int:
    """How many files and connections this process may have open."""
    try:
        import resource
    except ImportError:
        return 1024
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1024 if soft == resource.RLIM_INFINITY else soft
