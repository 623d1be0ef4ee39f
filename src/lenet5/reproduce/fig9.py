"""Figure 9: error on the test set, LeNet-5 among other classifiers."""

import statistics
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.baselines import BOOSTED, CLASSIFIERS, NETWORKS, RIVAL, Rival
from lenet5.reproduce.experiment_cache import QUICK_PASSES, QUICK_PATTERNS, ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, deviation, spread, table
from lenet5.training.checkpoint import load_pretrained
from lenet5.training.evaluation import answers, error_rate
from lenet5.training.presets import PRESETS

# Our presets, by the row of figure 9 that each stands beside.
ROWS = {"1998": "LeNet-5", "tuned": "LeNet-5", "distorted": "LeNet-5, distortions"}


def rivals(lab: ExperimentCache, kind: str) -> list[Rival]:
    """A classifier for each seed; those without chance, once."""
    seeds = [1] if kind in CLASSIFIERS else lab.seeds
    if lab.quick:
        return [Rival(kind, seed, QUICK_PATTERNS, QUICK_PASSES) for seed in seeds]
    return [Rival(kind, seed, None, RIVAL.passes) for seed in seeds]


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Every row."""
    ours = [job for name in ROWS for job in lab.runs(PRESETS[name])]
    return [*ours, *(job for kind in (*CLASSIFIERS, *NETWORKS, BOOSTED) for job in rivals(lab, kind))]


def make(lab: ExperimentCache) -> Result:
    """The last pass's test errors."""
    labels = lab.dataset.test.labels
    found: dict[str, tuple[float | None, list[float]]] = {}
    for kind in (*CLASSIFIERS, *NETWORKS, BOOSTED):
        given = [job.outputs(lab.folder / job.name).argmax(1) for job in rivals(lab, kind)]
        found[kind] = (paper.FIGURE_9[kind], [100 * error_rate(one, labels) for one in given])
    for name, row in ROWS.items():
        runs = lab.trained(PRESETS[name])
        label = f"LeNet-5, preset {name}"
        found[label] = (paper.FIGURE_9[row], [100 * error_rate(run.answers, labels) for run in runs])
    shipped = answers(load_pretrained(), lab.dataset.test, "auto")
    found["LeNet-5, preset best, in the package"] = (None, [100 * error_rate(shipped, labels)])
    in_order = dict(sorted(found.items(), key=lambda item: -statistics.fmean(item[1][1])))
    rows = [(name, spread(mine), printed or "") for name, (printed, mine) in in_order.items()]
    section = table(("classifier", "ours", "1998"), rows)
    section += """

The rivals were not tuned; `src/lenet5/reproduce/baselines.py` says how they depart from the paper's.
"""
    numbers = {name: {"1998": printed, "ours": mine} for name, (printed, mine) in in_order.items()}
    return Result("fig9", "Figure 9: LeNet-5 among other classifiers", section, numbers, {"": draw(in_order)})


def draw(found: dict[str, tuple[float | None, list[float]]]) -> Figure:
    """Bars on a logarithmic scale, the paper's above ours."""
    figure = style.new_figure(7, 5)
    axes = figure.add_subplot()
    axes.set_title("Test error, %: ours and 1998", loc="left", fontsize=style.TITLE)
    places = range(len(found))
    printed = [value or 0 for value, _ in found.values()]
    mean, bar = [statistics.fmean(m) for _, m in found.values()], [deviation(m) for _, m in found.values()]
    above, below = ([place + shift for place in places] for shift in (-0.2, 0.2))
    axes.barh(above, printed, height=0.36, color=style.PALE, edgecolor=style.GREY, hatch="//", label="1998")
    axes.barh(below, mean, xerr=bar, height=0.36, color=style.BLUE, label="ours", capsize=2)
    for place, value in [*zip(above, printed, strict=True), *zip(below, mean, strict=True)]:
        if not value:
            continue
        axes.annotate(f"{value:.2f}", (value, place), (12, 0), textcoords="offset points", va="center",
                      fontsize=style.SMALL)  # fmt: skip
    axes.set_yticks(places, list(found), fontsize=style.TEXT)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlim(right=2.5 * max(*printed, *mean))
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure
