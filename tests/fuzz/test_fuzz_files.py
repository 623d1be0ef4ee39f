"""Files that chance has damaged: refused in a sentence or read as what they are; never a traceback, never a lie.

`pytest -m slow tests/fuzz/test_fuzz_files.py -s` prints the figures.
"""

import contextlib
import gzip
import json
import random
import shutil
import struct
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet5.data.idx import IdxError, read_images, read_labels
from lenet5.export.trained_network import load_trained_network
from lenet5.reading.inference import load_inference_network
from lenet5.training.checkpoint import load_model
from lenet5.training.config import Config
from lenet5.training.model_file import content_of
from lenet5.training.presets import PRESETS
from lenet5.training.run import Run
from lenet5.training.run_folder import CHECKPOINT, pretrained
from saved import read

pytestmark = pytest.mark.slow

IDX_FILES = 1000
DAMAGED_FILES = 500
EDITED_FILES = 500
OPENERS: list[Callable[[Path], object]] = [load_inference_network, load_model, load_trained_network]

Damage = Callable[[random.Random, bytes, bytes], bytes]


def flip(numbers: random.Random, whole: bytes, _: bytes) -> bytes:
    """One to three bits."""
    content = bytearray(whole)
    for _ in range(numbers.randint(1, 3)):
        content[numbers.randrange(len(content))] ^= 1 << numbers.randrange(8)
    return bytes(content)


