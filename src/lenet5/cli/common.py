"""What the commands share: options that mean the same everywhere, and how a mistake is told."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer


class DatasetName(StrEnum):
    """What --dataset takes."""

    digits = "digits"
    mnist = "mnist"


class PresetName(StrEnum):
    """What --preset takes; the presets themselves are in `presets`."""

    paper = "1998"
    tuned = "tuned"
    distorted = "distorted"
    noisy = "noisy"
    best = "best"
    fast = "fast"
    digits = "digits"


class EngineChoice(StrEnum):
    """What --engine takes."""

    auto = "auto"
    native = "native"
    torch = "torch"


def path(name: str) -> Path:
    """A file or folder as it is named; without a name it would be the current folder."""
    if not name:
        raise typer.BadParameter("an empty name was given; give the name of a file or folder.")
    return Path(name)


def path_option(said: str) -> Any:
    """An option that takes a file or folder; `said` is its help."""
    return typer.Option(parser=path, metavar="PATH", help=said)


DataOption = Annotated[
    Path | None,
    path_option("The folder with MNIST's four files. [default: $LENET5_DATA, the cache, a download]"),
]
EngineOption = Annotated[
    EngineChoice | None, typer.Option(help="native is C++, torch the tensor path. [default: auto, native if it can]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def complain(sentence: str) -> None:
    """Say something on standard error; where that cannot be written either, there is nobody to tell."""
    with suppress(OSError):
        typer.echo(sentence, err=True)


def fail(sentence: str) -> NoReturn:
    """Say what is wrong, and end with status 1."""
    complain(f"lenet5: {sentence}")
    raise SystemExit(1)


@contextmanager
def offering_digits() -> Iterator[None]:
    """Where MNIST is not to be had, name the data set that always is; for a command that takes another one."""
    from lenet5.data.mnist import DatasetNotFoundError

    try:
        yield
    except DatasetNotFoundError as error:
        fail(f"{error}, or take the embedded digits with --dataset digits")


def check_data(data: Path | None, dataset: str) -> None:
    """A folder of MNIST's files and another data set are two wishes: ask which is meant."""
    if data is not None and dataset != DatasetName.mnist.value:
        fail(f"--data {data} holds MNIST's files, and {dataset} was asked for; give --dataset mnist, or no --data.")
