"""Figure 5: training and test error after each pass, ours beside those of 1998."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lenet5.paper import FIGURE_5_TEST, FIGURE_5_TRAIN
from lenet5.plots import style

# The part of the width kept free for the words at the right.
MARGIN: Final = 0.22

# Marker, dashes and colour of each curve of several runs, in the order of drawing.
FORMATS_OF_CURVES: Final = (("s-", style.VERMILLION), ("o-", style.BLUE), ("x-", style.BLACK))


class _Line(NamedTuple):
    name: str
    per_cent: Sequence[float]
    shape: str  # matplotlib's letters for marker and dashes
    fill: str
    colour: str
    width: float


def error_per_pass(train: Sequence[float], test: Sequence[float], *, paper: bool, title: str) -> Figure:
    """The errors of one run against the pass, in per cent, the last values written at the right.

    Args:
        train: the fraction of patterns misread in each pass, measured on the fly.
        test: the fraction of the evaluation set misread after each pass.
        paper: whether figure 5 of 1998 lies behind, in grey, which only makes sense for MNIST.
        title: above the figure.

    Raises:
        ValueError: there is no pass, or not one training and one test error for each.

    *Paper:* section III-B, figure 5.
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
        *(_lines_of_1998("1998 {}", fill="white") if paper else []),
        _Line("training", [100 * error for error in train], "s-", "white", style.VERMILLION, style.HEAVY),
        _Line("test", [100 * error for error in test], "o-", style.BLUE, style.BLUE, style.HEAVY),
    ]
    figure = style.new_figure(7, 4, margin=MARGIN)
    axes = _axes(figure, title)
    for line in lines:
        _draw_line(axes, line)
    axes.set_xlim(0.5, max(len(line.per_cent) for line in lines) + 0.5)
    axes.set_ylim(0, 1.1 * max(max(line.per_cent) for line in lines) or 1)
    _write_last_values(axes, lines)
    return figure


def error_over_seeds(curves: Mapping[str, Sequence[Sequence[float]]], *, title: str) -> Figure:
    """The errors of several runs: means as lines, standard deviations as bands, figure 5 of 1998 in grey.

    Args:
        curves: up to three by name, each passes × seeds, in per cent.
        title: above the figure.

    *Paper:* section III-B, figure 5.
    """
    figure = style.new_figure(7, 4.2)
    axes = _axes(figure, title)
    for line in _lines_of_1998("1998, {}", fill=style.GREY):
        _draw_line(axes, line)
    for (name, curve), (shape, colour) in zip(curves.items(), FORMATS_OF_CURVES, strict=False):
        mean = [fmean(seeds) for seeds in curve]
        width = [stdev(seeds) if len(seeds) > 1 else 0.0 for seeds in curve]
        low, high = ([m + sign * w for m, w in zip(mean, width, strict=True)] for sign in (-1, 1))
        _draw_line(axes, _Line(name, mean, shape, colour, colour, style.HEAVY / 1.5))
        axes.fill_between(range(1, len(mean) + 1), low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set_ylim(0)
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure


def _lines_of_1998(name: str, fill: str) -> list[_Line]:
    """The two curves of the paper; `name` has {} for which."""
    return [
        _Line(name.format("training"), FIGURE_5_TRAIN, "^:", fill, style.GREY, style.THIN),
        _Line(name.format("test"), FIGURE_5_TEST, "D--", fill, style.GREY, style.THIN),
    ]


def _axes(figure: Figure, title: str) -> Axes:
    return style.plain_axes(figure, title, "pass through the training set", "error, %")


def _draw_line(axes: Axes, line: _Line) -> None:
    axes.plot(
        range(1, len(line.per_cent) + 1),
        line.per_cent,
        line.shape,
        label=line.name,
        color=line.colour,
        linewidth=line.width,
        markersize=4,
        markerfacecolor=line.fill,
    )


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
