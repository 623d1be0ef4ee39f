"""What the paper leaves open, one choice at a time: preset 1998 beside the same with one field changed."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from matplotlib.figure import Figure

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job, LeNet5Run, Trained
from lenet5.reproduce.report_writer import Result, spread, table
from lenet5.training.presets import PRESETS

# Judged on the last so many training images; the test set has no say in a choice.
VALIDATION: Final = 10_000

PANELS_A_ROW: Final = 4

CHANGES: Final[dict[str, dict[str, Any]]] = {
    "preset 1998": {},
    "s = 0.03, j = 1": {"scale": 0.03, "j": 1.0},
    "s = 0.5": {"scale": 0.5},
    "j = 3": {"j": 3.0},
    "eq. 8 for eq. 9": {"loss": "mle"},
    "initial weights ±2.4/F": {"initial_weights": "fan_in"},
    "initial weights ±√3/√F": {"initial_weights": "unit_variance"},
    "coefficients begin at 1/4": {"initial_coefficient": 0.25},
    "coefficient's curvature h Σx²": {"coefficient_curvature": "tied_weights"},
    "exact curvature into F6": {"curvature_loss": "map"},
    "a new order each pass": {"order": "fresh"},
}


def runs(lab: ExperimentCache, change: str) -> list[LeNet5Run]:
    """Preset 1998 with a change, for each seed, on all but the validation split."""
    preset = replace(PRESETS["1998"], **CHANGES[change])
    return [replace(job, validation=VALIDATION) for job in lab.runs(preset)]


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Every change."""
    return [job for change in CHANGES for job in runs(lab, change)]


def make(lab: ExperimentCache) -> Result:
    """The training curves beside figure 5, and the error on the validation split."""
    curves, validation, rows = {}, {}, []
    for change in CHANGES:
        made = [lab.load(job) for job in runs(lab, change)]
        curves[change] = mean_curve(made)
        validation[change] = [100 * run.records[-1].test_error for run in made]
        away = [ours - printed for ours, printed in zip(curves[change], paper.FIGURE_5_TRAIN, strict=False)]
        distance = statistics.fmean(d * d for d in away) ** 0.5
        low, high = (
            f(getattr(run.records[0], rate) for run in made) for f, rate in ((min, "rate_min"), (max, "rate_max"))
        )
        shown = (1, 2, 3, 5, 10, 20)
        by_pass = " ".join(f"{curves[change][k - 1]:.2f}" for k in shown if k <= len(curves[change]))
        rows.append((change, f"{distance:.2f}", by_pass, spread(validation[change]), f"{low:.1e} … {high:.1e}"))
    headings = (
        "changed",
        "distance from figure 5",
        "training error after pass 1, 2, 3, 5, 10, 20",
        f"last {VALIDATION:,}",
        "rates ε, pass 1",
    )
    section = f"""
Trained on the first 50,000 training images and judged on the last 10,000. Distance: the root mean square over the
passes of the mean training error less figure 5's, in points; figure 5 is of 60,000 patterns. Errors are means over the
seeds; where their spread is large the seeds part, and no network is at the mean.

{table(headings, rows)}
"""
    numbers = {"training_error": curves, "validation_error": validation}
    return Result("silences", "What the paper leaves open, one choice at a time", section, numbers, {"": draw(curves)})


def mean_curve(made: Sequence[Trained]) -> list[float]:
    """The training error in per cent, pass by pass, of the mean over seeds."""
    return [100 * statistics.fmean(run.records[k].train_error for run in made) for k in range(len(made[0].records))]


def draw(curves: dict[str, list[float]]) -> Figure:
    """Every change in a panel of its own, figure 5 and the preset behind it."""
    rows = math.ceil(len(curves) / PANELS_A_ROW)
    figure = style.new_figure(11, 2.6 * rows)
    panels = figure.subplots(rows, PANELS_A_ROW, sharex=True, sharey=True)
    of_preset = next(iter(curves.values()))
    for axes, (change, curve) in zip(panels.flatten(), curves.items(), strict=False):
        axes.plot(range(1, len(paper.FIGURE_5_TRAIN) + 1), paper.FIGURE_5_TRAIN, "^", color=style.GREY, markersize=3)
        axes.plot(range(1, len(of_preset) + 1), of_preset, "--", color=style.BLUE, linewidth=style.THIN)
        axes.plot(range(1, len(curve) + 1), curve, "-", color=style.VERMILLION, linewidth=style.HEAVY)
        axes.set_title(change, fontsize=style.TEXT, loc="left")
        axes.set_yscale("log")
        axes.set_ylim(0.1, 200)
        axes.set_xticks(range(0, paper.PASSES + 1, 5))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=style.SMALL)
    for place in range(len(curves), panels.size):
        panels.flat[place].axis("off")
        panels.flat[place - PANELS_A_ROW].tick_params(labelbottom=True)
    for axes in panels[:, 0]:
        axes.set_ylabel("training error, %", fontsize=style.TEXT)
    figure.supxlabel("pass; triangles: figure 5 of 1998; dashed: preset 1998", fontsize=style.TEXT)
    return figure
