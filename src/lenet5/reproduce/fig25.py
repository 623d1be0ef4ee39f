"""Figures 25 and 26: a LeNet-5 swept over lines, what it says at each of its places, and what is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lenet5.data.flanking import BLANK
from lenet5.data.patterns import Patterns
from lenet5.data.strings import write_strings
from lenet5.data.writing import Writing
from lenet5.graphs.graph import NULL
from lenet5.graphs.interpretation import Interpretation
from lenet5.graphs.sweep import RESOLUTIONS, STEP, SWEPT_ROWS, Sweep, sweep_of_image, sweeps, swept_image
from lenet5.paper import INPUT_SIZE
from lenet5.plots import style
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.reader import SDNN, load_network
from lenet5.reading.together import surest
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table

# What the paper's five inputs say. As grey levels they may lie beside MNIST's folder, under this name in `paper`: an
# array each, named after what it says, 32×52, foreground 0.
TEXTS: Final = ("2345", "3514", "1114", "540", "678")
INPUTS: Final = "figures25_and_26_inputs.npz"
# The grey of their background.
WHITE: Final = 222
# An answer is drawn pale whose penalty is higher than the second lowest less this.
CLEAR: Final = 1.0


class Shown(NamedTuple):
    """A line under the network.

    Attributes:
        text: what it says.
        sweep: its windows and arcs.
        outputs: outputs×11, the network's penalties.
        found: the answer, and the runner-up.
    """

    text: str
    sweep: Sweep
    outputs: NDArray[np.float64]
    found: list[Interpretation]


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train: the network is the one in the package."""
    return []


def make(cache: ExperimentCache) -> Reproduction:
    """The outputs at every place, and the answers: of the same numbers in test digits, and of the paper's own lines.

    A picture of the paper's lines stays in the folder of the runs, for they are the paper's.
    """
    network = load_network(SDNN)
    ours = [read(network, text, sweeps) for text, sweeps in written(cache.dataset.test).items()]
    the_papers_own = [read(network, text, sweeps) for text, sweeps in the_papers(cache.data).items()]
    if the_papers_own:
        style.save(draw(the_papers_own), cache.folder / "fig25_of_the_paper.png")
    numbers = {"test digits": _numbers(ours), "the paper's": _numbers(the_papers_own)}
    title = "Figures 25 and 26: a space displacement network"
    return Reproduction("fig25", title, section(ours, the_papers_own), numbers, {"": draw(ours)})


def the_papers(mnist: Path | None) -> dict[str, list[Sweep]]:
    """The paper's own inputs, by what they say, at every resolution; none where they are not beside MNIST's folder."""
    path = (Path() if mnist is None else mnist.absolute().parent) / "paper" / INPUTS
    if not path.is_file():
        return {}
    grey = np.load(path)
    return {text: [of_the_paper(grey[text], rows) for rows in RESOLUTIONS] for text in TEXTS}


def of_the_paper(grey: NDArray[np.uint8], rows: int) -> Sweep:
    """A sweep of one of the paper's inputs, which are as high as the network's, as if 26 of its rows were so many."""
    foreground = np.clip(255 / WHITE * (WHITE - grey.astype(np.float64)), 0, 255).astype(np.uint8)
    return sweep_of_image(swept_image(foreground, round(INPUT_SIZE * rows / SWEPT_ROWS)))


def written(test: Patterns) -> dict[str, list[Sweep]]:
    """The same numbers, of test digits side by side."""
    lines = {}
    for n, text in enumerate(TEXTS):
        rng = np.random.default_rng(n)
        drawn = [int(rng.choice(np.flatnonzero(test.labels.numpy() == int(digit)))) for digit in text]
        of_one = [
            write_strings(Patterns(test.images[[k]], test.labels[[k]]), 1, Writing.plain(1, 0), rng) for k in drawn
        ]
        line = np.hstack([one.line(0) for one in of_one])
        lines[text] = sweeps(line)
    return lines


