"""lenet5 read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lenet5.cli.common import fail

if TYPE_CHECKING:
    from lenet5.pictures import Result
    from lenet5.reading import Reading


def read(
    pictures: Annotated[
        list[str], typer.Argument(metavar="PICTURE…", help="Files, folders, patterns as 'scans/*.png', - for stdin.")
    ],
    model: Annotated[str, typer.Option(help="A run's folder, a model.safetensors, or pretrained.")] = "pretrained",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    explain: Annotated[Path | None, typer.Option(help="Draw what the network saw of one picture to this PNG.")] = None,
) -> None:
    """Read the digits on pictures: the answer, its probability, the runner-up, and whether it is a digit at all."""
    from lenet5.pictures import files_meant, read_files
    from lenet5.reading import network_of
    from lenet5.readings_out import as_csv_lines, as_json_lines, as_table_lines

    if as_json and as_csv:
        fail("--json and --csv were both given; give one of them.")
    files = files_meant(pictures)
    network_of(model)
    if explain is not None and len(files) != 1:
        fail(f"--explain draws one picture, and {len(files)} were given; give one.")
    form = as_json_lines if as_json else as_csv_lines if as_csv else as_table_lines
    if explain is not None:
        files_read: Iterator[Result] = iter([(files[0], _explained(files[0], model, explain))])
    else:
        files_read = read_files(files, model)
    bad = 0

    def results() -> "Iterator[Result]":
        nonlocal bad
        with _bar_of_pictures(len(files)) as on_read:
            for file, reading in files_read:
                on_read()
                if isinstance(reading, str):
                    bad += 1
                    typer.echo(f"lenet5: {file}: {reading}", err=True)
                yield file, reading

    for line in form(results(), files):
        typer.echo(line)
    if bad:
        raise SystemExit(1)


def _explained(file: str, model: str, to: Path) -> "Reading":
    """A picture's reading; what the network saw of it is drawn."""
    from lenet5.data.picture import grey_levels
    from lenet5.pictures import content_of
    from lenet5.reading import network_of, read_by

    if to.is_dir() or not to.absolute().parent.is_dir():
        fail(f"--explain {to} cannot be written: it is a folder, or its folder is not there; give a file.")
    grey = grey_levels(content_of(file))
    reading = read_by(network_of(model), grey)

    # What draws takes half a second to import, and a bad picture need not wait for it.
    from lenet5.figures import style
    from lenet5.figures.explanation import explanation

    style.save(explanation(grey, reading, network_of(model)), to)
    return reading


@contextmanager
def _bar_of_pictures(number: int) -> Iterator[Any]:
    """A bar on a terminal's standard error where there are many; gives what to call after each picture."""
    if number < 100 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("reading"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    bar = rich_progress.Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=on_terminal)
    with bar:
        task = bar.add_task("", total=number)
        yield lambda: bar.advance(task)
