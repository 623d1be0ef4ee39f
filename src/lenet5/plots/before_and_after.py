"""The same test digits read twice: by the network as it was initialised, and as it was trained."""

from math import ceil
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lenet5.plots import style

COLUMNS: Final = 8


def before_and_after(images: Tensor, labels: Tensor, before: Tensor, after: Tensor) -> Figure:
    """Two grids side by side: the network's predictions before training and after it.

    A right prediction has a thin grey frame and ✓, a wrong one a heavy frame, ✗ and bold type. About 40 fit well.

    Args:
        images: N×28×28 uint8, foreground 255.
        labels: the true digits, N.
        before: the predictions of the network as initialised, N.
        after: the predictions of the trained network, N.

    Raises:
        ValueError: there is no digit, or not one label and two predictions for each.
    """
    count = len(images)
    if not count == len(labels) == len(before) == len(after):
        raise ValueError(
            f"before_and_after was given {count} images, {len(labels)} labels, {len(before)} answers before "
            f"and {len(after)} after; expected as many of each."
        )
    if not count:
        raise ValueError("before_and_after was given no digits; expected one at least.")

    rows = ceil(count / COLUMNS)
    width, height = style.grid_size(COLUMNS, rows)
    figure = style.new_figure(2.1 * width, height)
    halves = figure.subplots(1, 2, gridspec_kw={"wspace": 0.1})
    for axes, when, predictions in zip(halves, ("Before", "After"), (before, after), strict=True):
        right = int((predictions == labels).sum())
        style.digit_grid(axes, f"{when} training: {right} of {count} right", COLUMNS, rows)
        for position in range(count):
            _draw_prediction(axes, images[position], position, int(predictions[position]), int(labels[position]))
    return figure


def _draw_prediction(axes: Axes, image: Tensor, position: int, prediction: int, label: int) -> None:
    """One digit in its frame with the prediction beneath."""
    left, top = style.draw_digit(axes, image, position, COLUMNS)
    if prediction == label:
        mark, weight, colour, line = "✓", "normal", style.GREY, style.THIN
    else:
        mark, weight, colour, line = "✗", "bold", style.VERMILLION, style.HEAVY
    axes.add_patch(Rectangle((left, top), style.DIGIT, style.DIGIT, fill=False, edgecolor=colour, linewidth=line))
    axes.text(
        left + style.DIGIT / 2,
        top + style.DIGIT + 2,
        f"{mark} {prediction}",
        ha="center",
        va="top",
        fontsize=style.TEXT,
        fontweight=weight,
        color=colour,
    )
