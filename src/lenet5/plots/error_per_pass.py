"""Figure 5: training and test error after each pass, ours beside those of 1998."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lenet5.paper import FIGURE_5_TEST, FIGURE_5_TRAIN
from lenet5.plots import style

# The part of the width kept free for the words at the right.
MARGIN: Final = 0.22


class _Line(NamedTuple):
    name: str
    per_cent: Sequence[float]
    shape: str  # matplotlib's letters for marker and dashes
    fill: str
    colour: str
    width: float


def error_per_pass(train: Sequence[float], test: Sequence[float], *, paper: bool, title: str) -> Figure:
    """Section III-B, figure 5: the error in per cent against the pass, the last values written at the right.

    `train` and `test` hold, for each pass, the fraction of patterns misread; the training error is measured
    on the fly. `paper` draws figure 5 of 1998 behind them, in grey, which only makes sense for MNIST.

    Raises ValueError if there is no pass, or not one training and one test error for each.
    """
    if len(train) != len(test):
        raise ValueError(
            f"error_per_pass was given {len(train)} training and {len(test)} test errors; "
            "expected one of each for every pass."
        )
    if not train:
        raise ValueError("error_per_pass was given no errors; expected those of one pass at least.")

    # In the order of drawing: ours on top.
    lines = [
        _Line("1998 training", FIGURE_5_TRAIN, "^:", "white", style.GREY, style.THIN),
        _Line("1998 test", FIGURE_5_TEST, "D--", "white", style.GREY, style.THIN),
        _Line("training", [100 * error for error in train], "s-", "white", style.VERMILLION, style.HEAVY),
        _Line("test", [100 * error for error in test], "o-", style.BLUE, style.BLUE, style.HEAVY),
    ]
    if not paper:
        lines = lines[2:]
    figure = style.new_figure(7, 4, margin=MARGIN)
    axes = style.plain_axes(figure, title, "pass through the training set", "error, %")
    for name, per_cent, shape, fill, colour, width in lines:
        axes.plot(
            range(1, len(per_cent) + 1),
            per_cent,
            shape,
            label=name,
            color=colour,
            linewidth=width,
            markersize=4,
            markerfacecolor=fill,
        )
    axes.set_xlim(0.5, max(len(line.per_cent) for line in lines) + 0.5)
    axes.set_ylim(0, 1.1 * max(max(line.per_cent) for line in lines) or 1)
    _write_last_values(axes, lines)
    return figure


def _write_last_values(axes: Axes, lines: Sequence[_Line]) -> None:
    """Each line's name and last value right of the axes, moved up where they would overlap."""
    height_of_text = 0.05 * axes.get_ylim()[1]
    free_from = 0.0
    for line in sorted(lines, key=lambda line: line.per_cent[-1]):
        last = line.per_cent[-1]
        height = max(last, free_from)
        free_from = height + height_of_text
        axes.annotate(
            f"{line.name} {last:.2f} %",
            (len(line.per_cent), last),
            xytext=(1.03, height),
            textcoords=axes.get_yaxis_transform(),
            va="center",
            in_layout=False,  # the layout would move the words and the words the layout, anew at each drawing
            fontsize=style.TEXT,
            color=line.colour,
            arrowprops={
                "arrowstyle": "-",
                "relpos": (0, 0.5),
                "shrinkA": 2,
                "linestyle": ":",
                "linewidth": style.THIN,
                "color": line.colour,
            },
        )
