"""Files of networks and runs, read by safetensors itself and written again with a right digest."""

from pathlib import Path

import numpy as np
import safetensors

from lenet5.training.model_file import content_of


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and the header of a file."""
    with safetensors.safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118


def edit(path: Path, arrays: dict[str, np.ndarray] | None = None, **header: str) -> None:
    """Write a file again with other arrays or with other texts in its header, as one that was made so."""
    before, texts = read(path)
    path.write_bytes(content_of(before if arrays is None else arrays, {**texts, **header}))
