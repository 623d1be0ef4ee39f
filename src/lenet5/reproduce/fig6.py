"""Figure 6: test and training error against the size of the training set."""

import statistics
from collections.abc import Sequence

from matplotlib.figure import Figure

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, deviation, spread, table
from lenet5.training.presets import PRESETS

SIZES = tuple(paper.FIGURE_6_TEST)


def size(patterns: int) -> int | None:
    """None, all of them, for the last size, so that other figures' runs are the same."""
    return None if patterns == SIZES[-1] else patterns


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Preset 1998 at each size, and the distorted one."""
    return [job for n in SIZES for job in lab.runs(PRESETS["1998"], size(n))] + lab.runs(PRESETS["distorted"])


def make(lab: ExperimentCache) -> Result:
    """The last pass's errors at each size."""
    test, train = {}, {}
    for n in SIZES:
        runs = lab.trained(PRESETS["1998"], size(n))
        test[n] = [100 * run.records[-1].test_error for run in runs]
        train[n] = [100 * run.records[-1].train_error for run in runs]
    distorted = [100 * run.records[-1].test_error for run in lab.trained(PRESETS["distorted"])]
    rows: list[tuple[object, ...]] = [
        (f"{n:,}", spread(test[n]), paper.FIGURE_6_TEST[n], spread(train[n]), paper.FIGURE_6_TRAIN[n]) for n in SIZES
    ]
    rows.append(("60,000, distorted", spread(distorted), paper.FIGURE_6_TEST_DISTORTED, "", ""))
    section = table(("training patterns", "test", "1998", "training", "1998"), rows)
    section += (
        "\n\nThe training error is that of the last pass, on the fly. Preset `1998`, and `distorted` in the last row."
    )
    numbers = {"test_error": test, "train_error": train, "test_error_distorted": distorted}
    figure = draw(test, train, distorted)
    return Result("fig6", "Figure 6: error and the size of the training set", section, numbers, {"": figure})


def draw(test: dict[int, list[float]], train: dict[int, list[float]], distorted: list[float]) -> Figure:
    """Ours with error bars, the paper's in grey."""
    figure = style.new_figure(6.5, 4)
    axes = style.plain_axes(figure, "Error and training-set size: ours and 1998", "training patterns", "error, %")
    thousands = [n / 1000 for n in SIZES]
    printed = ((paper.FIGURE_6_TEST, "1998, test", "D--"), (paper.FIGURE_6_TRAIN, "1998, training", "^:"))
    for values, name, marker in printed:
        axes.plot(thousands, [values[n] for n in SIZES], marker, label=name, color=style.GREY, linewidth=style.THIN)
    for mine, name, marker, colour in (
        (test, "ours, test", "o-", style.BLUE),
        (train, "ours, training", "s-", style.VERMILLION),
    ):
        mean, bar = [statistics.fmean(mine[n]) for n in SIZES], [deviation(mine[n]) for n in SIZES]
        axes.errorbar(thousands, mean, bar, fmt=marker, label=name, color=colour, capsize=3, linewidth=style.HEAVY)
    axes.plot([60], [paper.FIGURE_6_TEST_DISTORTED], "P", label="1998, test, distorted", color=style.GREY)
    axes.errorbar(
        [60], [statistics.fmean(distorted)], [deviation(distorted)], fmt="X", label="ours, test, distorted",
        color=style.BLACK, capsize=3,
    )  # fmt: skip
    axes.set_xticks(thousands, [f"{n:g}k" for n in thousands])
    axes.set_ylim(0)
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure
