"""What a decoder may do to its process, by the name of the file that it is given. Light, for workers import it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lenet5.reading import batch as pictures


def recurse() -> None:
    recurse()


HARM: dict[str, Callable[[], object]] = {
    "hangs": lambda: time.sleep(60),
    "crashes": os.abort,
    "fills": lambda: np.ones(10**9),
    "recurses": recurse,
}


def read_chunk(files: list[str], read_one: Callable[[str], pictures.Result]) -> list[pictures.Result]:
    """As `pictures` reads it, but for a file that is called so, with harm."""
    results = []
    for file in files:
        harm = HARM.get(Path(file).stem)
        with pytest.MonkeyPatch.context() as patch:
            if harm is not None:
                patch.setattr(pictures, "read_by", lambda *_, harm=harm, **__: harm())
            results.append(read_one(file))
    return results
