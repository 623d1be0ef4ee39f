"""Pictures with anything changed: each is read, or refused in a sentence, within 5 seconds of one core and 1 GB.

python -m pytest -m slow -s tests/fuzz/test_fuzz_pictures.py
"""

import os
import random
import time
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from PIL import Image

import lenet5
from bad_pictures import PNG, READ, REFUSED, saved
from lenet5.tools.workers import Workers
from strokes import drawn

pytestmark = pytest.mark.slow

PICTURES: Final = 5000
SECONDS: Final = 5
MEGABYTES: Final = 1000

# What a worker may take altogether, with what it starts with; the wall where the time of a shared core is not its own.
BEYOND_START: Final = 900
WALL: Final = 60


def read(file: str) -> tuple[str, float, float]:
    """What comes of a file, in how many seconds of a core, and the most megabytes of this process so far."""
    before = time.process_time()
    try:
        reading = lenet5.read(file)
        outcome = "read" if reading.marks else "read as empty"
    except ValueError as error:
        if "\n" in str(error) or not str(error).endswith("."):
            raise RuntimeError("That is no sentence.") from error
        outcome = "refused"
    status = Path("/proc/self/status").read_text()
    return outcome, time.process_time() - before, int(status.split("VmHWM:")[1].split()[0]) / 1024


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(len(os.sched_getaffinity(0)), WALL, BEYOND_START, warm_up)
    yield made
    made.close()


def warm_up() -> None:
    """The first reading imports and loads the network."""
    lenet5.read(drawn(3))


