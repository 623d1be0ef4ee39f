"""Figure 28: a recognition graph composed with a grammar, the paper's own example."""

from collections.abc import Sequence
from typing import Final

from matplotlib.figure import Figure

from lenet5.graphs.composition import compose
from lenet5.graphs.graph import Arc, Graph
from lenet5.graphs.transducer import Tree
from lenet5.graphs.viterbi import best_paths
from lenet5.plots import style
from lenet5.plots.graph_drawing import draw_graph
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table

# Letter by letter what figure 28 prints.
LETTERS: Final = (
    {"c": 0.4, "o": 1.0, "d": 1.8},
    {"x": 0.1, "a": 0.2, "u": 0.8},
    {"p": 0.2, "t": 0.8},
)
WORDS: Final = ("barn", "but", "cut", "cute", "cure", "cap", "card", "cat")
PRINTED: Final = {"cap": 0.8, "cat": 1.4, "cut": 2.0}


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train."""
    return []


def make(cache: ExperimentCache) -> Reproduction:  # noqa: ARG001 every module has the same two functions
    """The interpretations and their penalties."""
    numbers = measure()
    return Reproduction("fig28", "Figure 28: composition", section(numbers), {"penalties": numbers}, {"": draw()})


def recognition() -> Graph:
    """The recognition graph of figure 28."""
    arcs = [Arc(n, n + 1, letter, c) for n, letters in enumerate(LETTERS) for letter, c in letters.items()]
    return Graph(len(LETTERS) + 1, tuple(arcs))


def measure() -> dict[str, float]:
    """Every word that the composition leaves, with its penalty."""
    interpretations = compose(recognition(), Tree(WORDS))
    paths = best_paths(interpretations, 2 * len(WORDS))
    return {"".join(map(str, interpretations.labels(path.arcs))): round(path.penalty, 9) for path in paths}


def section(numbers: dict[str, float]) -> str:
    """Ours beside the printed ones."""
    rows = [(word, f"{penalty:.1f}", f"{PRINTED[word]:.1f}") for word, penalty in numbers.items()]
    return f"""
{markdown_table(("word", "ours", "printed"), rows)}

Of the eight words of the grammar, {", ".join(WORDS)}, three are left. Without it the best path says cxp, 0.7.
"""


def draw() -> Figure:
    """The recognition graph above, the interpretation graph below, the best path in colour."""
    figure = style.new_figure(6, 5)
    panels = figure.subplots(2, 1)
    graph = recognition()
    interpretations = compose(graph, Tree(WORDS))
    best = best_paths(interpretations, 1)[0].arcs
    draw_graph(panels[0], graph, {interpretations.arcs[k].covers for k in best})
    draw_graph(panels[1], interpretations, best)
    for axes, title in zip(panels, ("recognition graph", "interpretation graph"), strict=True):
        axes.set_title(title, fontsize=style.TEXT, color=style.BLACK, loc="left")
    return figure
