"""Table I, and what section II-B counts: the wiring of C3, trainable parameters, connections."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from lenet5 import paper
from lenet5.network import LeNet5, summary
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train."""
    return []


def make(cache: ExperimentCache) -> Reproduction:  # noqa: ARG001
    """The wiring as the network itself has it, and the counts beside the paper's."""
    network = LeNet5()
    numbers = measure(network)
    title = "Table I: the wiring of C3, and all counts"
    return Reproduction("table1", title, section(numbers), numbers, {"": draw(network)})


def measure(network: LeNet5) -> dict[str, Any]:
    """Size, parameters and connections of each layer, and the sums."""
    rows = summary(network)
    return {
        "layers": {row.name: row._asdict() for row in rows},
        "parameters": sum(row.parameters for row in rows),
        "connections": sum(row.connections for row in rows),
    }


def section(numbers: dict[str, Any]) -> str:
    """A row a layer, ours beside the paper's."""
    rows = [
        (
            name,
            "×".join(map(str, layer["size"])),
            f"{layer['parameters']:,}",
            f"{paper.LAYERS[name].parameters:,}",
            f"{layer['connections']:,}",
            f"{paper.LAYERS[name].connections:,}",
        )
        for name, layer in numbers["layers"].items()
    ]
    parameters, connections = numbers["parameters"], numbers["connections"]
    rows.append(("total", "", f"{parameters:,}", f"{paper.PARAMETERS:,}", f"{connections:,}", f"{paper.CONNECTIONS:,}"))
    return markdown_table(("layer", "size", "parameters", "1998", "connections", "1998"), rows)


def draw(network: LeNet5) -> Figure:
    """The table as printed: a row per S2 map, a column per C3 map; ours filled, the paper's crosses upon them."""
    wired: Tensor = network.get_submodule("C3").table  # type: ignore[assignment]  # C3 is a convolution
    figure = style.new_figure(6, 2.6)
    axes = figure.add_subplot()
    axes.set_title("C3's maps (across) read S2's (down): ours filled, 1998 crossed", loc="left", fontsize=style.TITLE)
    axes.imshow(wired.numpy(), cmap="Blues", vmin=0, vmax=2.5, aspect="auto")
    for row, line in enumerate(paper.TABLE_I.split()):
        for column, mark in enumerate(line):
            if mark == "X":
                axes.text(column, row, "X", ha="center", va="center", fontsize=style.TEXT, color=style.BLACK)
    axes.set_xticks(range(16))
    axes.set_yticks(range(6))
    axes.tick_params(labelsize=style.TEXT, length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure
