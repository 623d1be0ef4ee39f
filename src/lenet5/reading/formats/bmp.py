"""BMP: as it is, for it has nothing but a picture."""

import struct
from typing import Final

from lenet5.reading.formats.limits import PictureFile, TooLargeError, check_memory, check_size, damaged

# A file in runs is unpacked by Python code, a step for two bytes and at worst for a pixel.
MOST_STEPS: Final = 8_000_000

IN_RUNS: Final = (1, 2)
OLDEST_HEADER: Final = 12
HEADERS: Final = (OLDEST_HEADER, 40, 52, 56, 64, 108, 124)


def bmp(content: bytes) -> PictureFile:
    """A BMP file.

    Raises:
        ValueError: it is cut off in its header.
        TooLargeError: decoding would take too much.
    """
    (header,) = struct.unpack_from("<I", content, 14)
    if header not in HEADERS:
        damaged("in its header")
    packed = 0
    if header == OLDEST_HEADER:
        width, height, bits = struct.unpack_from("<HHxxH", content, 18)
    else:
        width, height, bits, packed = struct.unpack_from("<iixxHI", content, 18)
    check_size(width, abs(height))
    pixels = width * abs(height)
    if packed in IN_RUNS and pixels + len(content) > MOST_STEPS:
        raise TooLargeError("A large BMP file in runs was given; save it without compression, or as PNG.")
    # As a picture, and the bytes of one that Python unpacks twice more.
    check_memory(len(content) + pixels * (4 if bits > 8 else 3))
    return PictureFile("Bmp", content)
