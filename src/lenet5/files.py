"""Writing files so that a reader sees the old content or the new one, whatever happens in between."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file by way of a temporary one beside it, flushed to the disk before it takes the name."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)  # noqa: PTH105 Path.replace is the same call; os.replace says "atomic" to readers
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file atomically, indented for people."""
    write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
