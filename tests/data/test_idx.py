import contextlib
import gzip
import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from lenet5.data.idx import IdxError, read_content, read_images, read_labels


def idx(array: NDArray[np.uint8]) -> bytes:
    """The content of an IDX file, from the description of the format."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


IMAGES = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
LABELS = np.array([7, 0, 9, 4], dtype=np.uint8)
IMAGE_BYTES, LABEL_BYTES = idx(IMAGES), idx(LABELS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some-idx-ubyte"


@given(
    images=st.integers(0, 3).flatmap(lambda n: arrays(np.uint8, (n, 28, 28))),
    labels=arrays(np.uint8, st.integers(0, 40), elements=st.integers(0, 9)),
    pack=st.sampled_from([bytes, gzip.compress]),
)
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    pack: Callable[[bytes], bytes],
) -> None:
    file = tmp_path_factory.getbasetemp() / "round-trip"
    file.write_bytes(pack(idx(images)))
    read = read_images(file)
    assert read.dtype == torch.uint8
    np.testing.assert_array_equal(read.numpy(), images, strict=True)
    file.write_bytes(pack(idx(labels)))
    read = read_labels(file)
    assert read.dtype == torch.int64
    np.testing.assert_array_equal(read.numpy(), labels)


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with some bytes replaced by fewer or more; compressed before, after, or not."""
    compress_first, compress_last = draw(st.booleans()), draw(st.booleans())
    if compress_first:
        content = gzip.compress(content, mtime=0)
    for _ in range(draw(st.integers(1, 3))):
        # Half of the damage falls into the header.
        at = draw(st.integers(0, 20) | st.integers(0, len(content)))
        gone = draw(st.integers(0, 4) | st.integers(0, len(content)))
        content = content[:at] + draw(st.binary(max_size=4)) + content[at + gone :]
    return gzip.compress(content, mtime=0) if compress_last else content


@given(content=damaged(IMAGE_BYTES) | damaged(LABEL_BYTES) | st.binary(max_size=40))
@settings(max_examples=300, deadline=None)
def test_damage_gives_sound_arrays_or_an_idx_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged"
    file.write_bytes(content)
    with contextlib.suppress(IdxError):
        images = read_images(file)
        assert images.dtype == torch.uint8
        assert images.shape[1:] == (28, 28)
    with contextlib.suppress(IdxError):
        labels = read_labels(file)
        assert labels.ndim == 1
        assert all(0 <= label <= 9 for label in labels.tolist())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"\0\0", "ends in its header, 2 bytes of 16"),
        (IMAGE_BYTES[:15], "ends in its header, 15 bytes of 16"),
        (IMAGE_BYTES[:-1], "is cut short, 1583 bytes of 1584"),
        (IMAGE_BYTES + b"\0", "goes on after its end, which is at 1584 bytes"),
        (b"<!DOCTYPE html>", "begins with 3c 21, not with 00 00"),
        (b"\0\0\x0d" + IMAGE_BYTES[3:], "elements of type 0x0d: give unsigned bytes, type 0x08"),
        (LABEL_BYTES, "has 1 dimensions, not 3: give a file of images of 28×28"),
        (idx(np.zeros((1, 28, 27), np.uint8)), "has the sizes 1×28×27: give a file of images of 28×28"),
        (gzip.compress(IMAGE_BYTES, mtime=0)[:-9], "gzip file cut short or damaged"),
        (gzip.compress(IMAGE_BYTES, mtime=0)[:5], "gzip file cut short or damaged"),
        (gzip.compress(IMAGE_BYTES, mtime=0) + b"more", "gzip file cut short or damaged"),
        (gzip.compress(IMAGE_BYTES, mtime=0)[:-8] + bytes(8), "gzip file cut short or damaged"),
        (gzip.compress(IMAGE_BYTES, mtime=0)[:12] + b"\xff" * 40, "gzip file cut short or damaged"),
        (gzip.compress(b"", mtime=0), "ends in its header, 0 bytes of 16"),
        (
            gzip.compress(IMAGE_BYTES, mtime=0) + gzip.compress(b"", mtime=0),
            "gzip file cut short or damaged .it goes on after its end",
        ),
        (idx(np.zeros((60_001, 28, 28), np.uint8)), "holds 60,001 patterns, where MNIST has 60,000 at most"),
    ],
)
def test_each_fault_of_a_file_of_images_has_its_sentence(file: Path, content: bytes, complaint: str) -> None:
    file.write_bytes(content)
    with pytest.raises(IdxError, match=complaint) as caught:
        read_images(file)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (idx(np.array([3, 10, 11], np.uint8)), "holds the label 10: give labels of 0 to 9"),
        (IMAGE_BYTES, "has 3 dimensions, not 1: give a file of labels"),
        (LABEL_BYTES[:7], "ends in its header, 7 bytes of 8"),
        (LABEL_BYTES[:-2], "is cut short, 10 bytes of 12"),
        (LABEL_BYTES + LABELS.tobytes(), "goes on after its end, which is at 12 bytes"),
    ],
)
def test_each_fault_of_a_file_of_labels_has_its_sentence(file: Path, content: bytes, complaint: str) -> None:
    file.write_bytes(content)
    with pytest.raises(IdxError, match=complaint):
        read_labels(file)


