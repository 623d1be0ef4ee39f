"""TIFF: the first directory, with the tags that say how its samples lie. EXIF is built the same way."""

import struct
from typing import Final, NamedTuple

from lenet5.reading.formats.limits import (
    MOST_PARTS,
    PictureFile,
    check_memory,
    check_scanned,
    check_size,
    check_unpacked,
    damaged,
    too_many_parts,
)

LONGEST_EXIF: Final = 65_536

NEW_SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, ORIENTATION = 254, 256, 257, 258, 259, 274
STRIPS, SAMPLES, STRIP_ROWS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES = (
    *(273, 277, 278, 279),
    *(322, 323, 324, 325),
)
# And photometric interpretation, order of bits, planes, fax options, predictor, palette, extra samples, their format,
# JPEG tables, and how YCbCr is meant.
KEPT: Final = frozenset(
    (
        *(WIDTH, HEIGHT, BITS, COMPRESSION, STRIPS, SAMPLES, STRIP_ROWS, STRIP_BYTES, TILE_WIDTH, TILE_HEIGHT, TILES),
        *(TILE_BYTES, 262, 266, 284, 292, 293, 317, 320, 338, 339, 347, 529, 530, 531, 532),
    )
)

NONE, JPEG = 1, 7
COMPRESSIONS: Final = frozenset((NONE, 2, 3, 4, 5, JPEG, 8, 32946, 32773))  # fax, LZW, JPEG, Deflate, PackBits

# Of a subfile: a thumbnail, a mask.
NO_PAGE: Final = 0b101

BYTES_OF_TYPE: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8, 17: 8, 18: 8}
WHOLE_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}


class Entry(NamedTuple):
    """A tag as it stands in a directory: its bytes, its type, and how many values it has."""

    whole: bytes
    kind: int
    number: int


