"""The table that a ruled grid is: its cells, row by row, each with what stands in it."""

from dataclasses import dataclass
from typing import Any

from lenet5.reading.mark import Box


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell of a ruled grid, and what stands in it.

    Attributes:
        row: from 0.
        column: from 0.
        box: left, top, right, bottom in the picture, in fractions of its width and height.
        text: its number; empty where nothing is written.
        probability: of the text; None where there is none.
        unsure: whether it is less likely than was asked for; the text is then a guess.
    """

    row: int
    column: int
    box: Box
    text: str
    probability: float | None
    unsure: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "box": list(self.box)}


@dataclass(frozen=True, eq=False)
class Grid:
    """A table of cells; of no rows and columns where there is none on the picture.

    Attributes:
        rows: how many.
        columns: how many.
        cells: row by row, the empty ones too.
    """

    rows: int
    columns: int
    cells: list[Cell]

    @property
    def texts(self) -> list[list[str]]:
        """What stands in the cells, a list a row."""
        return [[cell.text for cell in self.cells if cell.row == row] for row in range(self.rows)]

    @property
    def comb(self) -> str | None:
        """The number in a single row of boxes with at most one digit each; None for any other grid."""
        texts = [cell.text for cell in self.cells]
        return "".join(texts) if self.rows == 1 and any(texts) and max(map(len, texts)) == 1 else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `text` only of a comb, the number in its boxes."""
        whole = {"rows": self.rows, "columns": self.columns, "cells": [cell.as_dict() for cell in self.cells]}
        return whole | ({"text": self.comb} if self.comb else {})