def read(network: InferenceNetwork, text: str, sweeps: Sequence[Sweep]) -> Shown:
    """What the network says at each place and of the whole, at the resolution at which it is surest."""
    swept = surest(network, sweeps)
    outputs = network.states(swept.sweep.patterns, "OUTPUT").astype(np.float64)
    return Shown(text, swept.sweep, outputs, swept.found)


def section(ours: Sequence[Shown], the_papers_own: Sequence[Shown]) -> str:
    """A row a line."""
    tables = [f"The same numbers in test digits, side by side, as in the picture:\n\n{_table(ours)}"]
    if the_papers_own:
        tables.insert(0, f"The paper's own five lines:\n\n{_table(the_papers_own)}")
    joined = "\n\n".join(tables)
    return f"""
{joined}

Each line is read at two resolutions, of which the surer counts. The network is swept over it, an output every fourth
column; below the picture the class of least penalty at each, a dot for the blank space, grey where the next class is
near, and below that what the character model makes of them: the outputs that are one digit over one bar. Training:
isolated digits between others, a tenth of the pixels inverted (section VII-B), then strings by discriminative forward.
"""


def _table(lines: Sequence[Shown]) -> str:
    rows = []
    for line in lines:
        answer, *others = line.found
        other = f"{others[0].text} ({others[0].posterior:.3f})" if others else "–"
        rows.append((line.text, answer.text, f"{answer.posterior:.3f}", other, outputs_in_words(line)))
    return markdown_table(("written", "read", "posterior", "runner-up", "lowest penalty at each output"), rows)


def outputs_in_words(line: Shown) -> str:
    """The answer at each output, a dot for the blank space."""
    return "".join("·" if k == BLANK else str(k) for k in line.outputs.argmin(1).tolist())


def draw(lines: Sequence[Shown]) -> Figure:
    """The lines one below another."""
    figure = style.new_figure(5.5, 1.7 * len(lines))
    panels: Any = figure.subplots(len(lines), 1)
    for axes, line in zip(panels, lines, strict=True):
        _draw_line(axes, line)
    return figure


def _draw_line(axes: Axes, line: Shown) -> None:
    """A line, the answers at the outputs below it, and the digits that are read below these."""
    image = line.sweep.image
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=255)
    least, second = np.sort(line.outputs, 1).T[:2]
    middle = INPUT_SIZE / 2 - 0.5
    for t, k in enumerate(line.outputs.argmin(1).tolist()):
        colour = style.BLACK if second[t] - least[t] > CLEAR else style.GREY
        word = "·" if k == BLANK else str(k)
        axes.text(middle + t * STEP, INPUT_SIZE + 3, word, fontsize=style.TEXT, color=colour, ha="center", va="center")
    answer = line.found[0]
    for arc, label in answer.path:
        if label is NULL:
            continue
        first, last = line.sweep.arcs[arc]
        left, right = middle + first * STEP, middle + (last - 2) * STEP
        axes.plot([left - 1.2, right + 1.2], [INPUT_SIZE + 6.5] * 2, color=style.VERMILLION, linewidth=style.HEAVY)
        axes.text(
            (left + right) / 2,
            INPUT_SIZE + 10,
            str(label),
            fontsize=style.TITLE,
            color=style.VERMILLION,
            ha="center",
            va="center",
        )
    words = f"{answer.text}\n{answer.posterior:.2f}"
    axes.text(image.shape[1] + 2, INPUT_SIZE / 2, words, fontsize=style.TITLE, va="center")
    axes.set_xlim(-1, image.shape[1] + 16)
    axes.set_ylim(INPUT_SIZE + 13, -1)
    axes.set_axis_off()


def _numbers(lines: Sequence[Shown]) -> list[dict[str, Any]]:
    return [
        {
            "written": line.text,
            "read": line.found[0].text,
            "posterior": line.found[0].posterior,
            "runner-up": line.found[1].text if len(line.found) > 1 else None,
            "outputs": outputs_in_words(line),
        }
        for line in lines
    ]
