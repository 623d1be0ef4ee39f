"""Many pictures: which files are meant, and all of them read in their order, at the speed of every core."""

import glob
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from lenet5.data.picture import bytes_of
from lenet5.reading import Reading, network_of, read_by

# What a folder is searched for; a file that is named is read whatever its name ends in.
SUFFIXES: Final = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))

# The word for the standard input.
STANDARD_INPUT: Final = "-"

# So many files at a time go to another process; fewer than so many in all do not pay for one.
CHUNK: Final = 64
WORTH_A_PROCESS: Final = 512

Result = tuple[str, Reading | str]


def files_meant(arguments: Iterable[str]) -> list[str]:
    """The pictures that are meant by files, folders, patterns such as `scans/*.png`, and "-", in that order.

    Of a folder, all pictures in it and below, by name. What matches nothing is kept, so that reading says what is
    wrong with it, and so is a folder without a picture. Raises ValueError for an empty name, and for "-" twice.
    """
    files: list[str] = []
    for argument in arguments:
        if not argument:
            raise ValueError("An empty name was given; give files, folders, patterns or -.")
        if argument == STANDARD_INPUT in files:
            raise ValueError("The standard input was given twice; it can be read once.")
        path = Path(argument)
        if argument != STANDARD_INPUT and path.is_dir():
            inside = sorted(str(p) for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            files += inside or [argument]
        elif argument != STANDARD_INPUT and not path.exists():
            files += sorted(glob.glob(argument, recursive=True)) or [argument]  # noqa: PTH207 it may be absolute
        else:
            files.append(argument)
    return files


def read_files(files: list[str], model: str = "pretrained", workers: int | None = None) -> Iterator[Result]:
    """Each file with its reading, or with the sentence that says why it cannot be read; in the order of `files`.

    workers: processes, None for one a core where there are files enough for it. Raises ValueError for a model that
    cannot be had.
    """
    network_of(model)
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers == 1 or len(files) < WORTH_A_PROCESS:
        for file in files:
            yield _read_file(file, model)
        return
    # Forked processes would inherit locks that another thread holds.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = deque(
            pool.submit(_read_chunk, files[start : start + CHUNK], model) for start in range(0, len(files), CHUNK)
        )
        try:
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def content_of(file: str) -> bytes:
    """The bytes of a file, or of the standard input. Raises ValueError where they cannot be read."""
    if file != STANDARD_INPUT and Path(file).is_dir():
        kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise ValueError(f"The folder has no picture in it ({kinds}); give another, or files.")
    return bytes_of(sys.stdin.buffer if file == STANDARD_INPUT else file)


def _read_chunk(files: list[str], model: str) -> list[Result]:
    import cv2

    cv2.setNumThreads(1)
    return [_read_file(file, model) for file in files]


def _read_file(file: str, model: str) -> Result:
    try:
        return file, read_by(network_of(model), content_of(file))
    except ValueError as error:
        return file, str(error)
