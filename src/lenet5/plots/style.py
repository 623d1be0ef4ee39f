"""What the pictures share: colours, sizes, plain axes, grids of digits, and how a picture becomes a file.

The colours are Okabe and Ito's, told apart by colour-blind readers. In grey print blue and vermillion come
close, so no picture relies on colour alone: markers, dashes, frames and words differ as well.
"""

from io import BytesIO
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from lenet5.tools.files import write_atomically

BLACK: Final = "#222222"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
GREY: Final = "#767676"
PALE: Final = "#DDDDDD"

# Text and lines in points, resolution in dots per inch.
TITLE: Final = 11
TEXT: Final = 9
SMALL: Final = 6.5
HEAVY: Final = 1.8
THIN: Final = 0.8
RESOLUTION: Final = 160

# A grid of digits is measured in the digits' own pixels: the digit, the step to the next one beside and
# beneath it (words included), the room for the grid's title.
DIGIT: Final = 28
STEP_X: Final = 35
STEP_Y: Final = 46
HEADING: Final = 22
INCHES_PER_PIXEL: Final = 0.0165


def new_figure(width: float, height: float, *, margin: float = 0) -> Figure:
    """An empty white figure that belongs to no window and no global state.

    Args:
        width: in inches.
        height: in inches.
        margin: the part of the width, at the right, that the layout keeps free.
    """
    layout = ConstrainedLayoutEngine(rect=(0, 0, 1 - margin, 1))
    return Figure(figsize=(width, height), facecolor="white", layout=layout)


def plain_axes(figure: Figure, title: str, x_label: str, y_label: str) -> Axes:
    """Axes for curves over passes: two spines, pale horizontal rules, ticks at whole passes."""
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=TITLE, color=BLACK, pad=16)
    axes.set_xlabel(x_label, fontsize=TEXT, color=BLACK)
    axes.set_ylabel(y_label, fontsize=TEXT, color=BLACK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(which="both", labelsize=TEXT, color=GREY, labelcolor=BLACK)
    axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axes.grid(axis="y", color=PALE, linewidth=THIN)
    axes.set_axisbelow(True)
    return axes


def grid_size(columns: int, rows: int) -> tuple[float, float]:
    """Width and height in inches of a grid of digits."""
    return columns * STEP_X * INCHES_PER_PIXEL, (HEADING + rows * STEP_Y) * INCHES_PER_PIXEL


def digit_grid(axes: Axes, title: str, columns: int, rows: int) -> None:
    """Turn `axes` into a grid with room for `rows` × `columns` digits, each with words beneath."""
    # The title lies inside the axes: outside, a constrained layout misplaces it where the aspect is fixed.
    axes.set_title(title, loc="left", fontsize=TITLE, color=BLACK, y=1, pad=-TITLE)
    axes.set_xlim(-2, columns * STEP_X - 2)
    axes.set_ylim(rows * STEP_Y, -HEADING)
    axes.set_anchor("NW")
    axes.set_axis_off()


def draw_digit(axes: Axes, image: Tensor, position: int, columns: int) -> tuple[int, int]:
    """Draw a 28×28 uint8 image, foreground dark, at a position counted along the rows; returns its left and top."""
    row, column = divmod(position, columns)
    left, top = column * STEP_X, row * STEP_Y
    extent = (left, left + DIGIT, top + DIGIT, top)
    axes.imshow(image.cpu().numpy(), cmap="gray_r", vmin=0, vmax=255, extent=extent)
    return left, top


def save(figure: Figure, path: Path, title: str | None = None) -> None:
    """Write a PNG whole or not at all, the same bytes for the same figure.

    Args:
        figure: what to write.
        path: where.
        title: what the file says of itself.

    Raises:
        WriteError: it cannot be written.
    """
    drawn = BytesIO()
    # Without "Software" the bytes do not change with matplotlib's version number.
    figure.savefig(drawn, format="png", dpi=RESOLUTION, metadata={"Software": None, "Title": title})
    write_atomically(path, drawn.getvalue())
