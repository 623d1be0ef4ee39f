"""The kernels that C1 and C3 have learnt, one picture each."""

from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lenet5.plots import style

# Room for each kernel, its frame included, in inches.
INCHES_PER_KERNEL: Final = 0.42


def kernels(dense: NDArray[np.float32], *, title: str) -> Figure:
    """Kernels in the order of Table I: a row per map below, a column per map of the layer; no kernel, no picture.

    Weights above 0 are dark, those below 0 light, 0 is the middle grey; the largest of the layer is black or white.

    Args:
        dense: outputs × inputs × k × k, NaN where the table has no connection.
        title: above the figure.
    """
    outputs, inputs, k, _ = dense.shape
    framed = np.full((inputs, outputs, k + 1, k + 1), np.nan, dtype=dense.dtype)
    framed[:, :, :k, :k] = dense.transpose(1, 0, 2, 3)
    picture = framed.transpose(0, 2, 1, 3).reshape(inputs * (k + 1), outputs * (k + 1))[:-1, :-1]
    width = max(outputs * INCHES_PER_KERNEL, 3.2)  # the title needs so much
    figure = style.new_figure(width + 0.6, inputs * INCHES_PER_KERNEL + 0.9)
    axes = figure.add_subplot()
    largest = float(np.nanmax(np.abs(dense)))
    axes.imshow(picture, cmap="gray_r", vmin=-largest, vmax=largest)
    middles = [n * (k + 1) + (k - 1) / 2 for n in range(max(inputs, outputs))]
    axes.set_xticks(middles[:outputs], [str(n) for n in range(outputs)])
    axes.set_yticks(middles[:inputs], [str(n) for n in range(inputs)])
    axes.tick_params(length=0, labelsize=style.TEXT, labelcolor=style.BLACK)
    axes.set_xlabel("map of the layer", fontsize=style.TEXT, color=style.BLACK)
    axes.set_ylabel("map below", fontsize=style.TEXT, color=style.BLACK)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left", fontsize=style.TITLE, color=style.BLACK)
    return figure
