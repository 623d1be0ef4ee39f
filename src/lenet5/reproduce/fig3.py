"""Figure 3: the output codes, and what F6 makes of digits beside them."""

from collections.abc import Sequence
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from lenet5.bitmaps import COLUMNS, ROWS, codes
from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.network import LeNet5
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table, spread
from lenet5.training.presets import PRESETS


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Networks of preset 1998."""
    return cache.runs(PRESETS["1998"])


def make(cache: ExperimentCache) -> Reproduction:
    """How near each digit's mean state of F6 lies to its code, and the smallest distances between codes."""
    means = [mean_states(run.network, cache.dataset.test) for run in cache.results(PRESETS["1998"])]
    numbers = measure(means)
    return Reproduction("fig3", "Figure 3: the output codes", section(numbers), numbers, {"": draw(means[0])})


@torch.no_grad()
def mean_states(network: LeNet5, test: Patterns) -> Tensor:
    """The mean state of F6 over the test patterns of each digit, 10×84."""
    f6 = torch.cat([network.states(to_input(images))["F6"] for images in torch.split(test.images, 100)])
    return torch.stack([f6[test.labels == digit].mean(0) for digit in range(10)])


def measure(means: Sequence[Tensor]) -> dict[str, Any]:
    """Units in which two codes differ; the part of F6's units that agree with the code, by digit and seed.

    Args:
        means: of each seed, 10×84.
    """
    printed = codes()
    agreement = [[float((mean[d].sign() == printed[d]).double().mean()) for mean in means] for d in range(10)]
    return {"distances": (printed[:, None] != printed).sum(2).tolist(), "agreement": agreement}


def section(numbers: dict[str, Any]) -> str:
    """A row a digit."""
    rows = []
    for digit, (distances, agreement) in enumerate(zip(numbers["distances"], numbers["agreement"], strict=True)):
        units, nearest = min((units, other) for other, units in enumerate(distances) if other != digit)
        rows.append((digit, nearest, units, spread([100 * part for part in agreement], 1)))
    headings = ("digit", "nearest code", "units between them", "units of F6 whose mean has the code's sign, %")
    return markdown_table(headings, rows)


def draw(mean: Tensor) -> Figure:
    """The codes of 1998, which the units of OUTPUT have for centres, and the mean states 10×84 beneath them."""
    printed = codes()
    figure = style.new_figure(8, 3.4)
    grid = figure.subplots(2, 10)
    for digit in range(10):
        for row, values in enumerate((printed[digit], mean[digit])):
            axes = grid[row, digit]
            axes.imshow(values.view(ROWS, COLUMNS).numpy(), cmap="gray_r", vmin=-1, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_color(style.PALE)
        grid[0, digit].set_title(str(digit), fontsize=style.TEXT)
    grid[0, 0].set_ylabel("code, 1998", fontsize=style.TEXT)
    grid[1, 0].set_ylabel("F6, ours", fontsize=style.TEXT)
    return figure