def zero(numbers: random.Random, whole: bytes, _: bytes) -> bytes:
    """A page, or as much of it as the file has, of zeros."""
    start = 4096 * numbers.randrange(len(whole) // 4096 + 1)
    length = len(whole[start : start + 4096])
    return whole[:start] + bytes(length) + whole[start + length :]


def truncate(numbers: random.Random, whole: bytes, _: bytes) -> bytes:
    return whole[: numbers.randrange(len(whole))]


def splice(numbers: random.Random, whole: bytes, other: bytes) -> bytes:
    """The beginning of one file and the end of another, as of two writes of which each is half on the disk."""
    at = 512 * numbers.randrange(1, len(whole) // 512)
    return whole[:at] + other[at:]


def scatter(numbers: random.Random, whole: bytes, other: bytes) -> bytes:
    """A run of chance bytes, or of another file's, in the middle."""
    at, length = numbers.randrange(len(whole)), numbers.randint(1, 600)
    new = numbers.randbytes(length) if numbers.random() < 0.5 else other[at : at + length]
    return whole[:at] + new + whole[at + len(new) :]


def move(numbers: random.Random, whole: bytes, _: bytes) -> bytes:
    """Some bytes taken out or put in twice."""
    at, length = numbers.randrange(len(whole)), numbers.randint(1, 64)
    return whole[:at] + (whole[at + length :] if numbers.random() < 0.5 else whole[at - length :])


DAMAGES: list[Damage] = [flip, zero, truncate, splice, scatter, move]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two runs that stand in the middle of their second pass, with a mean of weights."""
    made = []
    for seed in (1, 2):
        preset = replace(PRESETS["tuned"], passes=2, curvature_patterns=20, averaged=0.9)
        run = Run.start(Config("digits", None, preset, seed, train_size=40), tmp_path_factory.mktemp("runs") / "run")
        run.train(stop=lambda run=run: run.trainer.progress.passes_done and run.trainer.progress.patterns_done >= 20)
        made.append(run)
    return made


def state(run: Run) -> Any:
    """Everything of a run that going on depends on."""
    trainer = run.trainer
    tensors = {**trainer.network.state_dict(), **{f"h {n}": h for n, h in trainer.optimiser.curvature.items()}}
    tensors |= {f"mean {name}": t for name, t in trainer.average.state_dict().items()}
    return {name: t.numpy().tobytes() for name, t in tensors.items()}, trainer.progress.as_dict(), run.config


def outcome(opener: Callable[[Path], object], path: Path) -> str:
    """What is said of a file, nothing where it was taken; anything but a ValueError of one line is a failure."""
    complaint = ""
    try:
        opener(path)
    except ValueError as error:
        complaint = str(error)
    assert not complaint or (str(path) in complaint and "\n" not in complaint), complaint
    return complaint


def test_damaged_checkpoints_are_never_gone_on_with(runs: list[Run], tmp_path: Path) -> None:
    numbers = random.Random(1998)
    whole, other = ((run.folder / CHECKPOINT).read_bytes() for run in runs)
    folder = Path(shutil.copytree(runs[0].folder, tmp_path / "run"))
    right = state(Run.resume(folder))
    counts: Counter[str] = Counter()
    for number in range(DAMAGED_FILES):
        damage = DAMAGES[number % len(DAMAGES)]
        content = damage(numbers, whole, other)
        (folder / CHECKPOINT).write_bytes(content)
        if content == whole:
            counts["the same bytes, by chance"] += 1
            continue
        if outcome(lambda path: Run.resume(path.parent), folder / CHECKPOINT):
            counts[f"{damage.__name__}: refused"] += 1
        else:
            same = state(Run.resume(folder)) == right
            assert same, f"{damage.__name__} {number} was gone on with, another than was written"
            counts[f"{damage.__name__}: taken, the same"] += 1
        assert (folder / CHECKPOINT).read_bytes() == content, "what was damaged is kept"
    print(f"\n{DAMAGED_FILES} damaged checkpoints: {dict(sorted(counts.items()))}")


def test_damaged_models_are_never_read_with(tmp_path: Path) -> None:
    numbers = random.Random(1998)
    whole, other = (pretrained(name).read_bytes() for name in ("best", "1998"))
    right = {name: array.tobytes() for name, array in read(pretrained("best"))[0].items()}
    path = tmp_path / "model.safetensors"
    counts: Counter[str] = Counter()
    for number in range(DAMAGED_FILES):
        damage = DAMAGES[number % len(DAMAGES)]
        content = damage(numbers, whole, other)
        path.write_bytes(content)
        outcomes = {outcome(opener, path) for opener in OPENERS}
        assert len(outcomes) == 1, f"{damage.__name__} {number}: {outcomes}"
        taken = outcomes == {""}
        counts[f"{damage.__name__}: {'taken, the same' if taken else 'refused'}"] += 1
        if taken:
            assert {name: array.tobytes() for name, array in load_inference_network(path).parameters.items()} == right
    print(f"\n{DAMAGED_FILES} damaged models: {dict(sorted(counts.items()))}")


VALUES: list[Any] = [
    None,
    True,
    2.5,
    -1,
    0,
    1,
    10**25,
    -(10**400),
    1e308,
    "x",
    "",
    "native",
    [],
    [[]],
    [[1]],
    [[0.1, 2]],
]
VALUES += [[["a", 1]], [[None, None]], {}, {"a": 1}, {"shift": 1}, float("nan"), float("inf")]


def edit(numbers: random.Random, value: Any) -> Any:
    """A value of JSON with something in it replaced, left out, or added."""
    if isinstance(value, dict) and value and numbers.random() < 0.9:
        name = numbers.choice(list(value))
        kind = numbers.random()
        if kind < 0.1:
            return {key: item for key, item in value.items() if key != name}
        if kind < 0.15:
            return {**value, "more": numbers.choice(VALUES)}
        return {**value, name: edit(numbers, value[name])}
    if isinstance(value, list) and value and numbers.random() < 0.6:
        at = numbers.randrange(len(value))
        return [*value[:at], edit(numbers, value[at]), *value[at + 1 :]]
    return numbers.choice(VALUES)


def test_edited_headers_and_arrays_are_sentences_and_the_same_ones_for_all(runs: list[Run], tmp_path: Path) -> None:
    """With a digest that fits, as from a hand that knows how: what is wrong in itself is still seen."""
    numbers = random.Random(1998)
    folder = Path(shutil.copytree(runs[0].folder, tmp_path / "run"))
    path = folder / CHECKPOINT
    whole, texts = read(path)
    header = {name: json.loads(text) for name, text in texts.items() if name != "sha256"}
    counts: Counter[str] = Counter()
    for _ in range(EDITED_FILES):
        arrays = dict(whole)
        edited = {name: json.dumps(value) for name, value in header.items()}
        if numbers.random() < 0.75:
            name = numbers.choice(["config", "progress"])
            edited[name] = json.dumps(edit(numbers, header[name]))
        else:
            name = numbers.choice(list(arrays))
            kind = numbers.randrange(5)
            if kind == 0:
                del arrays[name]
            elif kind == 1:
                arrays[f"{name}x"] = arrays[name]
            elif kind == 2:
                arrays[name] = arrays[name].astype(numbers.choice([np.float64, np.float16, np.int32, np.uint8]))
            elif kind == 3:
                arrays[name] = arrays[name].reshape(-1)[: numbers.randrange(arrays[name].size)]
            else:
                arrays[name] = np.full_like(arrays[name], numbers.choice([-1, 0, 2**31]))
        path.write_bytes(content_of(arrays, edited))
        outcomes = {outcome(opener, path) for opener in OPENERS}
        assert len(outcomes) == 1, f"{name}: {edited}: {outcomes}"
        counts["read" if outcomes == {""} else "not read"] += 1
        with contextlib.suppress(ValueError):
            run = Run.resume(folder)
            counts["gone on with"] += 1
            run.train(stop=lambda run=run: run.trainer.progress.patterns_done > 0)
    print(f"\n{EDITED_FILES} edited checkpoints: {dict(sorted(counts.items()))}")


def test_mutated_idx_files_are_read_right_or_refused(tmp_path: Path) -> None:
    numbers = random.Random(1998)
    images = np.random.default_rng(1).integers(0, 256, (40, 28, 28), dtype=np.uint8)
    labels = np.random.default_rng(2).integers(0, 10, 4000, dtype=np.uint8)
    contents = [struct.pack(f">HBB{a.ndim}I", 0, 8, a.ndim, *a.shape) + a.tobytes() for a in (images, labels)]
    path = tmp_path / "idx"
    counts: Counter[str] = Counter()
    slowest, largest = 0.0, 0
    for number in range(IDX_FILES):
        content, other = contents if number % 2 else contents[::-1]
        if packed_first := numbers.random() < 0.4:
            content, other = gzip.compress(content, mtime=0), gzip.compress(other, mtime=0)
        for _ in range(numbers.randint(1, 3)):
            damage = numbers.choice(DAMAGES)
            if len(content) > 1024:
                content = damage(numbers, content, other)
        if numbers.random() < 0.3:  # a header that promises other sizes
            sizes = [numbers.choice([0, 1, 28, 40, 60_000, 60_001, 2**31, 2**32 - 1]) for _ in range(3)]
            content = struct.pack(">HBB3I", 0, 8, numbers.choice([1, 3, 255]), *sizes) + content[16:]
        if numbers.random() < 0.3:
            content = gzip.compress(content) * numbers.choice([1, 1, 2, 500])
        elif packed_first and numbers.random() < 0.2:
            content *= 3
        path.write_bytes(content)
        for reader in (read_images, read_labels):
            tracemalloc.start()
            began = time.perf_counter()
            complaint, elements = "", None
            try:
                elements = reader(path)
            except IdxError as error:
                complaint = str(error)
            if elements is None:
                assert complaint.startswith(str(path))
                assert "\n" not in complaint
                counts["refused"] += 1
            else:
                # What is taken is what a plain reading of the format gives.
                plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
                dimensions = plain[3]
                sizes = struct.unpack_from(f">{dimensions}I", plain, 4)
                expected = np.frombuffer(plain, np.uint8, offset=4 + 4 * dimensions).reshape(sizes)
                np.testing.assert_array_equal(elements.numpy(), expected)
                counts["taken, as the format says"] += 1
            slowest = max(slowest, time.perf_counter() - began)
            largest = max(largest, tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert slowest < 5
    assert largest < 200_000_000
    print(f"\n{IDX_FILES} IDX files, each as images and as labels: {dict(counts)}")
    print(f"slowest {slowest:.3f} s, most memory {largest / 1e6:.1f} MB")
