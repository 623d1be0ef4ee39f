"""Which digit was read as which."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lenet5.plots import style


def confusion_matrix(confusion: Sequence[Sequence[int]], *, title: str) -> Figure:
    """A table of counts, a row per true digit, a column per prediction; the more of its digit, the darker a mistake.

    What was read right stands on the diagonal, in a frame and without a colour, so that the mistakes can be seen.

    Args:
        confusion: 10×10 counts, rows the true digit.
        title: above the figure.
    """
    counts = np.array(confusion)
    digits = range(len(counts))
    mistakes = np.where(np.eye(len(counts), dtype=bool), 0, counts) / np.maximum(counts.sum(1, keepdims=True), 1)
    figure = style.new_figure(5, 4.6)
    axes = figure.add_subplot()
    # Half a dark grey at most, on which black figures can be read.
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=2 * mistakes.max() or 1)
    for true in digits:
        for read in digits:
            if count := counts[true, read]:
                right = true == read
                axes.text(
                    *(read, true, f"{count:,}"),
                    ha="center",
                    va="center",
                    fontsize=style.SMALL + 1,
                    color=style.BLACK,
                    fontweight="normal" if right else "bold",
                    bbox={"facecolor": "none", "edgecolor": style.GREY, "linewidth": style.THIN} if right else None,
                )
    axes.set_xticks(digits, [str(digit) for digit in digits])
    axes.set_yticks(digits, [str(digit) for digit in digits])
    axes.tick_params(length=0, labelsize=style.TEXT, labelcolor=style.BLACK)
    axes.set_xlabel("read as", fontsize=style.TEXT, color=style.BLACK)
    axes.set_ylabel("true digit", fontsize=style.TEXT, color=style.BLACK)
    axes.spines[:].set_color(style.PALE)
    axes.set_title(title, loc="left", fontsize=style.TITLE, color=style.BLACK)
    return figure
