"""Figure 16: a line, its cuts, and its segmentation graph; on strings of test digits."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure

from lenet5.data.patterns import Patterns
from lenet5.data.strings import write_strings
from lenet5.data.writing import Writing
from lenet5.plots import style
from lenet5.plots.graph_drawing import draw_line
from lenet5.reading.reader import NUMBERS, load_network
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table

# Touching strings that are drawn, and digits of each.
SHOWN: Final = 6
LENGTH: Final = 5


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train: the network is the one in the package."""
    return []


def make(cache: ExperimentCache) -> Reproduction:
    """Cuts, the best path, and how many segments a line has."""
    found, figure = measure(cache.dataset.test)
    return Reproduction("fig16", "Figure 16: over-segmentation", section(found), {"lines": found}, {"": figure})


def measure(test: Patterns) -> tuple[list[dict[str, Any]], Figure]:
    """Of each line what it says, what is read, its cuts and segments; and the picture."""
    network = load_network(NUMBERS)
    strings = write_strings(test, SHOWN, Writing.plain(LENGTH, 1.0), np.random.default_rng(16))
    figure = style.new_figure(9, 5)
    panels: Any = figure.subplots(SHOWN // 2, 2)
    found = []
    for n, axes in zip(range(SHOWN), panels.flat, strict=True):
        line = np.ascontiguousarray(strings.line(n))
        segmentation = network.segmentation(line)
        best = network.interpretations(segmentation, network.arc_penalties(segmentation))[0]
        draw_line(axes, line, segmentation, best.path)
        found.append(
            {
                "text": strings.text(n),
                "read": best.text,
                "posterior": best.posterior,
                "cuts": len(segmentation.cuts.x) - 2,
                "segments": len(segmentation),
            }
        )
    return found, figure


def section(found: Sequence[dict[str, Any]]) -> str:
    """A row a line."""
    rows = [(f["text"], f["read"], f"{f['posterior']:.3f}", f["cuts"], f["segments"]) for f in found]
    return f"""
{markdown_table(("written", "read", "posterior", "cuts", "segments"), rows)}

Every gap touches. All cuts in blue, those of the best path in red, what is read below. The paper's figure has "342"
with three cuts and six segments, two pieces each at most; here a segment is as many pieces as fit into a digit's width.
"""
