"""What a picture may take to decode, and what is refused. Total, with Python: 5 seconds of one core and 1 GB."""

from dataclasses import dataclass
from typing import Final, NoReturn

# A file of more bytes is none that a picture of so many pixels needs.
MOST_BYTES: Final = 256_000_000

# A picture of more pixels is not decoded; a larger JPEG file need not be, for it is decoded at a part of its size. A
# side is at most what JPEG and GIF can have, so that a few rows are never much.
MOST_PIXELS: Final = 64_000_000
MOST_SIDE: Final = 65_535

# Bytes that decoding may take: the file, what is kept of it, the picture, and what the decoder has beside it.
MOST_MEMORY: Final = 750_000_000

# Bytes that may come out of a decompressor, and samples that the scans of a JPEG file may pass over together.
MOST_UNPACKED: Final = 320_000_000
MOST_SCANNED: Final = 1_500_000_000

# Chunks, segments, blocks, directories, strips.
MOST_PARTS: Final = 1_000_000

# A larger picture is reduced to about so many pixels a side; a digit of it is still larger than the network's input.
LARGEST_SIDE: Final = 2048

Bytes = bytes | memoryview


class TooLargeError(ValueError):
    """A picture that takes more to decode than a picture may; the sentence says what."""


@dataclass(frozen=True)
class PictureFile:
    """A picture's file.

    Attributes:
        kind: PNG, JPEG, Gif, WebP, Bmp or Tiff, as Pillow spells it.
        content: what decoding its first page needs.
        pages: that it has, frames of an animation included.
        orientation: as in EXIF, 1 for upright.
    """

    kind: str
    content: bytes
    pages: int = 1
    orientation: int = 1


def check_size(width: int, height: int) -> None:
    """Refuse a picture without a pixel, and one of too many.

    Raises:
        ValueError: it has no pixel.
        TooLargeError: it has too many.
    """
    if width <= 0 or height <= 0:
        raise ValueError(f"A picture of {width}×{height} was given; give one with pixels.")
    if max(width, height) > MOST_SIDE:
        raise TooLargeError(f"A picture of {width}×{height} was given; give one of at most {MOST_SIDE:,} a side.")
    if width * height > MOST_PIXELS:
        raise TooLargeError(f"A picture of {width}×{height} was given; give one of at most {MOST_PIXELS:,} pixels.")


def check_memory(size: int) -> None:
    """Refuse what takes too many bytes to decode.

    Raises:
        TooLargeError: it does.
    """
    if size > MOST_MEMORY:
        raise TooLargeError(
            f"A picture that takes {size // 1_000_000:,} MB to decode was given; give a smaller one, "
            f"of at most {MOST_MEMORY // 1_000_000} MB."
        )


def check_unpacked(size: int) -> None:
    """Refuse what is too many bytes unpacked.

    Raises:
        TooLargeError: it is.
    """
    if size > MOST_UNPACKED:
        raise TooLargeError(
            f"A picture of {size // 1_000_000:,} MB unpacked was given; give a smaller one, or one of 8 bits a colour."
        )


def check_scanned(samples: int) -> None:
    """Refuse a JPEG file whose scans pass over too many samples.

    Raises:
        TooLargeError: they do.
    """
    if samples > MOST_SCANNED:
        raise TooLargeError(
            "A JPEG picture of so many pixels and scans was given that decoding takes too long; give a smaller one."
        )


def too_many_parts() -> TooLargeError:
    """What to raise for a file in more parts than one may have."""
    return TooLargeError(f"A file in more than {MOST_PARTS:,} parts was given; save the picture anew.")


def damaged(what: object) -> NoReturn:
    """Refuse a file that is cut off or damaged.

    Raises:
        ValueError: always, with what is wrong.
    """
    raise ValueError(f"The picture is cut off or damaged ({what}); give a whole file.")
