"""GIF: the screen and the first frame, without comments and what programs add."""

import struct
from collections.abc import Iterator

from lenet5.reading.formats.limits import MOST_PARTS, PictureFile, check_memory, check_size, too_many_parts

EXTENSION, IMAGE, TRAILER, CONTROL = b"!", b",", b";", 0xF9


def gif(content: bytes) -> PictureFile:
    """What decoding needs of a GIF file.

    Raises:
        ValueError: it is cut off in its header.
        TooLargeError: decoding would take too much.
    """
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at = 13 + _colour_table(flags)
    screen, control, image, frames = content[:at], b"", b"", 0
    parts = iter(range(MOST_PARTS))
    for _ in parts:
        start, kind = at, content[at : at + 1]
        if kind == EXTENSION:
            at = _after_blocks(content, at + 2, parts)
            if not frames and content[start + 1 : start + 2] == bytes([CONTROL]):
                control = content[start:at]
        elif kind == IMAGE and start + 10 <= len(content):
            left, top, across, down, flags = struct.unpack_from("<HHHHB", content, start + 1)
            at = _after_blocks(content, start + 11 + _colour_table(flags), parts)
            if not frames:
                width, height = max(width, left + across), max(height, top + down)
                image = content[start:at]
            frames += 1
        elif kind in (TRAILER, b""):
            break
        else:
            at += 1
    else:
        raise too_many_parts()
    check_size(width, height)
    kept = b"".join((screen, control, image, TRAILER))
    check_memory(len(content) + len(image) + len(kept) + width * height)
    return PictureFile("Gif", kept, max(1, frames))


def _colour_table(flags: int) -> int:
    """Its bytes, of the flags before it."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int, parts: Iterator[int]) -> int:
    """Where a row of blocks of up to 255 bytes ends, by a block of none."""
    for _ in parts:
        if at >= len(content):
            return at
        size = content[at]
        at += size + 1
        if not size:
            return at
    raise too_many_parts()