def test_a_header_is_not_believed_before_the_bytes_are_there(file: Path) -> None:
    file.write_bytes(struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 28, 28))
    with pytest.raises(IdxError, match="is cut short, 16 bytes of 3367254359296"):
        read_images(file)


# Files that are small, and ask for much: each how it is made, and what is said of it as labels and as images.
GREEDY = {
    "a bomb of labels": (
        lambda: gzip.compress(struct.pack(">HBBI", 0, 8, 1, 2**32 - 1) + bytes(100_000_000), 1),
        "holds 4,294,967,295 patterns",
        "has 1 dimensions",
    ),
    "a bomb of images": (
        lambda: gzip.compress(struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 28, 28) + bytes(100_000_000), 1),
        "has 3 dimensions",
        "holds 4,294,967,295 patterns",
    ),
    "a bomb behind an honest header": (
        lambda: gzip.compress(LABEL_BYTES + bytes(100_000_000), 1, mtime=0),
        "goes on after its end, which is at 12 bytes",
        "has 1 dimensions",
    ),
    "two million members": (
        lambda: gzip.compress(LABEL_BYTES, mtime=0) + 2_000_000 * gzip.compress(b"", mtime=0),
        "it goes on after its end",
        "it goes on after its end",
    ),
    "a name of 40 MB": (
        lambda: b"\x1f\x8b\x08\x08" + bytes(6) + 40_000_000 * b"a" + b"\0" + gzip.compress(LABEL_BYTES, mtime=0)[10:],
        "gzip file cut short or damaged",
        "has 1 dimensions",
    ),
    "100 MB": (
        lambda: struct.pack(">HBBI", 0, 8, 1, 100_000_000) + bytes(100_000_000),
        "holds 100,000,000 patterns",
        "has 1 dimensions",
    ),
}


@pytest.mark.parametrize("name", GREEDY)
def test_a_file_that_asks_for_much_gets_little(file: Path, name: str) -> None:
    make, as_labels, as_images = GREEDY[name]
    file.write_bytes(make())
    for read, complaint, most in ((read_labels, as_labels, 5_000_000), (read_images, as_images, 200_000_000)):
        tracemalloc.start()
        began = time.process_time()
        with pytest.raises(IdxError, match=complaint):
            read(file)
        seconds, memory = time.process_time() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert seconds < 5
        assert memory < most


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_as_large_as_mnists_is_read(file: Path, pack: Callable[[bytes], bytes]) -> None:
    labels = np.arange(60_000, dtype=np.uint8) % 10
    file.write_bytes(pack(idx(labels)))
    np.testing.assert_array_equal(read_labels(file).numpy(), labels)
    images = np.random.default_rng(1).integers(0, 256, (60_000, 28, 28), dtype=np.uint8)
    file.write_bytes(gzip.compress(idx(images), 0, mtime=0) if pack is gzip.compress else idx(images))
    np.testing.assert_array_equal(read_images(file).numpy(), images)


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(IdxError, match="is a folder: give the file in it"):
        read_images(tmp_path)


def test_gzip_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    plain, packed = tmp_path / "plain.gz", tmp_path / "packed"
    plain.write_bytes(IMAGE_BYTES)
    packed.write_bytes(gzip.compress(IMAGE_BYTES, mtime=0))
    assert read_content(plain) == read_content(packed) == IMAGE_BYTES


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_sha256_is_that_of_the_decompressed_content(file: Path, pack: Callable[[bytes], bytes]) -> None:
    file.write_bytes(pack(LABEL_BYTES))
    # From sha256sum.
    right = "5dc5f3b907c6fecb09582dfb85c1a8dd2584480d6f6d9e761c85ea29766f6e7c"
    assert read_labels(file, sha256=right).tolist() == LABELS.tolist()
    with pytest.raises(IdxError, match=f"is not the published file: .* is {right}, not 00ff; delete it"):
        read_labels(file, sha256="00ff")


def test_tensors_can_be_written_to_and_leave_the_file_alone(file: Path) -> None:
    file.write_bytes(IMAGE_BYTES)
    read_images(file)[:] = 0
    assert file.read_bytes() == IMAGE_BYTES
