"""What the network saw of a picture, and what it made of it: `lenet5 read --explain`."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from lenet5.arrays import STATE_SHAPES
from lenet5.plots import style
from lenet5.plots.graph_drawing import draw_line
from lenet5.plots.states import DARKEST, LIGHTEST, pictures_of_states
from lenet5.reading.grey_levels import Grey
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.mark import Mark
from lenet5.reading.result import Reading

# Numbers whose cuts are drawn.
LINES: Final = 4
# The pictures of a row, and their widths.
LAYERS: Final = {"C1": 3, "S2": 2.2, "C3": 2.2, "S4": 1.7, "C5": 2.6, "F6": 1.2, "code": 1.2}


def explanation(grey: Grey, reading: Reading, network: InferenceNetwork) -> Figure:
    """The picture with its digits framed, the pattern of the boldest, its penalties, and every layer's states.

    Below, of numbers that were read through the graph, all cuts and those of the best path.

    Args:
        grey: height×width, 0 black to 1 white.
        reading: of that picture.
        network: that read it.

    Raises:
        ValueError: the page is empty, which leaves nothing to explain.
    """
    mark = reading.main
    if mark is None:
        raise ValueError("There is no foreground on this picture, so nothing to explain; give one with a digit.")
    lines = reading.lines
    figure = style.new_figure(11, 5.6 + 1.2 * len(lines[:LINES]))
    parts: Any = figure.subfigures(
        2 + bool(lines), 1, height_ratios=(1.25, 1, *([0.5 * len(lines[:LINES])] if lines else []))
    )
    above, below = parts[:2]
    panels: Any = above.subplots(1, 3, width_ratios=(1.6, 1, 1.5))
    page, seen, bars = panels
    _draw_page(page, grey, reading, mark)
    seen.imshow(mark.pattern, cmap="gray_r", vmin=0, vmax=255)
    _title(seen, "what the network saw, 28×28")
    _draw_penalties(bars, mark, network)
    states = {layer: network.states(mark.pattern[None], layer)[0] for layer in STATE_SHAPES}
    row: Any = below.subplots(1, len(LAYERS), width_ratios=list(LAYERS.values()))
    pictures = pictures_of_states(states, columns=4)
    for axes, name in zip(row, LAYERS, strict=True):
        axes.imshow(pictures[name], cmap="gray_r", vmin=LIGHTEST, vmax=DARKEST)
        _title(axes, f"code of {mark.penalties.argmin()}" if name == "code" else name)
    if lines:
        rows: Any = parts[2].subplots(min(len(lines), LINES), 1, squeeze=False)
        for axes, line in zip(rows[:, 0], lines, strict=False):
            draw_line(axes, line.image.line, line.segmentation, line.path)
            others = "" if line.other is None else f"; else {line.other.text}, {line.other.posterior:.2f}"
            axes.set_title(
                f"cuts, and the best path: {line.best.text}, posterior {line.best.posterior:.2f}{others}",
                fontsize=style.TEXT,
                color=style.BLACK,
            )
    return figure


def _draw_page(axes: Axes, grey: NDArray[np.float32], reading: Reading, mark: Mark) -> None:
    """The picture, each mark framed with its answer."""
    height, width = grey.shape
    axes.imshow(grey, cmap="gray", vmin=0, vmax=1)
    for each in reading.marks:
        left, top, right, bottom = (v * side for v, side in zip(each.box, (width, height) * 2, strict=True))
        colour, weight = (style.VERMILLION, style.HEAVY) if each is mark else (style.BLUE, style.THIN)
        frame = Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=weight)
        axes.add_patch(frame)
        if len(reading.marks) > 1:
            axes.annotate(
                each.letter, (left, top), (0, 2), textcoords="offset points", color=colour, fontsize=style.TEXT
            )
    axes.add_patch(Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor=style.PALE, linewidth=style.THIN))
    answer = "no digit" if mark.digit is None else str(mark.digit)
    _title(axes, f"the picture: {answer}, probability {mark.probability:.2f}")


def _draw_penalties(axes: Axes, mark: Mark, network: InferenceNetwork) -> None:
    """Ten penalties as bars, the smallest in colour, and the rubbish class's."""
    values = [*map(float, mark.penalties), network.j]
    smallest = int(np.argmin(values))
    colours = [style.VERMILLION if k == smallest else style.GREY for k in range(11)]
    axes.bar(range(11), values, color=colours, width=0.7)
    axes.set_xticks(range(11), [*map(str, range(10)), "rubbish"], fontsize=style.TEXT)
    axes.tick_params(axis="y", labelsize=style.SMALL)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title("penalty, eq. 7: the smallest is the answer", fontsize=style.TEXT, color=style.BLACK)


def _title(axes: Axes, words: str) -> None:
    axes.set_title(words, fontsize=style.TEXT, color=style.BLACK)
    axes.set_axis_off()
