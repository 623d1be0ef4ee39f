"""What every layer makes of one digit, from the input to the penalties. Figure 2, filled in."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from lenet5.plots import style
from lenet5.plots.states import DARKEST, LIGHTEST, State, pictures_of_states

# Where each picture stands in a grid of 2 rows and 6 columns: row, first column, columns. Large maps have more room.
GRID = {"input": (0, 0, 1), "C1": (0, 1, 2), "S2": (0, 3, 1), "C3": (0, 4, 2)}
GRID |= {"S4": (1, 0, 2), "C5": (1, 2, 1), "F6": (1, 3, 1), "code": (1, 4, 1)}


def maps(pattern: State, states: Mapping[str, State], *, title: str) -> Figure:
    """The input, the maps of C1 to S4, the units of C5 and F6, the nearest code, and the ten penalties.

    Args:
        pattern: the input, 32×32.
        states: of it, by layer, see `pictures_of_states`; OUTPUT has the ten digits' penalties.
        title: above the figure.

    *Paper:* figure 2, and figure 13 for the states as pictures.
    """
    figure = style.new_figure(9, 4)
    figure.suptitle(title, x=0.01, ha="left", fontsize=style.TITLE, color=style.BLACK)
    grid = figure.add_gridspec(2, 6)
    pictures = {"input": pattern, **pictures_of_states(states, columns=4)}
    names = {"code": "nearest code"}
    for name, (row, column, columns) in GRID.items():
        axes = figure.add_subplot(grid[row, column : column + columns])
        axes.imshow(pictures[name], cmap="gray_r", vmin=LIGHTEST, vmax=DARKEST)
        axes.set_title(names.get(name, name), loc="left", fontsize=style.TEXT, color=style.BLACK)
        axes.set_axis_off()
    axes = figure.add_subplot(grid[1, 5])
    penalties = states["OUTPUT"]
    smallest = int(penalties.argmin())
    colours = [style.VERMILLION if digit == smallest else style.GREY for digit in range(len(penalties))]
    axes.barh(range(len(penalties)), penalties, color=colours)
    axes.set_yticks(range(len(penalties)), [str(digit) for digit in range(len(penalties))])
    axes.invert_yaxis()
    axes.tick_params(labelsize=style.SMALL, color=style.GREY, labelcolor=style.BLACK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("penalties", loc="left", fontsize=style.TEXT, color=style.BLACK)
    return figure
