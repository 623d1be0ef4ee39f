"""lenet5 read."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lenet5.cli.common import fail
from lenet5.cli.output import LostOutputError
from lenet5.training.run_folder import READER

if TYPE_CHECKING:
    from lenet5.graphs.transducer import Transducer
    from lenet5.reading.batch import Result

# What an explanation says of itself, so that nothing else is replaced by one.
EXPLANATION = "What LeNet-5 saw"


def read(
    pictures: Annotated[
        list[str], typer.Argument(metavar="PICTURE…", help="Files, folders, patterns as 'scans/*.png', - for stdin.")
    ],
    model: Annotated[
        str, typer.Option(help="A run's folder, a model.safetensors, or pretrained-reader and its like.")
    ] = READER,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    grid: Annotated[
        bool, typer.Option("--grid", help="Read a ruled table cell by cell; --csv then gives a line a cell.")
    ] = False,
    explain: Annotated[Path | None, typer.Option(help="Draw what the network saw of one picture to this PNG.")] = None,
    length: Annotated[str | None, typer.Option(help="Numbers have so many digits: 9, or 4-6.")] = None,
    among: Annotated[Path | None, typer.Option(help="Numbers are of this list: a text file, one a line.")] = None,
    pattern: Annotated[
        str | None, typer.Option(help="Numbers look like this: d a digit, [ ] around what may be missing: '[d]d.dd'.")
    ] = None,
    min_probability: Annotated[
        float | None, typer.Option(metavar="P", help="What is less likely is unsure, a guess; 0.5 unless given.")
    ] = None,
) -> None:
    """Read the digits and numbers on pictures: what they say, how likely that is, and whether it is a digit at all."""
    from lenet5.reading.batch import files_meant, read_files
    from lenet5.reading.grid_output import as_cell_lines, as_grid_lines
    from lenet5.reading.mark import MIN_PROBABILITY
    from lenet5.reading.read_output import as_csv_lines, as_json_lines, as_table_lines, shown
    from lenet5.reading.reader import load_network

    if as_json and as_csv:
        fail("--json and --csv were both given; give one of them.")
    if grid and explain is not None:
        fail("--grid and --explain were both given; give one of them.")
    least = MIN_PROBABILITY if min_probability is None else min_probability
    if not 0 <= least <= 1:
        fail(f"--min-probability {min_probability} was given; give a part, 0 to 1.")
    grammar = _grammar(length, among, pattern)
    files = files_meant(pictures)
    load_network(model)
    if explain is not None and len(files) != 1:
        fail(f"--explain draws one picture, and {len(files)} were given; give one.")
    if explain is not None:
        _check_png(explain)
    if getattr(sys.stdout, "name", None) == os.devnull:
        fail("The standard output is closed; give one to write to.")
    form = as_json_lines if as_json else as_csv_lines if as_csv else as_table_lines
    if grid and not as_json:
        form = as_cell_lines if as_csv else as_grid_lines
    bad, empty = 0, False

    def results() -> "Iterator[Result]":
        nonlocal bad, empty
        if explain is None:
            files_read = read_files(files, model, grammar=grammar, min_probability=least, grid=grid)
        else:
            files_read = iter([_explained(files[0], model, explain, grammar, least)])
        with _bar_of_pictures(len(files)) as on_read:
            for file, reading in files_read:
                on_read()
                if isinstance(reading, str):
                    bad += 1
                    typer.echo(f"lenet5: {shown(file)}: {reading}", err=True)
                else:
                    empty = not reading.marks
                yield file, reading

    for line in form(results(), files):
        try:
            typer.echo(line)
        except LostOutputError as error:
            closed = error.errno == errno.EPIPE
            fail(
                "The output was closed before all readings were written."
                if closed
                else f"The output cannot be written ({error.strerror}); give it another place."
            )
    if explain is not None and empty:
        fail(f"{shown(files[0])} has no ink on it, so there is nothing to explain: {explain} was not written.")
    if bad:
        raise SystemExit(1)


def _check_png(to: Path) -> None:
    """Whether an explanation can be written there; only an explanation is replaced."""
    if to.suffix.lower() != ".png":
        fail(f"--explain {to} was given; give a file that ends in .png.")
    if not to.absolute().parent.is_dir():
        fail(f"There is no folder {to.absolute().parent} to write {to.name} to; make it, or give another --explain.")
    if to.exists() and not (to.is_file() and _is_explanation(to)):
        fail(f"--explain {to} would replace what is no explanation; give another file.")


def _is_explanation(file: Path) -> bool:
    """Whether it was written by --explain."""
    from PIL.PngImagePlugin import PngImageFile

    try:
        with PngImageFile(file) as image:
            return image.info.get("Title") == EXPLANATION
    # What is no picture, or a damaged one, is any kind of exception.
    except Exception:
        return False


def _grammar(length: str | None, among: Path | None, pattern: str | None) -> "Transducer | None":
    """What can occur; None for any numbers."""
    if (length, among, pattern).count(None) < 2:
        fail("Several of --length, --among and --pattern were given; give one of them.")
    from lenet5.graphs.grammar import matching, numbers_in, of_length

    if length is not None:
        fewest, _, longest = length.partition("-")
        if not (fewest.isascii() and fewest.isdecimal() and (longest or fewest).isdecimal()):
            fail(f"--length {length} was given; give a number of digits, as 9, or the fewest and the most, as 4-6.")
        return of_length(int(fewest), int(longest or fewest))
    if among is not None:
        return numbers_in(among)
    return None if pattern is None else matching(pattern)


def _explained(file: str, model: str, to: Path, grammar: "Transducer | None", min_probability: float) -> "Result":
    """A picture's reading, and what the network saw of it drawn, where there is anything on it."""
    from lenet5.reading.batch import content_of, failure_reason
    from lenet5.reading.grey_levels import first_page
    from lenet5.reading.reader import load_network, read_by

    try:
        grey, pages = first_page(content_of(file))
        by = load_network(model)
        reading = replace(read_by(by, grey, grammar=grammar, min_probability=min_probability), pages=pages)
    except Exception as error:
        return file, failure_reason(error)
    if reading.marks:
        # What draws takes half a second to import, and a bad picture need not wait for it.
        from lenet5.plots import style
        from lenet5.reading.explanation import explanation

        try:
            style.save(explanation(grey, reading, load_network(model)), to, EXPLANATION)
        except OSError as error:
            fail(f"{to} cannot be written ({error.strerror}); give another --explain.")
    return file, reading


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
