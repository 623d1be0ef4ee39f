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
    """Two sheets side by side: what the network answers before training and after it.

    `images` are bytes, N×28×28, ink high; `labels` the true digits; `before` and `after` the answers, N each.
    A right answer has a thin grey frame and ✓, a wrong one a heavy frame, ✗ and bold type. About 40 fit well.

    Raises ValueError if there is no digit, or not one label and two answers for each.
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
    width, height = style.sheet_size(COLUMNS, rows)
    figure = style.new_figure(2.1 * width, height)
    halves = figure.subplots(1, 2, gridspec_kw={"wspace": 0.1})
    for axes, when, answers in zip(halves, ("Before", "After"), (before, after), strict=True):
        right = int((answers == labels).sum())
        style.digit_sheet(axes, f"{when} training: {right} of {count} right", COLUMNS, rows)
        for place in range(count):
            _draw_answer(axes, images[place], place, int(answers[place]), int(labels[place]))
    return figure


def _draw_answer(axes: Axes, image: Tensor, place: int, answer: int, label: int) -> None:
    """One digit in its frame with the answer beneath."""
    left, top = style.draw_digit(axes, image, place, COLUMNS)
    if answer == label:
        mark, weight, colour, line = "✓", "normal", style.GREY, style.THIN
    else:
        mark, weight, colour, line = "✗", "bold", style.VERMILLION, style.HEAVY
    axes.add_patch(Rectangle((left, top), style.DIGIT, style.DIGIT, fill=False, edgecolor=colour, linewidth=line))
    axes.text(
        left + style.DIGIT / 2,
        top + style.DIGIT + 2,
        f"{mark} {answer}",
        ha="center",
        va="top",
        fontsize=style.TEXT,
        fontweight=weight,
        color=colour,
    )
