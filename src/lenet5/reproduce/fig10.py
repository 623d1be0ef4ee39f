"""Figure 10: how many test patterns must be rejected for 0.5 % error on the rest."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from lenet5 import paper
from lenet5.loss import MAPLoss
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.fig9 import baseline_jobs
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, deviation, markdown_table, spread
from lenet5.training.presets import PRESETS

BASELINES = tuple(paper.FIGURE_10)
OURS = ("1998", "tuned", "distorted")

# Where the bars end in the figure, in per cent.
LONGEST = 5.0


@dataclass(frozen=True)
class Rejection:
    """What must be rejected, by classifier.

    Attributes:
        rejected: the percentage by the paper's score, by seed.
        by_posterior: of LeNet-5 alone: the percentage by each posterior of eq. 9, by seed.
        curves: of the first seed: the error of the rest in per cent, see `errors_of_the_rest`.
    """

    rejected: dict[str, list[float]]
    by_posterior: dict[str, dict[str, list[float]]]
    curves: dict[str, Tensor]


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """The paper's three bars, and LeNet-5's, which the figure leaves out."""
    ours = [job for name in OURS for job in cache.runs(PRESETS[name])]
    return [*ours, *(job for kind in BASELINES for job in baseline_jobs(cache, kind))]


def make(cache: ExperimentCache) -> Reproduction:
    """By the paper's score, the difference of the two best outputs; for LeNet-5 by two posteriors of eq. 9 as well."""
    found = measure(cache)
    numbers = {"rejected": found.rejected, "by_posterior": found.by_posterior}
    return Reproduction("fig10", "Figure 10: rejection", section(found), numbers, {"": draw(found)})


def measure(cache: ExperimentCache) -> Rejection:
    """What must be rejected of the test set."""
    labels = cache.dataset.test.labels
    outputs = {kind: [job.outputs(cache.folder / job.name) for job in baseline_jobs(cache, kind)] for kind in BASELINES}
    by_posterior = {}
    for name in OURS:
        runs = cache.results(PRESETS[name])
        label = f"LeNet-5, preset {name}"
        outputs[label] = [-run.penalties for run in runs]
        wrong = [run.predictions != labels for run in runs]
        posteriors = [MAPLoss(run.job.preset.j).posterior(run.penalties.double()) for run in runs]
        by_posterior[label] = {
            "rubbish": [to_reach(-p[:, -1], w) for p, w in zip(posteriors, wrong, strict=True)],
            "answer": [to_reach(p[:, :-1].amax(1), w) for p, w in zip(posteriors, wrong, strict=True)],
        }
    return Rejection(
        {name: [to_reach(difference(o), o.argmax(1) != labels) for o in seeds] for name, seeds in outputs.items()},
        by_posterior,
        {name: errors_of_the_rest(difference(o), o.argmax(1) != labels) for name, (o, *_) in outputs.items()},
    )


def difference(outputs: Tensor) -> Tensor:
    """The best output less the second best, of outputs of which the largest is the answer: N×10 → N."""
    best = outputs.topk(2, dim=1).values
    return best[:, 0] - best[:, 1]


def errors_of_the_rest(score: Tensor, wrong: Tensor) -> Tensor:
    """The error, in per cent, of the rest when the n patterns of the lowest score are rejected: n = 0 … N − 1."""
    wrong_in_order = wrong[score.argsort(stable=True)].double()
    left = torch.arange(len(score), 0, -1)
    return 100 * wrong_in_order.flip(0).cumsum(0).flip(0) / left


def to_reach(score: Tensor, wrong: Tensor, error: float = paper.FIGURE_10_ERROR) -> float:
    """The smallest percentage of patterns to reject for that error, in per cent, on the rest; 100 if none will do."""
    enough = (errors_of_the_rest(score, wrong) <= error).nonzero().flatten()
    return 100 * int(enough[0]) / len(score) if len(enough) else 100.0


def section(found: Rejection) -> str:
    """A row a classifier."""
    rows = [
        (
            name,
            spread(values),
            paper.FIGURE_10.get(name, "not given"),
            *(spread(found.by_posterior[name][s]) if name in found.by_posterior else "" for s in ("answer", "rubbish")),
        )
        for name, values in found.rejected.items()
    ]
    headings = ("classifier", "rejected, %", "1998", "by the answer's posterior", "by the rubbish class's")
    return f"""
The percentage of the test patterns rejected to reach {paper.FIGURE_10_ERROR} % error on the rest. The paper's score is
the difference of the two best outputs. LeNet-5 has two more by eq. 9: the posterior of its answer, and that of the
rubbish class, which says that nothing fits. 0 where fewer errors are made without rejecting any,
and near 100 where a score puts errors among the surest.

{markdown_table(headings, rows)}
"""


def draw(found: Rejection) -> Figure:
    """The bars, ours beside the printed ones; beside them the error against the part rejected."""
    figure = style.new_figure(9, 3.8)
    left, right = figure.subplots(1, 2)
    _draw_bars(left, found.rejected)
    _draw_curves(right, found.curves)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_bars(axes: Axes, rejected: dict[str, list[float]]) -> None:
    rows = list(range(len(rejected)))
    mean, bar = [statistics.fmean(v) for v in rejected.values()], [deviation(v) for v in rejected.values()]
    printed = {rows[list(rejected).index(name)]: value for name, value in paper.FIGURE_10.items()}
    axes.barh([row - 0.2 for row in printed], list(printed.values()), height=0.36, color=style.PALE, hatch="//",
              edgecolor=style.GREY, label="1998")  # fmt: skip
    axes.barh([row + 0.2 for row in rows], mean, xerr=bar, height=0.36, color=style.BLUE, capsize=2, label="ours")
    for row, value, width in zip(rows, mean, bar, strict=True):
        # A bar that runs out of the figure says how long it is.
        outside = value > LONGEST
        at, beside = (LONGEST, -30) if outside else (value + width, 4)
        axes.annotate(f"{value:.2f}", (at, row + 0.2), (beside, 0), textcoords="offset points", va="center",
                      fontsize=style.SMALL, color="white" if outside else style.BLACK)  # fmt: skip
    axes.set_xlim(0, LONGEST)
    axes.set_yticks(rows, list(rejected), fontsize=style.SMALL + 1)
    axes.invert_yaxis()
    axes.set_xlabel(f"rejected to reach {paper.FIGURE_10_ERROR} % error, %", fontsize=style.TEXT)
    axes.legend(fontsize=style.TEXT, frameon=False, loc="lower right")


def _draw_curves(axes: Axes, curves: dict[str, Tensor]) -> None:
    for (name, curve), dashes in zip(curves.items(), ("-", "--", ":", "-.", "-", "--"), strict=False):
        part = curve[: len(curve) // 10]
        axes.plot([100 * n / len(curve) for n in range(len(part))], part.numpy(), dashes, label=name, linewidth=1.2)
    axes.axhline(paper.FIGURE_10_ERROR, color=style.GREY, linewidth=style.THIN)
    axes.set_xlabel("rejected, %", fontsize=style.TEXT)
    axes.set_ylabel("error of the rest, %", fontsize=style.TEXT)
    axes.set_ylim(0)
    axes.legend(fontsize=style.SMALL + 1, frameon=False)
