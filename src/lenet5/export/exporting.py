"""From a trained network to a file that was read back."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import final

from lenet5.export import EXPORT_FORMATS, format_module
from lenet5.export.c import record_comparison
from lenet5.export.comparison import Comparison, compare_with_network, comparison_set
from lenet5.export.trained_network import load_trained_network
from lenet5.tools.files import write_atomically


@final
@dataclass(frozen=True)
class Exported:
    """A file that was written.

    Attributes:
        out: the file.
        size: in bytes.
        comparison: with the network; None where it was not compared.
        note: why it was compared on another test set than the network's own, None where it was not.
        seconds: that it took.
    """

    out: Path
    size: int
    comparison: Comparison | None
    note: str | None
    seconds: float


def export(model: str | Path, name: str, out: Path, *, data: Path | None = None, unchecked: bool = False) -> Exported:
    """Write a network to a file in the format called `name`, read it back and compare it; only then it takes its name.

    Args:
        model: as `load_model` takes it.
        name: in `EXPORT_FORMATS`.
        out: the file.
        data: MNIST's folder, see `comparison_set`.
        unchecked: write it without comparing.

    Raises:
        ValueError: the file read back does not agree with the network; nothing is written then.
    """
    began = time.perf_counter()
    form, trained = format_module(name), load_trained_network(model)
    comparison, note = None, None
    with TemporaryDirectory(prefix="lenet5-export-") as folder:
        draft = Path(folder) / f"lenet5{EXPORT_FORMATS[name].suffix}"
        form.write(trained, draft)
        if not unchecked:
            dataset, test, note = comparison_set(trained, data)
            comparison = compare_with_network(
                trained, form.read_back(draft), dataset, test, probabilities=EXPORT_FORMATS[name].probabilities
            )
            if complaint := form.complaint(comparison):
                raise ValueError(
                    f"The export to {name} does not read as the network does, and was not written: {comparison}; "
                    f"{complaint}."
                )
            if EXPORT_FORMATS[name].compiled:
                record_comparison(draft, comparison)
        content = draft.read_bytes()
    write_atomically(out, content)
    return Exported(out, len(content), comparison, note, time.perf_counter() - began)
