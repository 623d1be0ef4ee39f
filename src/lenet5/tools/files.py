"""Atomic writes: a reader sees the old content or the new one, whatever happens in between."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO


class WriteError(OSError):
    """A file could not be written; the file that had its name before is whole."""

    def __str__(self) -> str:
        """What, and why."""
        return f"{self.filename} cannot be written ({self.strerror})"


def write_atomically(path: Path, content: bytes, *, new: bool = False) -> None:
    """Write a temporary file beside `path`, flush it to the disk, and give it the name.

    The temporary file is always `temporary(path)`: a write that is killed leaves one at most, and the next write takes
    it over.
    It is locked, so that processes that write at once take turns.

    Args:
        path: the file.
        content: all of it.
        new: nothing may have the name yet; of processes that write at once, one succeeds.

    Raises:
        FileExistsError: `new`, and the name is taken.
        WriteError: the disk does not take the content.
    """
    unfinished = temporary(path)
    try:
        with _locked(unfinished) as file:
            try:
                if new and os.path.lexists(path):
                    raise FileExistsError(f"{path} is there already.")
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.replace(unfinished, path)  # noqa: PTH105 Path.replace is the same call; os.replace says "atomic"
            except BaseException:
                unfinished.unlink()
                raise
    except FileExistsError:
        raise
    except OSError as error:
        raise WriteError(error.errno, error.strerror or str(error), os.fspath(path)) from error


def write_json(path: Path, content: Any, *, new: bool = False) -> None:
    """Write a JSON file, indented, as `write_atomically` does."""
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode(), new=new)


def temporary(path: Path) -> Path:
    """The temporary file of `write_atomically`."""
    return path.with_name(f".{path.name}.tmp")


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """An empty file to write to, locked against other processes."""
    while True:
        # 0666 leaves it to the umask who may read the file.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            # Windows and some file systems have no such locks.
            with suppress(ImportError, OSError):
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            if _is_named(descriptor, path):
                file.truncate(0)
                yield file
                return


def _is_named(descriptor: int, path: Path) -> bool:
    """Whether an open file still has its name; the process that had the lock before may have renamed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