class Directories:
    """A chain of directories of tags, in classic TIFF or BigTIFF, of either order of bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._order = "<" if content[:2] == b"II" else ">"
        big = content[2:4] in (b"+\0", b"\0+")
        self._number, self._entry, self._offset = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")
        self._header = 16 if big else 8
        self._entry_bytes = struct.calcsize("=" + self._entry)
        self._offset_bytes = struct.calcsize("=" + self._offset)
        (self.first,) = self._unpack(self._offset, self._header - self._offset_bytes)

    def _unpack(self, form: str, at: int) -> tuple[int, ...]:
        # An offset of 64 bits may be none that Python can index by.
        return struct.unpack_from(self._order + form, self.content, min(at, len(self.content)))

    def _entries(self, at: int) -> tuple[range, int]:
        """Where the entries of a directory are, and where the next directory is, 0 for none."""
        (number,) = self._unpack(self._number, at)
        start = at + struct.calcsize("=" + self._number)
        end = start + number * self._entry_bytes
        return range(start, end, self._entry_bytes), self._unpack(self._offset, end)[0]

    def tags(self, at: int) -> dict[int, Entry]:
        """Each tag of a directory; of one that is there twice, the first."""
        found: dict[int, Entry] = {}
        offsets, _ = self._entries(at)
        if len(offsets) > MOST_PARTS:
            raise too_many_parts()
        for offset in offsets:
            tag, kind, number, _ = self._unpack(self._entry, offset)
            found.setdefault(tag, Entry(self.content[offset : offset + self._entry_bytes], kind, number))
        return found

    def numbers(self, entry: Entry | None, default: int) -> tuple[int, ...]:
        """The whole numbers of a tag; the default where it is not there.

        Raises:
            ValueError: they are no whole numbers.
            TooLargeError: they are too many.
        """
        if entry is None:
            return (default,)
        if entry.kind not in WHOLE_NUMBERS or not entry.number:
            damaged("a tag of a wrong type")
        if entry.number > MOST_PARTS:
            raise too_many_parts()
        form = f"{entry.number}{WHOLE_NUMBERS[entry.kind]}"
        field = entry.whole[-self._offset_bytes :]
        if struct.calcsize("=" + form) <= len(field):
            return struct.unpack_from(self._order + form, field)
        return self._unpack(form, *struct.unpack(self._order + self._offset, field))

    def pages(self) -> int:
        """How many directories there are, those of thumbnails and masks left out; 1 at least."""
        at, seen, pages = self.first, set[int](), 0
        try:
            while at and at not in seen and len(seen) < MOST_PARTS:
                seen.add(at)
                offsets, following = self._entries(at)
                tag, kind, _, _ = self._unpack(self._entry, offsets.start)
                first = Entry(self.content[offsets.start : offsets.start + self._entry_bytes], kind, 1)
                pages += tag != NEW_SUBFILE or not self.numbers(first, 0)[0] & NO_PAGE
                at = following
        except (struct.error, ValueError):
            pass  # the first is whole, and the only one that is read
        return max(1, pages)

    def with_one(self, entries: list[bytes]) -> bytes:
        """The same content with one directory, of these entries."""
        padding = bytes(len(self.content) % 2)
        offset = struct.pack(self._order + self._offset, len(self.content) + len(padding))
        head = self.content[: self._header - self._offset_bytes] + offset
        number = struct.pack(self._order + self._number, len(entries))
        rest = memoryview(self.content)[self._header :]
        return b"".join((head, rest, padding, number, *entries, bytes(self._offset_bytes)))


def tiff(content: bytes) -> PictureFile:
    """What decoding needs of a TIFF file.

    Raises:
        ValueError: it is cut off in its directory, or compressed in a seldom way.
        TooLargeError: decoding would take too much.
    """
    directories = Directories(content)
    tags = directories.tags(directories.first)
    kept = {tag: entry for tag, entry in tags.items() if tag in KEPT}
    if sum(BYTES_OF_TYPE.get(entry.kind, 1) * entry.number for entry in kept.values()) > len(content):
        damaged("its tags are longer than the file")

    def numbers(tag: int, default: int) -> tuple[int, ...]:
        return directories.numbers(tags.get(tag), default)

    (width, *_), (height, *_), (compression, *_) = numbers(WIDTH, 0), numbers(HEIGHT, 0), numbers(COMPRESSION, NONE)
    check_size(width, height)
    if compression not in COMPRESSIONS:
        raise ValueError(f"A TIFF file of compression {compression} was given; save it with LZW, Deflate or none.")
    bits, samples = numbers(BITS, 1), numbers(SAMPLES, 1)[0]
    depth = sum(bits) if len(bits) == samples else max(bits) * samples
    check_unpacked(-(-width * depth // 8) * height)
    if TILES in tags:
        starts, lengths = numbers(TILES, 0), numbers(TILE_BYTES, 0)
        pixels = numbers(TILE_WIDTH, 0)[0] * numbers(TILE_HEIGHT, 0)[0]
    else:
        starts, lengths = numbers(STRIPS, 0), numbers(STRIP_BYTES, 0)
        pixels = width * min(numbers(STRIP_ROWS, height)[0], height)
    if compression != NONE and sum(lengths) > len(content) + 65_536:
        damaged("its parts are longer than the file")
    if compression == JPEG:
        if len(lengths) != len(starts):
            damaged("its parts have no length")
        scans = sum(content.count(b"\xff\xda", at, at + size) for at, size in zip(starts, lengths, strict=True))
        check_scanned(scans * pixels * samples)
    # A part is unpacked whole, by JPEG to four bytes a pixel.
    part = pixels * max(depth, 32 if compression == JPEG else 0) // 8
    check_memory(2 * len(content) + part + width * height * (1 if depth <= 8 else 4))
    alone = directories.with_one([entry.whole for entry in kept.values()])
    return PictureFile("Tiff", alone, directories.pages(), orientation_in(content))


def orientation_in(exif: bytes) -> int:
    """Which way is up, of what EXIF has, or a TIFF file; 1, upright, where it does not say or cannot be taken apart."""
    try:
        directories = Directories(exif)
        return directories.numbers(directories.tags(directories.first).get(ORIENTATION), 1)[0]
    except (struct.error, ValueError):
        return 1
