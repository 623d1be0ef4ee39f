"""JPEG: tables, frame and scans. What stands before the first scan for people, and behind the last, is left out."""

import re
import struct
from typing import Final

from lenet5.reading.formats.limits import (
    LARGEST_SIDE,
    MOST_PARTS,
    Bytes,
    PictureFile,
    check_memory,
    check_scanned,
    check_size,
    damaged,
    too_many_parts,
)
from lenet5.reading.formats.tiff import orientation_in

# In the data of a scan, ff is followed by 00 or is a restart; else it begins a segment.
MARKER: Final = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")

SOI, EOI, SOS, APP1 = 0xD8, 0xD9, 0xDA, 0xE1
FRAMES: Final = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive
OTHER_FRAMES: Final = frozenset((0xC3, *range(0xC5, 0xCC), *range(0xCD, 0xD0)))  # lossless, arithmetic, hierarchical
TABLES: Final = frozenset((0xC4, 0xDB, 0xDD, *FRAMES))
COLOURS: Final = frozenset((0xE0, 0xEE))  # JFIF and Adobe, the first of each: how the components are meant


def jpeg(content: bytes) -> PictureFile:
    """What decoding needs of a JPEG file.

    Raises:
        ValueError: it is cut off in its headers, or of a kind that no camera makes.
        TooLargeError: decoding would take too much.
    """
    kept: list[Bytes] = [b"\xff\xd8"]
    wanted = set(COLOURS)
    samples: dict[int, int] = {}
    width = height = scanned = first = orientation = 0
    progressive = False
    at, end = 2, len(content)
    for _ in range(MOST_PARTS):
        found = MARKER.search(content, at)
        if found is None:
            break
        start, at, code = found.start(), found.end(), found[1][0]
        if code == EOI:
            end = at
            break
        if code in (SOI, 0x01):
            continue
        length = int.from_bytes(content[at : at + 2], "big")
        if length < 2:
            damaged("a segment without a length")
        inside = content[at + 2 : at + length]
        at += length
        if code in OTHER_FRAMES or (code in FRAMES and samples):
            raise ValueError(
                f"A JPEG file of a seldom kind (SOF{code - 0xC0}) was given; save it as baseline or progressive."
            )
        if code in FRAMES:
            width, height, samples = _frame(inside)
            progressive = code == 0xC2
        elif code == SOS:
            scan = inside[1 : 1 + 2 * inside[0] : 2]
            scanned += sum(samples.get(component, 0) for component in scan)
            check_scanned(scanned)
            first = first or start
            if not progressive and first == start and len(scan) == len(samples):
                break  # all of the picture is in this scan
        elif code == APP1 and not orientation and inside.startswith(b"Exif\0\0"):
            orientation = orientation_in(inside[6:])
        if not first and (code in TABLES or code in wanted):
            wanted.discard(code)
            kept.append(content[start:at])
    else:
        raise too_many_parts()
    if not first or not samples:
        damaged("it has no scan")
    kept.append(memoryview(content)[first:end])
    scale = scale_of(width, height)
    width, height = -(-width // scale), -(-height // scale)
    check_size(width, height)
    in_several_scans = progressive or scanned != sum(samples.values())
    # Coefficients of 16 bits wait for all the scans.
    waiting = 2 * sum(samples.values()) if in_several_scans else 0
    check_memory(len(content) + sum(map(len, kept)) + waiting + width * height * (1 if len(samples) == 1 else 4))
    return PictureFile("Jpeg", b"".join(kept), 1, orientation or 1)


def draft_size(width: int, height: int) -> tuple[int, int]:
    """What the decoder is asked for: no picture smaller than that, but a half, a quarter or an eighth where it can."""
    longest = max(width, height, LARGEST_SIDE)
    return max(1, width * LARGEST_SIDE // longest), max(1, height * LARGEST_SIDE // longest)


def scale_of(width: int, height: int) -> int:
    """By what the decoder then divides the sides."""
    across, down = draft_size(width, height)
    return next(scale for scale in (8, 4, 2, 1) if scale <= max(1, min(width // across, height // down)))


def _frame(inside: bytes) -> tuple[int, int, dict[int, int]]:
    """Width, height, and the samples of each component, in whole blocks of 8×8."""
    height, width, number = struct.unpack_from(">HHB", inside, 1)
    factors = {inside[at]: divmod(inside[at + 1], 16) for at in range(6, 6 + 3 * number, 3)}
    if (
        not width
        or not height
        or not factors
        or any(not 1 <= factor <= 4 for pair in factors.values() for factor in pair)
    ):
        damaged("a frame without a size")
    across, down = (8 * max(pair[side] for pair in factors.values()) for side in (0, 1))
    units = -(-width // across) * -(-height // down)
    return width, height, {component: 64 * units * h * v for component, (h, v) in factors.items()}
