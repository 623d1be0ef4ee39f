"""Pictures that attack: small files that would take a decoder minutes or gigabytes, made by code, by name."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PIL import Image

PNG: Final = b"\x89PNG\r\n\x1a\n"


def saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    """The file of an image."""
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


def png_chunk(name: bytes, inside: bytes) -> bytes:
    return struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside))


def png(width: int, height: int, bits: int, colours: int, data: bytes = b"", before: bytes = b"") -> bytes:
    """A PNG file of these compressed data, or of rows of zeros, with chunks before them."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0))
    data = data or zlib.compress(bytes(height * (1 + -(-width * channels * bits // 8))), 1)
    return PNG + header + before + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def tiff(tags: dict[int, list[int]], data: bytes = b"", following: int = 0, strips: int = 0) -> bytes:
    """A TIFF file of one directory; the offsets of its strips, or tiles, are filled in where `strips` says so."""
    wide = {273, 324, 279, 325, 256, 257, 278, 322, 323}
    size = 8 + 2 + 12 * len(tags) + 4
    longer = sum(len(values) * (4 if tag in wide else 2) for tag, values in tags.items()) + 4 * len(tags)
    entries, extra = b"", b""
    for tag, values in sorted(tags.items()):
        if tag in (273, 324) and strips:
            each = len(data) // strips
            values = [size + longer + each * strip for strip in range(strips)]
        field = struct.pack(f"<{len(values)}{'I' if tag in wide else 'H'}", *values)
        place = struct.pack("<I", size + len(extra)) if len(field) > 4 else field.ljust(4, b"\0")
        extra += field if len(field) > 4 else b""
        entries += struct.pack("<HHI", tag, 4 if tag in wide else 3, len(values)) + place
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following)
    return head + extra.ljust(longer, b"\0") + data


def fax(kind: int) -> bytes:
    """A fax of noise, of which each line is damaged."""
    noise = np.random.default_rng(0).integers(0, 256, 1_000_000, dtype=np.uint8).tobytes()
    tags = {256: [1000], 257: [30_000], 258: [1], 259: [kind], 262: [0], 273: [0], 277: [1], 278: [30_000]}
    return tiff(tags | {279: [len(noise)]}, noise, strips=1)


def tile(side: int) -> bytes:
    """One small picture in one huge tile."""
    tags = {256: [8], 257: [8], 258: [8], 259: [8], 262: [1], 277: [1], 322: [side], 323: [side], 324: [8], 325: [9]}
    return tiff(tags, zlib.compress(b"\0"))


def strips(number: int, compression: int, length: int = 1) -> bytes:
    """A picture of a row a strip, each of so many bytes."""
    tags = {256: [8], 257: [number], 258: [8], 259: [compression], 262: [1], 273: [0], 277: [1], 278: [1]}
    return tiff(tags | {273: [0] * number, 279: [length] * number}, bytes(8 * number), strips=number)


def strip(side: int) -> bytes:
    """One strip of so many rows and columns, without the data."""
    tags = {256: [side], 257: [side], 258: [8], 259: [5], 262: [1], 273: [8], 277: [1], 278: [side], 279: [9]}
    return tiff(tags)


def same_tags(size: int) -> bytes:
    """Tags that all are one and the same megabytes."""
    entries = b"".join(struct.pack("<HHII", tag, 7, size, 8) for tag in range(40_000, 42_000))
    entries = struct.pack("<HHIHH", 256, 3, 1, 8, 0) + struct.pack("<HHIHH", 257, 3, 1, 8, 0) + entries
    return b"II*\0" + struct.pack("<I", size + 8) + bytes(size) + struct.pack("<H", 2002) + entries + bytes(4)


def directories(number: int) -> bytes:
    """A picture in many pages, each of one tag."""
    page = tiff({256: [8], 257: [8], 258: [8], 259: [1], 262: [1], 273: [8], 277: [1], 278: [8], 279: [64]})
    page += bytes(len(page) % 2)
    at = len(page)
    place = 8 + 2 + 9 * 12
    chain = b"".join(
        struct.pack("<HHHII", 1, 256, 3, 1, 8) + struct.pack("<I", at + 18 * (n + 1) if n + 1 < number else 0)
        for n in range(number)
    )
    return page[:place] + struct.pack("<I", at) + page[place + 4 :] + chain


def of_size(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG file that says to be of another size."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def jpeg(mode: str, width: int, height: int, progressive: bool = True, scans: int = 0) -> bytes:
    """A JPEG file of few data that says to be large, with its last scan so many times more."""
    content = of_size(saved(Image.new(mode, (64, 64)), "JPEG", progressive=progressive), width, height)
    last = content.rfind(b"\xff\xda")
    return content[:-2] + content[last:-2] * scans + content[-2:]


def segment(name: int, inside: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, name, 2 + len(inside)) + inside


def gif(width: int, height: int, between: bytes = b"") -> bytes:
    """A GIF file of one colour, with blocks before its frame."""
    content = saved(Image.new("P", (width, height)), "GIF")
    at = content.index(b",", 13)
    return content[:at] + between + content[at:]


def bmp_in_runs(width: int, height: int, data: bytes) -> bytes:
    palette = b"".join(bytes((level, 0, 255 - level, 0)) for level in range(256))
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(data), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(data), 0, 0, 1078) + header + palette + data


def empty_blocks(size: int) -> bytes:
    """Compressed data that begin with so many bytes of Deflate's blocks of nothing."""
    nothing = zlib.compressobj(9, zlib.DEFLATED, -15, strategy=zlib.Z_FIXED)
    block = nothing.flush(zlib.Z_FULL_FLUSH) or b"\0\0\0\xff\xff"
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"\x78\x9c" + block * (size // len(block)) + rest.compress(bytes(64 * 65)) + rest.flush() + bytes(4)


def exif(entries: bytes, number: int, rest: bytes = b"") -> bytes:
    return b"II*\0\x08\0\0\0" + struct.pack("<H", number) + entries + bytes(4) + rest


def webp_canvas(side: int) -> bytes:
    """A small frame on a canvas that is large."""
    content = animated("WEBP", 2)
    return content[:24] + (side - 1).to_bytes(3, "little") * 2 + content[30:]


def animated(kind: str, number: int) -> bytes:
    frames = [Image.new("L", (40, 40), 97 * level % 256) for level in range(number)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


BOMB: Final = zlib.compress(zlib.compress(bytes(200_000_000), 9), 9)

# Refused in a sentence.
REFUSED: Final[dict[str, Callable[[], bytes]]] = {
    "endless PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n%%EOF",
    "TIFF, a tile of 46,000": lambda: tile(46_000),
    "TIFF, a tile of 20,000": lambda: tile(20_000),
    "TIFF, a strip of 46,000": lambda: strip(46_000),
    "TIFF, a strip of 8,000": lambda: strip(8_000),
    "TIFF, strips of the whole file": lambda: strips(60_000, 5, 480_000),
    "TIFF, tags of the whole file": lambda: same_tags(1_000_000),
    "JPEG, progressive CMYK of 13,000": lambda: jpeg("CMYK", 13_000, 13_000),
    "JPEG, progressive CMYK of 8,000": lambda: jpeg("CMYK", 8_000, 8_000),
    "JPEG, 4,000 scans": lambda: jpeg("L", 4_000, 4_000, scans=4_000),
    "JPEG of 65,000": lambda: jpeg("RGB", 65_000, 65_000, progressive=False),
    "JPEG, comments without end": lambda: b"\xff\xd8" + segment(0xFE, b"") * 1_100_000 + jpeg("L", 64, 64)[2:],
    "PNG, 1,100,000 chunks": lambda: png(9, 9, 8, 0, before=png_chunk(b"tEXt", b"") * 1_100_000),
    "PNG, blocks of nothing": lambda: png(64, 64, 8, 0, empty_blocks(20_000_000)),
    "PNG, RGBA of 16 bits and 8,000": lambda: png(8_000, 8_000, 16, 6, b"\x78\x9c"),
    "PNG of 1 by 64,000,000": lambda: png(1, 64_000_000, 1, 0, b"\x78\x9c"),
    "GIF, a million comments": lambda: gif(64, 64, b"!\xfe\1a\0" * 999_000),
    "GIF, comment without end": lambda: gif(64, 64, b"!\xfe" + b"\1a" * 1_100_000 + b"\0"),
    "GIF of 65,000": lambda: gif(40, 40)[:6] + struct.pack("<HH", 65_000, 65_000) + gif(40, 40)[10:],
    "WebP of 8,000": lambda: webp_canvas(8_000),
    "BMP in runs, 60,000 high": lambda: bmp_in_runs(1, 60_000, bytes(6_000_000)),
    "BMP in runs of 8,000": lambda: bmp_in_runs(8_000, 8_000, b"\0\0" * 8_000),
    "BMP in runs of nothing": lambda: bmp_in_runs(2_000, 2_000, b"\xff\1" * 3_000_000),
}

# Read, in no more time and memory than any picture may take.
READ: Final[dict[str, Callable[[], bytes]]] = {
    "TIFF, 60,000 strips": lambda: strips(60_000, 1),
    "TIFF, 500,000 pages": lambda: directories(500_000),
    "TIFF, fax of noise, kind 2": lambda: fax(2),
    "TIFF, fax of noise, kind 3": lambda: fax(3),
    "TIFF, fax of noise, kind 4": lambda: fax(4),
    "JPEG, 60 scans": lambda: jpeg("RGB", 3_000, 3_000, scans=60),
    "JPEG of 30,000": lambda: jpeg("RGB", 30_000, 30_000, progressive=False),
    "JPEG, 65,000 wide": lambda: jpeg("RGB", 65_000, 900, progressive=False),
    "JPEG, much EXIF": lambda: b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 800 + jpeg("L", 64, 64)[2:],
    "JPEG, a million segments": lambda: b"\xff\xd8" + segment(0xDD, b"\0\0") * 999_900 + jpeg("L", 64, 64)[2:],
    "PNG, 800,000 texts": lambda: png(9, 9, 8, 0, before=png_chunk(b"tEXt", b"a\0b") * 800_000),
    "PNG, 800,000 chunks of data": lambda: png(9, 9, 8, 0, before=png_chunk(b"IDAT", b"") * 800_000),
    "PNG, bombs aside": lambda: png(
        *(64, 64, 8, 0),
        before=png_chunk(b"iCCP", b"a\0\0" + BOMB)
        + png_chunk(b"zTXt", b"a\0\0" + BOMB) * 100
        + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB) * 100,
    ),
    "PNG, EXIF in circles": lambda: png(
        *(64, 64, 8, 0),
        before=png_chunk(b"eXIf", exif(struct.pack("<HHII", 0x8769, 4, 1, 8) * 4000, 4000, bytes(9000))),
    ),
    "PNG, palette of 8,000": lambda: png(8_000, 8_000, 8, 3, before=png_chunk(b"PLTE", bytes(range(255, -1, -1)) * 3)),
    "PNG, palette and opacity of 8,000": lambda: png(
        *(8_000, 8_000, 8, 3),
        before=png_chunk(b"PLTE", bytes(range(255, -1, -1)) * 3) + png_chunk(b"tRNS", bytes(range(256))),
    ),
    "PNG, RGBA of 8,000": lambda: png(8_000, 8_000, 8, 6),
    "PNG, 16 bits of 8,000": lambda: png(8_000, 8_000, 16, 0),
    "GIF, palette of 8,000": lambda: gif(8_000, 8_000),
    "GIF, 200 frames": lambda: animated("GIF", 200),
    "WebP of 6,000": lambda: saved(Image.new("RGBA", (6_000, 6_000)), "WEBP", quality=1, method=0),
    "WebP, much EXIF": lambda: saved(Image.new("L", (9, 9)), "WEBP", exif=b"Exif\0\0II*\0" + bytes(30_000_000)),
    "BMP of 8,000": lambda: saved(Image.new("RGB", (8_000, 8_000)), "BMP"),
}
