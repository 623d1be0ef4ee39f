"""Graphs as the paper draws them: nodes from left to right, an arc a hypothesis, the best path in colour."""

from collections.abc import Collection

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from lenet5.data.line import Line
from lenet5.graphs.graph import Graph
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.plots import style


def draw_graph(axes: Axes, graph: Graph, best: Collection[int]) -> None:
    """A graph with the labels and penalties of its arcs.

    Args:
        axes: to draw in.
        graph: few nodes and arcs.
        best: the numbers of the arcs to be drawn in colour.
    """
    between: dict[tuple[int, int], int] = {}
    for number, arc in enumerate(graph.arcs):
        ends = (arc.source, arc.destination)
        height = between[ends] = between.get(ends, 0) + 1
        chosen = number in best
        # Arcs over several nodes above, those between neighbours below, one over the other.
        bend = -0.25 * height if arc.destination - arc.source > 1 else 0.3 * (height - 1)
        colour, width = (style.VERMILLION, style.HEAVY) if chosen else (style.GREY, style.THIN)
        arrow = FancyArrowPatch(
            (arc.source, 0),
            (arc.destination, 0),
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=8,
            shrinkA=6,
            shrinkB=6,
            color=colour,
            linewidth=width,
        )
        axes.add_patch(arrow)
        middle, rise = (arc.source + arc.destination) / 2, -bend * (arc.destination - arc.source) / 2
        label = "ε" if arc.label is None else arc.label
        axes.text(
            middle,
            rise,
            f"{label} [{arc.penalty:.1f}]",
            fontsize=style.TEXT,
            color=colour,
            ha="center",
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axes.plot(range(graph.nodes), [0] * graph.nodes, "o", color=style.BLACK, markersize=6, linestyle="none")
    axes.set_xlim(-0.4, graph.nodes - 0.6)
    axes.set_ylim(-0.9, 0.9)
    axes.set_axis_off()


def draw_line(axes: Axes, line: Line, segmentation: SegmentationGraph, path: Collection[tuple[int, object]]) -> None:
    """A line with its cuts, those of the best path in colour, and what is read between them.

    Args:
        axes: to draw in.
        line: 44×width.
        segmentation: of it.
        path: the segments of the best path and their labels, None for nothing.
    """
    rows, width = line.shape
    axes.imshow(line, cmap="gray_r", vmin=0, vmax=255)
    ends = {int(node) for segment, _ in path for node in segmentation.arcs[segment]}
    down = np.arange(rows)
    for number, x in enumerate(segmentation.cuts.x):
        chosen = number in ends
        colour, weight = (style.VERMILLION, style.HEAVY) if chosen else (style.BLUE, style.THIN / 2)
        axes.plot(x - 0.5, down, color=colour, linewidth=weight)
    for segment, label in path:
        left, top, right, bottom = segmentation.boxes[segment]
        frame = Rectangle(
            (left - 0.5, top - 0.5), right - left, bottom - top, fill=False, edgecolor=style.PALE, linewidth=style.THIN
        )
        axes.add_patch(frame)
        word = "–" if label is None else str(label)
        axes.text((left + right) / 2, rows + 6, word, fontsize=style.TEXT, color=style.BLACK, ha="center", va="center")
    axes.set_xlim(-3, width + 2)
    axes.set_ylim(rows + 12, -2)
    axes.set_axis_off()
