"""Readings of ruled grids as text, a picture at a time: aligned rows, or a comma-separated line a cell."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from lenet5.reading.batch import Result
from lenet5.reading.read_output import shown

COLUMNS: Final = ("file", "row", "column", "text", "probability", "unsure", "left", "top", "right", "bottom", "note")


def as_grid_lines(results: Iterable[Result], files: list[str]) -> Iterator[str]:  # noqa: ARG001 as the others
    """A heading a picture and a line a row of its grid; the number in a row of boxes is in the heading."""
    for file, reading in results:
        if isinstance(reading, str) or reading.grid is None or not reading.grid.rows:
            yield f"{shown(file)}: {'—' if isinstance(reading, str) else reading.note}"
            continue
        grid = reading.grid
        number = f": {grid.comb}" if grid.comb else ""
        doubt = [f"row {cell.row + 1} column {cell.column + 1}" for cell in grid.cells if cell.unsure]
        said = f" In doubt: {', '.join(doubt)}." if doubt else ""
        counts = f"{grid.rows} row{'s' * (grid.rows > 1)}, {grid.columns} column{'s' * (grid.columns > 1)}"
        yield f"{shown(file)}: {counts}{number}.{said}"
        widths = [max(map(len, column)) for column in zip(*grid.texts, strict=True)]
        for row in grid.texts:
            yield f"| {' | '.join(f'{text:>{width}}' for text, width in zip(row, widths, strict=True))} |"


def as_cell_lines(results: Iterable[Result], files: list[str]) -> Iterator[str]:  # noqa: ARG001 as the others
    """A header and a line a cell, rows and columns from 1; of a picture without a grid one line with the `note`."""
    yield ",".join(COLUMNS)
    for file, reading in results:
        grid = None if isinstance(reading, str) else reading.grid
        if grid is None or not grid.rows:
            yield _line({"file": file, "note": reading if isinstance(reading, str) else reading.note})
            continue
        for cell in grid.cells:
            sides = dict(zip(("left", "top", "right", "bottom"), cell.box, strict=True))
            counted = {"row": cell.row + 1, "column": cell.column + 1}
            yield _line({"file": file, **cell.as_dict(), **counted, **sides})


def _line(row: dict[str, Any]) -> str:
    line = io.StringIO()
    csv.DictWriter(line, COLUMNS, extrasaction="ignore").writerow(row)
    return line.getvalue().removesuffix("\r\n")
