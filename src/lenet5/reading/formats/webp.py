"""WebP: the bitstream with its opacity, or the canvas and the first frame on it."""

import struct
from typing import Final

from lenet5.reading.formats.limits import MOST_PARTS, Bytes, PictureFile, check_memory, check_size, too_many_parts
from lenet5.reading.formats.tiff import LONGEST_EXIF, orientation_in

KEPT: Final = frozenset((b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"))

# Of what the header says to be there, opacity and animation.
FLAGS: Final = 0x12

# The decoder keeps two canvases and hands out a third, which becomes a picture.
CANVASES: Final = 4


def webp(content: bytes) -> PictureFile:
    """What decoding needs of a WebP file.

    Raises:
        ValueError: it is cut off in its header.
        TooLargeError: decoding would take too much.
    """
    view = memoryview(content)
    chunks: dict[bytes, Bytes] = {}
    width = height = frames = 0
    orientation, at = 1, 12
    for _ in range(MOST_PARTS):
        if at >= len(content):
            break
        name, length = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        after = at + 8 + length + length % 2
        whole: Bytes = view[at:after]
        inside = view[at + 8 : at + 8 + length]
        at = after
        if name == b"VP8X" and not chunks:
            width, height = (1 + int.from_bytes(inside[start : start + 3], "little") for start in (4, 7))
            whole = b"".join((whole[:8], bytes([inside[0] & FLAGS]), whole[9:]))
        elif name == b"VP8 " and not width:
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", inside, 6))
        elif name == b"VP8L" and not width:
            sides = int.from_bytes(inside[1:5], "little")
            width, height = 1 + (sides & 0x3FFF), 1 + (sides >> 14 & 0x3FFF)
        elif name == b"EXIF":
            orientation = orientation_in(bytes(inside[:LONGEST_EXIF]).removeprefix(b"Exif\0\0"))
        elif name == b"ANMF":
            frames += 1
        if name in KEPT:
            chunks.setdefault(name, whole)
    else:
        raise too_many_parts()
    check_size(width, height)
    size = 4 + sum(map(len, chunks.values()))
    kept = b"".join((struct.pack("<4sI4s", b"RIFF", size, b"WEBP"), *chunks.values()))
    check_memory(len(content) + len(kept) + CANVASES * 4 * width * height)
    return PictureFile("WebP", kept, max(1, frames), orientation)
