"""Figure 3: the output codes, and what F6 makes of digits beside them."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from lenet5.bitmaps import COLUMNS, ROWS, codes
from lenet5.data.input import to_input
from lenet5.network import LeNet5
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, spread, table
from lenet5.training.presets import PRESETS


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Networks of preset 1998."""
    return lab.runs(PRESETS["1998"])


def make(lab: ExperimentCache) -> Result:
    """How near each digit's mean state of F6 lies to its code, and the smallest distances between codes."""
    drawn = codes()
    means = [mean_states(trained.network, lab) for trained in lab.trained(PRESETS["1998"])]
    agreement = [[float((mean[d].sign() == drawn[d]).double().mean()) for mean in means] for d in range(10)]
    distances = (drawn[:, None] != drawn).sum(2)
    rows = []
    nearest = {}
    for digit in range(10):
        others = distances[digit].clone()
        others[digit] = 84
        nearest[digit] = (int(others.argmin()), int(others.min()))
        shares = [100 * share for share in agreement[digit]]
        rows.append((digit, nearest[digit][0], nearest[digit][1], spread(shares, 1)))
    headings = ("digit", "nearest code", "units between them", "units of F6 whose mean has the code's sign, %")
    numbers = {"distances": distances.tolist(), "agreement": agreement}
    section = table(headings, rows)
    return Result("fig3", "Figure 3: the output codes", section, numbers, {"": draw(drawn, means[0])})


@torch.no_grad()
def mean_states(network: LeNet5, lab: ExperimentCache) -> Tensor:
    """The mean state of F6 over the test patterns of each digit, 10×84."""
    test = lab.dataset.test
    f6 = torch.cat([network.states(to_input(images))["F6"] for images in torch.split(test.images, 100)])
    return torch.stack([f6[test.labels == digit].mean(0) for digit in range(10)])


def draw(drawn: Tensor, mean: Tensor) -> Figure:
    """The codes of 1998, which the units of OUTPUT have for centres, and the mean states beneath them."""
    figure = style.new_figure(8, 3.4)
    grid = figure.subplots(2, 10)
    for digit in range(10):
        for row, values in enumerate((drawn[digit], mean[digit])):
            axes = grid[row, digit]
            axes.imshow(values.view(ROWS, COLUMNS).numpy(), cmap="gray_r", vmin=-1, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_color(style.PALE)
        grid[0, digit].set_title(str(digit), fontsize=style.TEXT)
    grid[0, 0].set_ylabel("code, 1998", fontsize=style.TEXT)
    grid[1, 0].set_ylabel("F6, ours", fontsize=style.TEXT)
    return figure
