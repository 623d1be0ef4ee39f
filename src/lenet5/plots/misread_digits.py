"""Figure 8: the test digits that the network misreads, each with the true digit and the answer."""

from math import ceil
from typing import Final

from matplotlib.figure import Figure
from torch import Tensor

from lenet5.plots import style

COLUMNS: Final = 12
AT_MOST: Final = 100


def misread_digits(images: Tensor, labels: Tensor, answers: Tensor, indices: Tensor, *, total: int) -> Figure:
    """Section III-B, figure 8: a sheet of the misread digits, beneath each "true->given" as the paper has it.

    `images` are the misread ones alone, bytes, N×28×28, ink high; `labels` the true digits; `answers` the
    network's; `indices` their places in the test set, printed small in grey; `total` how many patterns were
    read. The first 100 are drawn; none at all gives a sheet that says so.

    Raises ValueError if there are not as many labels, answers and indices as images, or more than `total`.
    """
    count = len(images)
    if not count == len(labels) == len(answers) == len(indices):
        raise ValueError(
            f"misread_digits was given {count} images, {len(labels)} labels, {len(answers)} answers and "
            f"{len(indices)} indices; expected as many of each."
        )
    if count > total:
        raise ValueError(f"misread_digits was given {count} digits out of {total}; expected no more than that.")

    drawn = min(count, AT_MOST)
    title = f"{count:,} of {total:,} misread"
    if count > drawn:
        title += f": the first {drawn} of {count:,}"
    rows = max(1, ceil(drawn / COLUMNS))
    figure = style.new_figure(*style.sheet_size(COLUMNS, rows))
    axes = figure.add_subplot()
    style.digit_sheet(axes, title, COLUMNS, rows)
    if not drawn:
        axes.text(-2, style.DIGIT / 2, "Every digit was read right.", fontsize=style.TEXT, color=style.GREY)
    for place in range(drawn):
        left, top = style.draw_digit(axes, images[place], place, COLUMNS)
        centre, beneath = left + style.DIGIT / 2, top + style.DIGIT + 1
        pair = f"{int(labels[place])}->{int(answers[place])}"
        axes.text(centre, beneath, pair, ha="center", va="top", fontsize=style.TEXT, color=style.BLACK)
        index = str(int(indices[place]))
        axes.text(centre, beneath + 9, index, ha="center", va="top", fontsize=style.SMALL, color=style.GREY)
    return figure
