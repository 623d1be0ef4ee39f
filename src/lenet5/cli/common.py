"""What the commands share: options that mean the same everywhere, and how a mistake is told."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

# Who names these imports PyTorch or more; a test holds them to `load_dataset` and `EngineName`.
DATASETS: Final = ("digits", "mnist")
ENGINES: Final = ("auto", "native", "torch")


def path(name: str) -> Path:
    """A file or folder as it is named; without a name it would be the current folder.

    Raises:
        typer.BadParameter: an empty name.
    """
    if not name:
        raise typer.BadParameter("an empty name was given; give the name of a file or folder.")
    return Path(name)


def path_option(said: str) -> Any:
    """An option that takes a file or folder; `said` is its help."""
    return typer.Option(parser=path, metavar="PATH", help=said)


def choice_option(names: Iterable[str], said: str) -> Any:
    """An option that takes one of a few names; `said` is its help."""
    known = tuple(names)

    def one_of(name: str) -> str:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(map(repr, known))}.")
        return name

    def beginning_so(incomplete: str) -> list[str]:
        return [name for name in known if name.startswith(incomplete)]

    return typer.Option(parser=one_of, metavar=f"<{'|'.join(known)}>", autocompletion=beginning_so, help=said)


DataOption = Annotated[
    Path | None,
    path_option("The folder with MNIST's four files. [default: $LENET5_DATA, the cache, a download]"),
]
EngineOption = Annotated[
    str | None, choice_option(ENGINES, "native is C++, torch the tensor path. [default: auto, native if it can]")
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
    """Where MNIST is not to be had, offer the data set that always is; for a command that takes another one."""
    from lenet5.data.mnist import DatasetNotFoundError

    try:
        yield
    except DatasetNotFoundError as error:
        fail(f"{error}, or take the embedded digits with --dataset digits")


def check_data(data: Path | None, dataset: str) -> None:
    """Refuse a folder of MNIST's files together with another data set."""
    if data is not None and dataset != "mnist":
        fail(f"--data {data} holds MNIST's files, and {dataset} was asked for; give --dataset mnist, or no --data.")