def seeds() -> dict[str, bytes]:
    """A small picture in all that Pillow writes of the six formats."""
    grey = Image.fromarray(255 - drawn(3, 60))
    deep = Image.fromarray((255 - drawn(5, 60)).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6
    aside = {"exif": exif, "icc_profile": bytes(range(256)) * 2}
    made: dict[str, bytes] = {}

    def add(kind: str, mode: str, **how: Any) -> None:
        image = deep if mode == "I;16" else grey.convert(mode)
        made[f"{kind} {mode} {' '.join(map(str, how))} {len(made)}"] = saved(image, kind, **how)

    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        add("PNG", mode)
    add("PNG", "RGBA", **aside)
    add("PNG", "P", transparency=0)
    add("PNG", "L", save_all=True, append_images=[grey, grey.transpose(Image.Transpose.FLIP_TOP_BOTTOM)])
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        add("JPEG", mode)
        add("JPEG", mode, progressive=True, **aside)
    add("JPEG", "RGB", subsampling=0, restart_marker_blocks=3, comment=b"a comment")
    for mode in ("L", "RGB", "RGBA"):
        add("WEBP", mode)
        add("WEBP", mode, lossless=True, **aside)
    add("WEBP", "RGB", save_all=True, append_images=[grey.rotate(20), grey.rotate(40)])
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        add("BMP", mode)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F", "I;16"):
        add("TIFF", mode)
    for mode, ways in (("1", ("group3", "group4", "tiff_ccitt", "packbits")), ("RGB", ("tiff_lzw", "jpeg"))):
        for way in (*ways, "tiff_adobe_deflate"):
            add("TIFF", mode, compression=way)
    add("TIFF", "L", big_tiff=True)
    add("TIFF", "L", save_all=True, append_images=[grey, grey])
    for mode in ("1", "L", "P", "RGB"):
        add("GIF", mode)
    add("GIF", "P", save_all=True, append_images=[grey, grey.rotate(30)], transparency=0, comment=b"a comment")
    return made


EXTREMES: Final = [
    size.to_bytes(4, order) for size in (0, 1, 255, 65_535, 2**31 - 1, 2**32 - 1) for order in ("little", "big")
]


def mutated(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """One to three changes: bits flipped, bytes cut off, a piece of another file, extreme numbers, repetition."""
    made = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        if not made:
            break
        # Half of all changes are in the header.
        reach = chance.choice((min(len(made), 120), len(made)))
        at = chance.randrange(reach)
        match chance.randrange(6):
            case 0:
                for _ in range(chance.randint(1, 20)):
                    made[chance.randrange(reach)] ^= 1 << chance.randrange(8)
            case 1:
                del made[at:]
            case 2:
                start = chance.randrange(len(other))
                made[at : at + chance.choice((0, 4, 200))] = other[start : start + chance.randint(1, 2000)]
            case 3:
                value = chance.choice(EXTREMES)
                made[at : at + 4] = value
            case 4:
                piece = bytes(made[at : at + chance.choice((1, 4, 12, 19, 60, 500))])
                made[at:at] = piece * chance.choice((1, 2, 50, 5000))
            case 5:
                made = bytearray(repeated_part(bytes(made), chance))
    made = made[:20_000_000]
    return with_checksums(bytes(made)) if made.startswith(PNG) and chance.random() < 0.7 else bytes(made)


def repeated_part(content: bytes, chance: random.Random) -> bytes:
    """A chunk, segment, scan or frame many times: from one of the marks that begin one to the next."""
    marks = (b"\xff\xda", b"\xff\xc4", b"IDAT", b"tRNS", b"fcTL", b"ANMF", b"VP8", b",\0\0", b"!\xf9", b"\x11\1\4\0")
    begins = [at for mark in marks for at in range(len(content)) if content.startswith(mark, at)][:2000]
    if len(begins) < 2:
        return content
    begins.sort()
    index = chance.randrange(len(begins) - 1)
    start = begins[index] - 4 * content.startswith(PNG)
    return content[:start] + content[start : begins[index + 1]] * chance.choice((2, 30, 3000)) + content[start:]


def with_checksums(content: bytes) -> bytes:
    """A PNG file whose chunks, damaged as they are, are not given away by their checksums."""
    made, at = bytearray(content), 8
    while at + 12 <= len(made):
        end = at + 8 + int.from_bytes(made[at : at + 4], "big")
        if end + 4 > len(made):
            break
        made[end : end + 4] = zlib.crc32(made[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(made)


def test_mutated_pictures(workers: Workers, tmp_path: Path) -> None:
    """What fails is named by its number, and its file is left in `tmp_path`."""
    originals = list(seeds().values())
    found: Counter[str] = Counter()
    most = [0.0, 0.0]
    failed: dict[str, str] = {}
    waiting: deque[tuple[Path, Future[tuple[str, float, float]]]] = deque()

    def take() -> None:
        file, future = waiting.popleft()
        try:
            outcome, *costs = future.result()
            found[outcome] += 1
            most[:] = map(max, most, costs)
            if costs[0] > SECONDS or costs[1] > MEGABYTES:
                failed[str(file)] = f"{costs[0]:.1f} s, {costs[1]:.0f} MB"
        except Exception as error:
            failed[str(file)] = repr(error)
        if str(file) not in failed:
            file.unlink()

    for number in range(PICTURES):
        chance = random.Random(number)
        file = tmp_path / f"{number}"
        file.write_bytes(mutated(chance.choice(originals), chance.choice(originals), chance))
        waiting.append((file, workers.submit(read, str(file))))
        if len(waiting) > 8:
            take()
    while waiting:
        take()
    print(f"\n{PICTURES} pictures: {dict(found)}; at most {most[0]:.2f} s of a core and {most[1]:.0f} MB")
    assert failed == {}
    assert all(found[outcome] > PICTURES / 20 for outcome in ("read", "refused"))


@pytest.mark.parametrize("name", [*REFUSED, *READ])
def test_what_attacks(name: str, tmp_path: Path) -> None:
    """In a process of its own, as one from the shell is read."""
    file = tmp_path / "picture"
    file.write_bytes((REFUSED | READ)[name]())
    alone = Workers(1, WALL, BEYOND_START, warm_up)
    try:
        outcome, seconds, megabytes = alone.submit(read, str(file)).result()
    finally:
        alone.close()
    print(f"\n{name}: {outcome}, {seconds:.2f} s, {megabytes:.0f} MB")
    assert (outcome == "refused") == (name in REFUSED)
    assert seconds <= SECONDS
    assert megabytes <= MEGABYTES
