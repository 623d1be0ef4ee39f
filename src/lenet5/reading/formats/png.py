"""PNG: header, palette, transparency, and the data as one chunk. Of an APNG file, the picture that others show."""

import struct
import zlib
from typing import Final

from lenet5.reading.formats.limits import (
    MOST_PARTS,
    Bytes,
    PictureFile,
    check_memory,
    check_size,
    check_unpacked,
    damaged,
    too_many_parts,
)
from lenet5.reading.formats.tiff import LONGEST_EXIF, orientation_in

CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def png(content: bytes) -> PictureFile:
    """What decoding needs of a PNG file.

    Raises:
        ValueError: it is cut off in its header.
        TooLargeError: decoding would take too much.
    """
    if content[12:16] != b"IHDR":
        damaged("it does not begin with its header")
    width, height, bits, colours = struct.unpack_from(">IIBB", content, 16)
    check_size(width, height)
    channels = CHANNELS.get(colours, 4)
    unpacked = height * (1 + -(-width * channels * bits // 8))
    check_unpacked(unpacked)
    view = memoryview(content)
    data: list[Bytes] = []
    palettes: dict[bytes, Bytes] = {}
    frames, orientation, checksum, at = 0, 1, zlib.crc32(b"IDAT"), 33
    for _ in range(MOST_PARTS):
        length, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        inside = view[at + 8 : at + 8 + length]
        if name == b"IDAT":
            if inside:
                data.append(inside)
            checksum = zlib.crc32(inside, checksum)
        elif name in (b"PLTE", b"tRNS"):
            palettes.setdefault(name, view[at : at + 12 + length])
        elif name == b"eXIf":
            orientation = orientation_in(bytes(inside[:LONGEST_EXIF]))
        elif name == b"fcTL":
            frames += 1
        at += 12 + length
        if name == b"IEND" or at >= len(content):
            break
    else:
        raise too_many_parts()
    size = sum(map(len, data))
    # Data that cannot be compressed grows by some bytes in each 16 kB; more are blocks of nothing.
    if size > unpacked + unpacked // 64 + 65_536:
        damaged("it has more data than pixels")
    end = checksum.to_bytes(4, "big"), struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
    kept = b"".join((view[:33], *palettes.values(), struct.pack(">I4s", size, b"IDAT"), *data, *end))
    check_memory(len(content) + len(kept) + width * height * (4 if channels > 1 else 2 if bits == 16 else 1))
    return PictureFile("Png", kept, max(1, frames), orientation)
