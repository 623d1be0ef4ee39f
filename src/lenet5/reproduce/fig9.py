"""Figure 9: error on the test set, LeNet-5 among other classifiers."""

import statistics
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.baselines.baseline import CLASSIFIERS, KINDS, Baseline
from lenet5.reproduce.experiment_cache import QUICK_PASSES, QUICK_PATTERNS, ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, deviation, markdown_table, spread
from lenet5.training.checkpoint import load_pretrained
from lenet5.training.evaluation import answers, error_rate
from lenet5.training.presets import PRESETS

# Our presets, by the row of figure 9 that each stands beside.
ROW_OF_PRESET = {"1998": "LeNet-5", "tuned": "LeNet-5", "distorted": "LeNet-5, distortions"}


def baseline_jobs(cache: ExperimentCache, kind: str) -> list[Baseline]:
    """A classifier for each seed; those without chance, once."""
    seeds = [1] if kind in CLASSIFIERS else cache.seeds
    if cache.quick:
        return [Baseline(kind, seed, QUICK_PATTERNS, QUICK_PASSES) for seed in seeds]
    return [Baseline(kind, seed) for seed in seeds]


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Every row."""
    ours = [job for name in ROW_OF_PRESET for job in cache.runs(PRESETS[name])]
    return [*ours, *(job for kind in KINDS for job in baseline_jobs(cache, kind))]


def make(cache: ExperimentCache) -> Reproduction:
    """The last pass's test errors."""
    numbers = measure(cache)
    title = "Figure 9: LeNet-5 among other classifiers"
    return Reproduction("fig9", title, section(numbers), numbers, {"": draw(numbers)})


def measure(cache: ExperimentCache) -> dict[str, dict[str, Any]]:
    """By classifier, the largest mean error first: the printed error, None where there is none, and ours by seed."""
    test = cache.dataset.test
    found: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        predictions = [job.outputs(cache.folder / job.name).argmax(1) for job in baseline_jobs(cache, kind)]
        ours = [100 * error_rate(one, test.labels) for one in predictions]
        found[kind] = {"1998": paper.FIGURE_9[kind], "ours": ours}
    for name, row in ROW_OF_PRESET.items():
        ours = [100 * error_rate(run.predictions, test.labels) for run in cache.results(PRESETS[name])]
        found[f"LeNet-5, preset {name}"] = {"1998": paper.FIGURE_9[row], "ours": ours}
    shipped = answers(load_pretrained(), test, "auto")
    found["LeNet-5, preset best, in the package"] = {"1998": None, "ours": [100 * error_rate(shipped, test.labels)]}
    return dict(sorted(found.items(), key=lambda item: -statistics.fmean(item[1]["ours"])))


def section(numbers: dict[str, dict[str, Any]]) -> str:
    """A row a classifier."""
    rows = [(name, spread(errors["ours"]), errors["1998"] or "") for name, errors in numbers.items()]
    return f"""{markdown_table(("classifier", "ours", "1998"), rows)}

The baselines were not tuned; `src/lenet5/reproduce/baselines/` says how they depart from the paper's.
"""


def draw(numbers: dict[str, dict[str, Any]]) -> Figure:
    """Bars on a logarithmic scale, the paper's above ours."""
    figure = style.new_figure(7, 5)
    axes = figure.add_subplot()
    axes.set_title("Test error, %: ours and 1998", loc="left", fontsize=style.TITLE)
    rows = range(len(numbers))
    printed = [errors["1998"] or 0 for errors in numbers.values()]
    mean, bar = ([f(errors["ours"]) for errors in numbers.values()] for f in (statistics.fmean, deviation))
    above, below = ([row + shift for row in rows] for shift in (-0.2, 0.2))
    axes.barh(above, printed, height=0.36, color=style.PALE, edgecolor=style.GREY, hatch="//", label="1998")
    axes.barh(below, mean, xerr=bar, height=0.36, color=style.BLUE, label="ours", capsize=2)
    for height, value in [*zip(above, printed, strict=True), *zip(below, mean, strict=True)]:
        if not value:
            continue
        axes.annotate(f"{value:.2f}", (value, height), (12, 0), textcoords="offset points", va="center",
                      fontsize=style.SMALL)  # fmt: skip
    axes.set_yticks(rows, list(numbers), fontsize=style.TEXT)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(right=2.5 * max(*printed, *mean))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure
