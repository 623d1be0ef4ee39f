"""From a trained network to a file that was read back."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lenet5.export import FORMATS, writer
from lenet5.export.c import sign
from lenet5.export.comparison import Comparison, compare, test_set
from lenet5.export.trained import load_trained
from lenet5.tools.files import write_atomically


@dataclass(frozen=True)
class Exported:
    """A file that was written: its size in bytes, how it compares, None where it was not compared, and seconds taken.

    note: why it was compared on another test set than the network's own, None where it was not.
    """

    out: Path
    size: int
    comparison: Comparison | None
    note: str | None
    seconds: float


def export(model: str | Path, name: str, out: Path, *, data: Path | None = None, unchecked: bool = False) -> Exported:
    """Write a network to a file in the format called `name`, read it back and compare it; only then it takes its name.

    model: as `load_model` takes it · name: in `FORMATS` · data: MNIST's folder, see `test_set` · unchecked: write it
    without comparing.
    Raises ValueError where the file read back does not agree with the network; nothing is written then.
    """
    began = time.perf_counter()
    form, trained = writer(name), load_trained(model)
    comparison, note = None, None
    with TemporaryDirectory(prefix="lenet5-export-") as folder:
        draft = Path(folder) / f"lenet5{FORMATS[name].suffix}"
        form.write(trained, draft)
        if not unchecked:
            dataset, test, note = test_set(trained, data)
            comparison = compare(trained, form.reader(draft), dataset, test)
            if complaint := form.complaint(comparison):
                raise ValueError(
                    f"The export to {name} does not read as the network does, and was not written: {comparison}; "
                    f"{complaint}."
                )
            if FORMATS[name].compiled:
                sign(draft, comparison)
        content = draft.read_bytes()
    write_atomically(out, content)
    return Exported(out, len(content), comparison, note, time.perf_counter() - began)
