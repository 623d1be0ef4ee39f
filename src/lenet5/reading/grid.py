"""A table of cells: what stands in each cell of the ruled grid on a picture."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.graphs.transducer import Transducer
from lenet5.reading.cells import Cell, Grid
from lenet5.reading.grey_levels import Grey
from lenet5.reading.grid_lines import GridLines, grid_on, turned, without_lines
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.mark import Box, Number
from lenet5.reading.normalisation import Normalised, normalise
from lenet5.reading.numbers import OnPage, numbers_on
from lenet5.reading.result import Reading
from lenet5.reading.segment import Segment
from lenet5.reading.together import LineReaders

# Of a cell's height: what is lower and no digit is what is left of a line, or a speck.
LOW: Final = 0.3
# Of a cell's side: what is no digit and so near a line is what is left of it.
NEAR: Final = 0.12


def read_grid(grey: Grey, network: InferenceNetwork, readers: LineReaders, grammar: Transducer | None) -> Reading:
    """The marks of a picture by the cells of its grid, row by row; without any where there is no grid.

    Args:
        grey: height×width, 0 black to 1 white.
        network: reads the marks.
        readers: take apart what touches.
        grammar: what can stand in a cell; None for any number.
    """
    lines = grid_on(grey)
    if lines is None:
        return Reading([], grid=Grid(0, 0, []))
    page = normalise(without_lines(turned(grey, lines.tilt), lines))
    size = grey.shape[1], grey.shape[0]
    of_cell = _by_cell(page.segments, lines)
    whole = Reading([], grammar=grammar is not None, grid=Grid(len(lines.down) - 1, len(lines.across) - 1, []))
    for row in range(len(lines.down) - 1):
        for column in range(len(lines.across) - 1):
            members = of_cell.get((row, column), [])
            found = numbers_on(_of_these(page, members, row), size, network, lambda: readers, grammar)
            found = _without_rests(found, lines, row, column, size)
            _add(whole, found, lines, (row, column), size)
    return whole


def _by_cell(segments: list[Segment], lines: GridLines) -> dict[tuple[int, int], list[int]]:
    """The numbers of the segments whose middle lies in each cell, from left to right."""
    found: dict[tuple[int, int], list[int]] = {}
    for k in sorted(range(len(segments)), key=lambda k: segments[k].left):
        one = segments[k]
        row = int(np.searchsorted(lines.down, (one.top + one.bottom) / 2)) - 1
        column = int(np.searchsorted(lines.across, (one.left + one.right) / 2)) - 1
        if 0 <= row < len(lines.down) - 1 and 0 <= column < len(lines.across) - 1:
            found.setdefault((row, column), []).append(k)
    return found


def _of_these(page: Normalised, members: list[int], row: int) -> Normalised:
    """A page with these segments alone, on one line."""
    segments = [page.segments[k].on_line(row) for k in members]
    return replace(page, segments=segments, patterns=page.patterns[members])


def _without_rests(found: OnPage, lines: GridLines, row: int, column: int, size: tuple[int, int]) -> OnPage:
    """What is in a cell, without numbers that are no digit and low, or beside a line: what is left of that line."""
    top, bottom = (lines.down[k] / size[1] for k in (row, row + 1))
    left, right = (lines.across[k] / size[0] for k in (column, column + 1))

    def is_rest(number: Number) -> bool:
        x1, y1, x2, y2 = number.box
        low = y2 - y1 < LOW * (bottom - top)
        near_x, near_y = NEAR * (right - left), NEAR * (bottom - top)
        beside = x2 < left + near_x or x1 > right - near_x or y2 < top + near_y or y1 > bottom - near_y
        return not any(letter.isdigit() for letter in number.text) and (low or beside)

    kept = [k for k, number in enumerate(found.numbers) if not is_rest(number)]
    marks = [replace(mark, number=kept.index(mark.number)) for mark in found.marks if mark.number in kept]
    return found._replace(marks=marks, numbers=[found.numbers[k] for k in kept])


def _add(whole: Reading, found: OnPage, lines: GridLines, cell: tuple[int, int], size: tuple[int, int]) -> None:
    """A cell with what is in it to a reading, with boxes on the picture as it was."""
    row, column = cell
    width, height = size
    before = len(whole.numbers)
    sides = lines.across[column], lines.down[row], lines.across[column + 1], lines.down[row + 1]
    box = sides[0] / width, sides[1] / height, sides[2] / width, sides[3] / height
    text = " ".join(number.text for number in found.numbers if number.text)
    likely = float(np.prod([number.probability for number in found.numbers])) if text else None
    if whole.grid is not None:
        whole.grid.cells.append(Cell(row, column, _turned_back(box, lines.tilt, size), text, likely))
    for number in found.numbers:
        whole.numbers.append(replace(number, box=_turned_back(number.box, lines.tilt, size)))
    for mark in found.marks:
        back = _turned_back(mark.box, lines.tilt, size)
        whole.marks.append(replace(mark, number=before + mark.number, box=back))


def _turned_back(box: Box, tilt: float, size: tuple[int, int]) -> Box:
    """The box, in fractions, of the same size around the same middle on the picture before it was turned."""
    width, height = size
    middle: NDArray[np.float64] = np.array([(box[0] + box[2] - 1) * width, (box[1] + box[3] - 1) * height]) / 2
    cosine, sine = np.cos(np.radians(tilt)), np.sin(np.radians(tilt))
    x, y = (cosine * middle[0] - sine * middle[1]) / width + 0.5, (sine * middle[0] + cosine * middle[1]) / height + 0.5
    half_x, half_y = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    sides = x - half_x, y - half_y, x + half_x, y + half_y
    left, top, right, bottom = (float(np.clip(side, 0, 1)) for side in sides)
    return left, top, right, bottom
