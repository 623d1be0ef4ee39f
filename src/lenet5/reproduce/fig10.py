"""Figure 10: how many test patterns must be rejected for 0.5 % error on the rest."""

import statistics
from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from lenet5 import paper
from lenet5.loss import MAPLoss
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.fig9 import rivals
from lenet5.reproduce.report_writer import Result, deviation, spread, table
from lenet5.training.presets import PRESETS

RIVALS = tuple(paper.FIGURE_10)

# Where the bars end in the picture, in per cent.
LONGEST = 5.0
OURS = ("1998", "tuned", "distorted")


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """The paper's three bars, and LeNet-5's, which the figure leaves out."""
    ours = [job for name in OURS for job in lab.runs(PRESETS[name])]
    return [*ours, *(job for kind in RIVALS for job in rivals(lab, kind))]


def make(lab: ExperimentCache) -> Result:
    """By the paper's score, the difference of the two best outputs; for LeNet-5 by two posteriors of eq. 9 as well."""
    labels = lab.dataset.test.labels
    rejected: dict[str, list[float]] = {}
    by_posterior: dict[str, dict[str, list[float]]] = {}
    curves = {}
    for kind in RIVALS:
        outputs = [job.outputs(lab.folder / job.name) for job in rivals(lab, kind)]
        rejected[kind] = [to_reach(difference(o), o.argmax(1) != labels) for o in outputs]
        curves[kind] = errors_of_the_rest(difference(outputs[0]), outputs[0].argmax(1) != labels)
    for name in OURS:
        runs = lab.trained(PRESETS[name])
        label = f"LeNet-5, preset {name}"
        wrong = [run.answers != labels for run in runs]
        rejected[label] = [to_reach(difference(-run.penalties), w) for run, w in zip(runs, wrong, strict=True)]
        posteriors = [MAPLoss(run.job.preset.j).posterior(run.penalties.double()) for run in runs]
        by_posterior[label] = {
            "rubbish": [to_reach(-p[:, -1], w) for p, w in zip(posteriors, wrong, strict=True)],
            "answer": [to_reach(p[:, :-1].amax(1), w) for p, w in zip(posteriors, wrong, strict=True)],
        }
        curves[label] = errors_of_the_rest(difference(-runs[0].penalties), wrong[0])
    rows = [
        (
            name,
            spread(values),
            paper.FIGURE_10.get(name, "not given"),
            *(spread(by_posterior[name][s]) if name in by_posterior else "" for s in ("answer", "rubbish")),
        )
        for name, values in rejected.items()
    ]
    headings = ("classifier", "rejected, %", "1998", "by the answer's posterior", "by the rubbish class's")
    section = f"""
The percentage of the test patterns rejected to reach {paper.FIGURE_10_ERROR} % error on the rest. The paper's score is
the difference of the two best outputs. LeNet-5 has two more by eq. 9: the posterior of its answer, and that of the
rubbish class, which says that nothing fits. 0 where fewer errors are made without rejecting any,
and near 100 where a score puts errors among the surest.

{table(headings, rows)}
"""
    numbers = {"rejected": rejected, "by_posterior": by_posterior}
    return Result("fig10", "Figure 10: rejection", section, numbers, {"": draw(rejected, curves)})


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


def draw(rejected: dict[str, list[float]], curves: dict[str, Tensor]) -> Figure:
    """The bars, ours beside the printed ones; beside them the error against the part rejected."""
    figure = style.new_figure(9, 3.8)
    left, right = figure.subplots(1, 2)
    places = list(range(len(rejected)))
    mean, bar = [statistics.fmean(v) for v in rejected.values()], [deviation(v) for v in rejected.values()]
    printed = {places[list(rejected).index(name)]: value for name, value in paper.FIGURE_10.items()}
    left.barh([p - 0.2 for p in printed], list(printed.values()), height=0.36, color=style.PALE, hatch="//",
              edgecolor=style.GREY, label="1998")  # fmt: skip
    left.barh([p + 0.2 for p in places], mean, xerr=bar, height=0.36, color=style.BLUE, capsize=2, label="ours")
    for place, value, width in zip(places, mean, bar, strict=True):
        # A bar that runs out of the picture says how long it is.
        outside = value > LONGEST
        at, beside = (LONGEST, -30) if outside else (value + width, 4)
        left.annotate(f"{value:.2f}", (at, place + 0.2), (beside, 0), textcoords="offset points", va="center",
                      fontsize=style.SMALL, color="white" if outside else style.BLACK)  # fmt: skip
    left.set_xlim(0, LONGEST)
    left.set_yticks(places, list(rejected), fontsize=style.SMALL + 1)
    left.invert_yaxis()
    left.set_xlabel(f"rejected to reach {paper.FIGURE_10_ERROR} % error, %", fontsize=style.TEXT)
    left.legend(fontsize=style.TEXT, frameon=False, loc="lower right")
    for (name, curve), dashes in zip(curves.items(), ("-", "--", ":", "-.", "-", "--"), strict=False):
        part = curve[: len(curve) // 10]
        right.plot([100 * n / len(curve) for n in range(len(part))], part.numpy(), dashes, label=name, linewidth=1.2)
    right.axhline(paper.FIGURE_10_ERROR, color=style.GREY, linewidth=style.THIN)
    right.set_xlabel("rejected, %", fontsize=style.TEXT)
    right.set_ylabel("error of the rest, %", fontsize=style.TEXT)
    right.set_ylim(0)
    right.legend(fontsize=style.SMALL + 1, frameon=False)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
