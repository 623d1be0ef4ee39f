"""The IDX file format, in which MNIST is published: sizes, then bytes, the last index fastest.

    offset 0   0, 0              always
    offset 2   type              8: unsigned byte, the only one read here
    offset 3   d                 the number of dimensions: 3 for images, 1 for labels
    offset 4   size 1 … size d   32 bits each, most significant byte first
    then       the elements      size 1 × … × size d bytes, and nothing after them

A file may be compressed by gzip.

Source: "File formats for the MNIST database", http://yann.lecun.com/exdb/mnist/.
"""

import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from lenet5 import paper

_UNSIGNED_BYTE = 0x08
_GZIP = b"\x1f\x8b"

# The size of MNIST's largest file: nothing beyond it is read, decompressed or downloaded.
MAX_PATTERNS: Final = paper.TRAIN_PATTERNS
MAX_BYTES: Final = 16 + MAX_PATTERNS * 28 * 28


class IdxError(ValueError):
    """A file is not the IDX file it should be."""


def read_content(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file, decompressed where they begin as gzip does, whatever the name ends in.

    Args:
        path: of the file.
        limit: of a longer content the first `limit` + 1 bytes are read.

    Raises:
        FileNotFoundError: there is no such file.
        IdxError: a folder, an empty file, or a damaged gzip file.
    """
    if path.is_dir():
        raise IdxError(f"{path} is a folder: give the file in it")
    with path.open("rb") as file:
        # Bytes that gzip cannot make smaller grow by a few in each block of 16 kB.
        content = file.read(limit + limit // 1000 + 1000)
    if not content:
        raise IdxError(f"{path} is empty: get the file again")
    if not content.startswith(_GZIP):
        return content[: limit + 1]
    try:
        # Not gzip.decompress: that one has no bound, and goes on to further members, of which a file can hold millions.
        unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        unpacked = unpacking.decompress(content, limit + 1)
    except zlib.error as error:
        raise IdxError(f"{path} is a gzip file cut short or damaged ({error}): get the file again") from error
    if len(unpacked) <= limit and not unpacking.eof:
        raise IdxError(f"{path} is a gzip file cut short or damaged (it has no end): get the file again")
    if unpacking.unused_data:
        raise IdxError(f"{path} is a gzip file cut short or damaged (it goes on after its end): get the file again")
    return unpacked


def read_images(path: Path, *, sha256: str | None = None) -> Tensor:
    """The images of an IDX file: N×28×28 uint8, foreground 255 on background 0.

    Args:
        path: of the file, plain or gzip.
        sha256: in hexadecimal, what the decompressed content must have; None for any.

    Raises:
        IdxError: the file is not sound IDX, holds other sizes or has another SHA-256.
    """
    return _read(path, (None, 28, 28), sha256)


def read_labels(path: Path, *, sha256: str | None = None) -> Tensor:
    """The labels of an IDX file: N int64, the digits 0 … 9.

    Args:
        path: of the file, plain or gzip.
        sha256: in hexadecimal, what the decompressed content must have; None for any.

    Raises:
        IdxError: the file is not sound IDX, holds a label above 9 or has another SHA-256.
    """
    labels = _read(path, (None,), sha256)
    wrong = labels[labels > 9]
    if len(wrong):
        raise IdxError(f"{path} holds the label {wrong[0]}: give labels of 0 to 9")
    return labels.long()


def _read(path: Path, expected: tuple[int | None, ...], sha256: str | None) -> Tensor:
    content = read_content(path, _start(expected) + MAX_PATTERNS * math.prod(size or 1 for size in expected))
    elements = _parse(content, expected, path)
    # After the format: what is wrong with that tells more than a digest.
    if sha256 is not None and (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise IdxError(
            f"{path} is not the published file: the SHA-256 of its decompressed content is {found}, "
            f"not {sha256}; delete it and get the file again"
        )
    return elements


def _parse(content: bytes, expected: tuple[int | None, ...], path: Path) -> Tensor:
    """The elements of an IDX file's content; `expected` sizes, None where any will do."""
    start = _start(expected)
    if len(content) >= 4:
        zeros, kind, dimensions = struct.unpack_from(">HBB", content)
        if zeros != 0:
            raise IdxError(f"{path} begins with {content[:2].hex(' ')}, not with 00 00: give an IDX file")
        if kind != _UNSIGNED_BYTE:
            raise IdxError(f"{path} holds elements of type {kind:#04x}: give unsigned bytes, type 0x08")
        if dimensions != len(expected):
            raise IdxError(f"{path} has {dimensions} dimensions, not {len(expected)}: give {_wanted(expected)}")
    if len(content) < start:
        raise IdxError(f"{path} ends in its header, {len(content)} bytes of {start}: get the file again")
    sizes = struct.unpack_from(f">{len(expected)}I", content, 4)
    if any(want not in (None, size) for size, want in zip(sizes, expected, strict=True)):
        raise IdxError(f"{path} has the sizes {'×'.join(map(str, sizes))}: give {_wanted(expected)}")
    # Nothing is allocated by the sizes in the header before the bytes that they promise are there.
    length = start + math.prod(sizes)
    limit = start + MAX_PATTERNS * math.prod(sizes[1:])
    if len(content) < min(length, limit):
        raise IdxError(f"{path} is cut short, {len(content)} bytes of {length}: get the file again")
    if length > limit:
        raise IdxError(f"{path} holds {sizes[0]:,} patterns, where MNIST has {MAX_PATTERNS:,} at most: give MNIST's")
    if len(content) > length:
        raise IdxError(f"{path} goes on after its end, which is at {length} bytes: get the file again")
    # bytearray: a tensor is writable, bytes are not.
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)[start:].reshape(sizes)


def _start(expected: tuple[int | None, ...]) -> int:
    """Where the elements begin."""
    return 4 + 4 * len(expected)


def _wanted(expected: tuple[int | None, ...]) -> str:
    return "a file of labels" if len(expected) == 1 else "a file of images of 28×28"
