"""The trained network in the forms that other programs read: ONNX, a torch.export program, a C99 header, JSON.

A file each, and all made in the same way: see `FormatModule`. `exporting` puts them together.
Nothing here waits for PyTorch, so that the command line can refuse at once.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from lenet5.export.compiler import compiler
from lenet5.tools.distribution import install_hint

if TYPE_CHECKING:
    from torch import Tensor

    from lenet5.export.comparison import Comparison
    from lenet5.export.trained_network import TrainedNetwork


class Format(NamedTuple):
    """A format before it is imported.

    Attributes:
        module: its file here.
        suffix: of the files it writes.
        packages: what must be installed beside lenet5.
        compiled: whether reading back takes a C compiler.
        probabilities: whether it gives those, N×11, where others give penalties.
        feed: what to give it and what comes out, where other programs take it wrong in silence.
    """

    module: str
    suffix: str
    packages: tuple[str, ...] = ()
    compiled: bool = False
    probabilities: bool = False
    feed: str | None = None


EXPORT_FORMATS: Final[Mapping[str, Format]] = {
    "onnx": Format(
        "onnx",
        ".onnx",
        packages=("onnx", "onnxruntime"),
        feed="Give it fields, N×1×32×32 float32 from -0.1 (background) to 1.175 (digit), the 28×28 image in the "
        "middle; the smallest of the penalties is the answer. With --bytes it takes bytes 0 to 255.",
    ),
    "onnx-bytes": Format(
        "onnx_bytes",
        ".onnx",
        packages=("onnx", "onnxruntime"),
        probabilities=True,
        feed="Give it images, N×28×28 uint8 from 0 (background) to 255 (digit); out come probabilities, N×11: "
        "the digits 0 to 9, then no digit.",
    ),
    "torch": Format("program", ".pt2"),
    "c": Format("c", ".h", compiled=True),
    "c-int8": Format("c_int8", ".h", compiled=True),
    "json": Format("json", ".json"),
}


class FormatModule(Protocol):
    """What each format's module offers."""

    def write(self, trained: "TrainedNetwork", path: Path) -> None:
        """Write the network to a file."""

    def read_back(self, path: Path) -> "Callable[[Tensor], Tensor]":
        """The file read by another program than ours: from N×28×28 uint8 images, foreground 255, to what it gives.

        That is N×10 penalties, or N×11 probabilities.
        """

    def complaint(self, comparison: "Comparison") -> str | None:
        """What is wrong with a file that compares so, in a few words; None where it is right."""


def format_module(name: str) -> FormatModule:
    """A format's module by its name in `EXPORT_FORMATS`."""
    return cast(FormatModule, import_module(f"lenet5.export.{EXPORT_FORMATS[name].module}"))


def format_named(to: str, *, int8: bool = False, as_bytes: bool = False) -> str:
    """The name in `EXPORT_FORMATS` of what `--to`, `--int8` and `--bytes` ask for.

    Raises:
        ValueError: there is no such format, or one that has no form of int8 or of bytes was asked for in it.
    """
    names = [name for name in EXPORT_FORMATS if name not in ("c-int8", "onnx-bytes")]
    if to not in names:
        raise ValueError(f"There is no format {to!r} to export to; choose one of {', '.join(names)}.")
    if int8 and to != "c":
        raise ValueError(f"--int8 was given with --to {to}; it is a form of the C header: give --to c.")
    if as_bytes and to != "onnx":
        raise ValueError(f"--bytes was given with --to {to}; it is a form of the ONNX graph: give --to onnx.")
    return "c-int8" if int8 else "onnx-bytes" if as_bytes else to


def check_tools(name: str, *, unchecked: bool = False) -> None:
    """Whether what a format takes is there: packages, and a compiler unless the file is not read back.

    Raises:
        ValueError: one is missing; the sentence says what to install.
    """
    wanted = EXPORT_FORMATS[name]
    if missing := [package for package in wanted.packages if find_spec(package) is None]:
        raise ValueError(
            f"Exporting to {name} takes {' and '.join(missing)}, not installed here: {install_hint('export')}."
        )
    if wanted.compiled and not unchecked:
        compiler()


def check_out(out: Path, name: str) -> None:
    """Whether the file can be written there; one of the same kind is replaced.

    Raises:
        ValueError: it is a folder, in a folder that is not there, or a file of another kind.
    """
    if out.is_dir():
        raise ValueError(
            f"{out} is a folder; --out takes a file, such as {out / ('lenet5' + EXPORT_FORMATS[name].suffix)}."
        )
    if not out.parent.is_dir():
        raise ValueError(f"There is no folder {out.parent} to write {out.name} to; make it, or give another --out.")
    if out.exists() and out.suffix != EXPORT_FORMATS[name].suffix:
        raise ValueError(
            f"{out} is there already and no {EXPORT_FORMATS[name].suffix} file; it is not replaced: give another --out."
        )
