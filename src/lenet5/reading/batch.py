"""Many pictures: which files are meant, and all of them read in their order, at the speed of every core."""

import glob
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from lenet5.graphs.transducer import Transducer
from lenet5.reading.grey_levels import bytes_of
from lenet5.reading.mark import MIN_PROBABILITY
from lenet5.reading.reader import NUMBERS, load_network, read_by
from lenet5.reading.result import Reading
from lenet5.tools.workers import Workers
from lenet5.training.run_folder import READER

# What a folder is searched for; a file that is named is read whatever its name ends in.
SUFFIXES: Final = frozenset((".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))

# The word for the standard input.
STANDARD_INPUT: Final = "-"

# So many files at a time go to another process, or fewer of so many bytes; so few in all do not pay for one.
CHUNK: Final = 64
CHUNK_BYTES: Final = 2_000_000
WORTH_A_PROCESS: Final = 64

# What a picture may take there; by its design it takes less, and this holds where a decoder does not keep to it.
SECONDS: Final = 5
MEGABYTES: Final = 900

Result = tuple[str, Reading | str]


def files_meant(arguments: Iterable[str]) -> list[str]:
    """The pictures that are meant by files, folders, patterns such as `scans/*.png`, and "-", in that order.

    Of a folder, all pictures in it and below, by name. What matches nothing is kept, so that reading says what is
    wrong with it, and so is a folder without a picture.

    Raises:
        ValueError: a name is empty, or "-" is there twice.
    """
    files: list[str] = []
    for argument in arguments:
        if not argument:
            raise ValueError("An empty name was given; give files, folders, patterns or -.")
        if argument == STANDARD_INPUT in files:
            raise ValueError("The standard input was given twice; it can be read once.")
        # Unlike those of Path, these take a name that no system has for one of nothing.
        if argument != STANDARD_INPUT and os.path.isdir(argument):  # noqa: PTH112
            below = Path(argument).rglob("*")
            files += sorted(str(p) for p in below if p.suffix.lower() in SUFFIXES and not p.is_dir()) or [argument]
        elif argument != STANDARD_INPUT and not os.path.exists(argument):  # noqa: PTH110
            files += sorted(glob.glob(argument, recursive=True)) or [argument]  # noqa: PTH207 it may be absolute
        else:
            files.append(argument)
    return files


def read_files(
    files: list[str],
    model: str = READER,
    workers: int | None = None,
    grammar: Transducer | None = None,
    min_probability: float = MIN_PROBABILITY,
    grid: bool = False,
) -> Iterator[Result]:
    """Each file with its reading, or with the sentence that says why it cannot be read; in the order of `files`.

    Where there are many, they are read in processes that can be killed: a picture that hangs, fills the memory or
    crashes its decoder is one that cannot be read, as any other.

    Args:
        files: as `files_meant` gives them.
        model: as `read` takes it.
        workers: so many processes, None for one a core.
        grammar: what numbers can occur, None for any.
        min_probability: as `read` takes it.
        grid: as `read` takes it.

    Raises:
        ValueError: the model cannot be had.
    """
    read_one = partial(_read_file, model=model, grammar=grammar, min_probability=min_probability, grid=grid)
    load_network(model)
    if len(files) < WORTH_A_PROCESS:
        for file in files:
            yield read_one(file)
        return
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with closing(Workers(workers, SECONDS, MEGABYTES, partial(_prepare, model))) as pool:
        waiting: deque[tuple[list[str], Future[list[Result]]]] = deque()
        for chunk in _chunks(files):
            if chunk == [STANDARD_INPUT]:  # which other processes have not
                here: Future[list[Result]] = Future()
                here.set_result(_read_chunk(chunk, read_one))
                waiting.append((chunk, here))
            else:
                waiting.append((chunk, pool.submit(_read_chunk, chunk, read_one)))
            if len(waiting) > 4 * workers:
                yield from _results(*waiting.popleft(), pool, read_one)
        while waiting:
            yield from _results(*waiting.popleft(), pool, read_one)


def content_of(file: str) -> bytes:
    """The bytes of a file, or of the standard input.

    Raises:
        ValueError: they cannot be read.
    """
    if file == STANDARD_INPUT:
        if sys.stdin is None:
            raise ValueError("There is no standard input; give files.")
        return bytes_of(sys.stdin.buffer)
    if os.path.isdir(file):  # noqa: PTH112
        kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise ValueError(f"The folder has no picture in it ({kinds}); give another, or files.")
    return bytes_of(file)


def failure_reason(error: Exception) -> str:
    """Why a picture cannot be read, in a sentence: that of a ValueError is one, any other is named."""
    if isinstance(error, ValueError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is too little memory for this picture; give a smaller one."
    return f"The picture could not be read ({type(error).__name__}); give another."


def _chunks(files: list[str]) -> Iterator[list[str]]:
    """Files that one process reads at a time, in their order; the standard input alone."""
    chunk: list[str] = []
    size = 0
    for file in files:
        if chunk and (STANDARD_INPUT in (file, chunk[-1]) or len(chunk) == CHUNK or size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        with suppress(OSError, ValueError):  # why it cannot be read, reading says
            size += Path(file).stat().st_size
    if chunk:
        yield chunk


def _results(
    chunk: list[str], future: Future[list[Result]], pool: Workers, read_one: Callable[[str], Result]
) -> Iterator[Result]:
    """Of a chunk that fails as a whole, its files are read one by one, so that none but the bad one is lost."""
    try:
        yield from future.result()
    except Exception as error:
        if len(chunk) == 1:
            yield chunk[0], failure_reason(error)
            return
        for file, alone in [(file, pool.submit(_read_chunk, [file], read_one)) for file in chunk]:
            yield from _results([file], alone, pool, read_one)


def _prepare(model: str) -> None:
    """Before the first picture: what takes long to import is not the picture's time."""
    import cv2

    cv2.setNumThreads(1)
    load_network(model)
    load_network(NUMBERS)


def _read_chunk(files: list[str], read_one: Callable[[str], Result]) -> list[Result]:
    return [read_one(file) for file in files]


def _read_file(file: str, model: str, grammar: Transducer | None, min_probability: float, grid: bool) -> Result:
    try:
        network = load_network(model)
        return file, read_by(network, content_of(file), grammar=grammar, min_probability=min_probability, grid=grid)
    # No exception of one file ends the stream, whatever a decoder makes of it.
    except Exception as error:
        return file, failure_reason(error)
