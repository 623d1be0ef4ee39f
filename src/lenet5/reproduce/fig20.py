"""Figures 19 to 21: the paper's own recognition graph of "34", and what each criterion makes of it."""

from collections.abc import Sequence
from typing import Final

from matplotlib.figure import Figure

from lenet5.graphs.composition import compose
from lenet5.graphs.criteria import CRITERIA
from lenet5.graphs.forward import forward_penalties
from lenet5.graphs.graph import Arc, Graph
from lenet5.graphs.transducer import linear
from lenet5.graphs.viterbi import best_paths
from lenet5.plots import style
from lenet5.plots.graph_drawing import draw_graph
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table

# The arcs that figure 20 prints: source, destination, label, penalty.
ARCS: Final = (
    *((0, 1, 3, 0.1), (0, 1, 5, 2.3), (0, 2, 3, 3.4), (0, 2, 4, 4.4), (1, 2, 4, 0.4)),
    *((1, 2, 2, 1.3), (1, 3, 4, 0.6), (1, 3, 9, 1.2), (2, 3, 1, 0.1), (2, 3, 4, 2.4)),
)
RIGHT: Final = (3, 4)
# C_cvit, C_vit and E_dvit as printed.
PRINTED: Final = {"C_cvit": 0.7, "C_vit": 0.6, "E_dvit": 0.1}


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train."""
    return []


def make(cache: ExperimentCache) -> Reproduction:  # noqa: ARG001 every module has the same two functions
    """The graph, its two right paths, and the four criteria with their derivatives."""
    graph = the_graph()
    numbers = measure(graph)
    return Reproduction("fig20", "Figure 20: a recognition graph", section(graph, numbers), numbers, {"": draw(graph)})


def the_graph() -> Graph:
    """The recognition graph of figure 20."""
    return Graph.sorted(4, [Arc(*arc) for arc in ARCS])


def measure(graph: Graph) -> dict[str, float]:
    """The penalties that the paper prints, and the forward ones that it does not."""
    right = compose(graph, linear(RIGHT))
    best_right, best = best_paths(right, 1)[0], best_paths(graph, 1)[0]
    return {
        "C_cvit": best_right.penalty,
        "C_vit": best.penalty,
        "E_dvit": CRITERIA["discriminative_viterbi"](graph, RIGHT).loss,
        "C_cforw": forward_penalties(right)[-1],
        "C_forw": forward_penalties(graph)[-1],
        "E_dforw": CRITERIA["discriminative_forward"](graph, RIGHT).loss,
    }


def section(graph: Graph, numbers: dict[str, float]) -> str:
    """What is printed beside ours, and the derivative of every arc by each criterion."""
    penalties = [
        (name, f"{value:.4f}", f"{PRINTED[name]:.1f}" if name in PRINTED else "–") for name, value in numbers.items()
    ]
    judged = {name: criterion(graph, RIGHT).derivative for name, criterion in CRITERIA.items()}
    rows = [
        (f"{arc.source} → {arc.destination}", arc.label, arc.penalty, *(f"{judged[name][k]:+.3f}" for name in judged))
        for k, arc in enumerate(graph.arcs)
    ]
    headings = ("arc", "label", "penalty", *(name.replace("_", " ") for name in judged))
    return f"""
{markdown_table(("penalty of 34", "ours", "printed"), penalties)}

The derivative of each criterion by each arc's penalty, eq. 11 to 17; of discriminative Viterbi the paper prints +1 for
the 4 of 0.6, −1 for the 4 of 0.4 and for the 1, and 0 for all others:

{markdown_table(headings, rows)}
"""


def draw(graph: Graph) -> Figure:
    """The graph with its best right path above, with its best path of all below."""
    figure = style.new_figure(6, 5)
    right = compose(graph, linear(RIGHT))
    of_right = {right.arcs[k].covers for k in best_paths(right, 1)[0].arcs}
    panels = figure.subplots(2, 1)
    for axes, path, title in (
        (panels[0], of_right, "the best path that says 34"),
        (panels[1], best_paths(graph, 1)[0].arcs, "the best path of all: 341"),
    ):
        draw_graph(axes, graph, path)
        axes.set_title(title, fontsize=style.TEXT, color=style.BLACK, loc="left")
    return figure
