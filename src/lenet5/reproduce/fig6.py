"""Figure 6: test and training error against the size of the training set."""

import statistics
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, deviation, markdown_table, spread
from lenet5.training.presets import PRESETS

SIZES = tuple(paper.FIGURE_6_TEST)


def train_size(patterns: int) -> int | None:
    """None, all of them, for the last size, so that other figures' runs are the same."""
    return None if patterns == SIZES[-1] else patterns


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Preset 1998 at each size, and the distorted one."""
    of_sizes = [job for n in SIZES for job in cache.runs(PRESETS["1998"], train_size(n))]
    return of_sizes + cache.runs(PRESETS["distorted"])


def make(cache: ExperimentCache) -> Reproduction:
    """The last pass's errors at each size."""
    numbers = measure(cache)
    title = "Figure 6: error and the size of the training set"
    return Reproduction("fig6", title, section(numbers), numbers, {"": draw(numbers)})


def measure(cache: ExperimentCache) -> dict[str, Any]:
    """Errors of the last pass in per cent, by size and seed."""
    runs = {n: cache.results(PRESETS["1998"], train_size(n)) for n in SIZES}
    distorted = cache.results(PRESETS["distorted"])
    return {
        "test_error": {n: [100 * run.records[-1].test_error for run in runs[n]] for n in SIZES},
        "train_error": {n: [100 * run.records[-1].train_error for run in runs[n]] for n in SIZES},
        "test_error_distorted": [100 * run.records[-1].test_error for run in distorted],
    }


def section(numbers: dict[str, Any]) -> str:
    """A row a size, and one for the distorted patterns."""
    test, train = numbers["test_error"], numbers["train_error"]
    rows: list[tuple[object, ...]] = [
        (f"{n:,}", spread(test[n]), paper.FIGURE_6_TEST[n], spread(train[n]), paper.FIGURE_6_TRAIN[n]) for n in SIZES
    ]
    rows.append(("60,000, distorted", spread(numbers["test_error_distorted"]), paper.FIGURE_6_TEST_DISTORTED, "", ""))
    return (
        markdown_table(("training patterns", "test", "1998", "training", "1998"), rows)
        + "\n\nThe training error is that of the last pass, on the fly. Preset `1998`, and `distorted` in the last row."
    )


def draw(numbers: dict[str, Any]) -> Figure:
    """Ours with error bars, the paper's in grey."""
    figure = style.new_figure(6.5, 4)
    axes = style.plain_axes(figure, "Error and training-set size: ours and 1998", "training patterns", "error, %")
    thousands = [n / 1000 for n in SIZES]
    printed = ((paper.FIGURE_6_TEST, "1998, test", "D--"), (paper.FIGURE_6_TRAIN, "1998, training", "^:"))
    for values, name, marker in printed:
        axes.plot(thousands, [values[n] for n in SIZES], marker, label=name, color=style.GREY, linewidth=style.THIN)
    for ours, name, marker, colour in (
        (numbers["test_error"], "ours, test", "o-", style.BLUE),
        (numbers["train_error"], "ours, training", "s-", style.VERMILLION),
    ):
        mean, bar = [statistics.fmean(ours[n]) for n in SIZES], [deviation(ours[n]) for n in SIZES]
        axes.errorbar(thousands, mean, bar, fmt=marker, label=name, color=colour, capsize=3, linewidth=style.HEAVY)
    axes.plot([60], [paper.FIGURE_6_TEST_DISTORTED], "P", label="1998, test, distorted", color=style.GREY)
    distorted = numbers["test_error_distorted"]
    axes.errorbar(
        [60], [statistics.fmean(distorted)], [deviation(distorted)], fmt="X", label="ours, test, distorted",
        color=style.BLACK, capsize=3,
    )  # fmt: skip
    axes.set_xticks(thousands, [f"{n:g}k" for n in thousands])
    axes.set_ylim(0)
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure
