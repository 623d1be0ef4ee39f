"""Picture files before they are decoded: a file a format.

A file is walked once, along its structure, in a time that grows with its bytes. What decoding its first page needs is
handed on and nothing else is, so that no decoder unpacks a profile, a text, a thumbnail or a later page. What decoding
would take is known from the headers, and refused where it is more than a picture needs.
"""

import struct
from collections.abc import Callable
from typing import Final

from lenet5.reading.formats.bmp import bmp
from lenet5.reading.formats.gif import gif
from lenet5.reading.formats.jpeg import jpeg
from lenet5.reading.formats.limits import PictureFile, damaged
from lenet5.reading.formats.png import png
from lenet5.reading.formats.tiff import tiff
from lenet5.reading.formats.webp import webp

FORMATS: Final = "a PNG, JPEG, WebP, BMP, TIFF or GIF file"

# By the bytes that a file begins with.
WALKS: Final[dict[bytes, Callable[[bytes], PictureFile]]] = {
    b"\x89PNG\r\n\x1a\n": png,
    b"\xff\xd8\xff": jpeg,
    b"GIF87a": gif,
    b"GIF89a": gif,
    b"BM": bmp,
    b"II*\0": tiff,
    b"MM\0*": tiff,
    b"II+\0": tiff,
    b"MM\0+": tiff,
}
OTHERS: Final = {
    b"%!PS": "PostScript (EPS)",
    b"\xc5\xd0\xd3\xc6": "PostScript (EPS)",
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"\0\0\1\0": "ICO",
    b"icns": "ICNS",
    b"qoif": "QOI",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"/* XPM": "XPM",
    b"#define": "XBM",
    b"<svg": "SVG",
    b"<?xml": "XML",
    b"<!DOCTYPE html": "HTML",
    b"<html": "HTML",
    b"PK\3\4": "ZIP",
    b"\x1f\x8b": "gzip",
    **{b"P%d" % number: "PNM" for number in range(1, 8)},
}
BRANDS: Final = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF"}


def picture_file(content: bytes) -> PictureFile:
    """What a picture's file is, of its bytes.

    Raises:
        ValueError: it is of none of the six formats, or cut off in its headers.
        TooLargeError: decoding would take too much.
    """
    if not content:
        raise ValueError(f"The file is empty; give {FORMATS}.")
    walk = next((walk for beginning, walk in WALKS.items() if content.startswith(beginning)), None)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        walk = webp
    if walk is None:
        kind = _kind_of(content)
        raise ValueError(
            f"{f'A file of {kind} was given' if kind else 'What was given is no picture'}; give {FORMATS}."
        )
    try:
        return walk(content)
    except (IndexError, struct.error):
        damaged("in its header")


def _kind_of(content: bytes) -> str | None:
    """What else it is, where that can be told."""
    if content[4:8] == b"ftyp":
        return BRANDS.get(content[8:12], "video")
    return next((kind for beginning, kind in OTHERS.items() if content.startswith(beginning)), None)
