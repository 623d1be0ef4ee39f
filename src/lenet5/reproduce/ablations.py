"""What the paper leaves open, one choice at a time: preset 1998 beside the same with one field changed."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from matplotlib.figure import Figure

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.lenet5_run import LeNet5Run, RunResult
from lenet5.reproduce.report_writer import Reproduction, markdown_table, spread
from lenet5.training.presets import PRESETS

# The last so many training images are the evaluation set; the test set has no say in a choice.
VALIDATION: Final = 10_000

PANELS_A_ROW: Final = 4
PASSES_SHOWN: Final = (1, 2, 3, 5, 10, 20)

# What is changed, and to what.
VARIANTS: Final[dict[str, dict[str, Any]]] = {
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


@dataclass(frozen=True)
class VariantResult:
    """What a variant came to.

    Attributes:
        curve: the training error in per cent, pass by pass, of the mean over seeds.
        validation: the last pass's error on the validation split in per cent, by seed.
        rates: the smallest and the largest effective rate of the first pass.
    """

    curve: list[float]
    validation: list[float]
    rates: tuple[float, float]

    @property
    def distance(self) -> float:
        """The root mean square over the passes of the curve less figure 5's, in points."""
        away = [ours - printed for ours, printed in zip(self.curve, paper.FIGURE_5_TRAIN, strict=False)]
        return math.sqrt(statistics.fmean(d * d for d in away))


def variant_runs(cache: ExperimentCache, name: str) -> list[LeNet5Run]:
    """Preset 1998 as a variant has it, for each seed, on all but the validation split."""
    preset = replace(PRESETS["1998"], **VARIANTS[name])
    return [replace(job, validation=VALIDATION) for job in cache.runs(preset)]


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Every variant."""
    return [job for name in VARIANTS for job in variant_runs(cache, name)]


def make(cache: ExperimentCache) -> Reproduction:
    """The training curves beside figure 5, and the error on the validation split."""
    found = {name: measure([cache.load(job) for job in variant_runs(cache, name)]) for name in VARIANTS}
    curves = {name: variant.curve for name, variant in found.items()}
    numbers = {
        "training_error": curves,
        "validation_error": {name: variant.validation for name, variant in found.items()},
    }
    title = "What the paper leaves open, one choice at a time"
    return Reproduction("ablations", title, section(found), numbers, {"": draw(curves)})


def measure(runs: Sequence[RunResult]) -> VariantResult:
    """Errors and rates of a variant's runs."""
    first = [run.records[0] for run in runs]
    return VariantResult(
        curve=[100 * statistics.fmean(run.records[k].train_error for run in runs) for k in range(len(runs[0].records))],
        validation=[100 * run.records[-1].test_error for run in runs],
        rates=(min(record.rate_min for record in first), max(record.rate_max for record in first)),
    )


def section(found: dict[str, VariantResult]) -> str:
    """A row a variant."""
    rows = []
    for name, variant in found.items():
        by_pass = " ".join(f"{variant.curve[k - 1]:.2f}" for k in PASSES_SHOWN if k <= len(variant.curve))
        low, high = variant.rates
        rows.append((name, f"{variant.distance:.2f}", by_pass, spread(variant.validation), f"{low:.1e} … {high:.1e}"))
    headings = (
        "changed",
        "distance from figure 5",
        f"training error after pass {', '.join(map(str, PASSES_SHOWN))}",
        f"last {VALIDATION:,}",
        "rates ε, pass 1",
    )
    return f"""
Trained on the first 50,000 training images and judged on the last 10,000. Distance: the root mean square over the
passes of the mean training error less figure 5's, in points; figure 5 is of 60,000 patterns. Errors are means over the
seeds; where their spread is large the seeds part, and no network is at the mean.

{markdown_table(headings, rows)}
"""


def draw(curves: dict[str, list[float]]) -> Figure:
    """Every variant in a panel of its own, figure 5 and the preset behind it."""
    rows = math.ceil(len(curves) / PANELS_A_ROW)
    figure = style.new_figure(11, 2.6 * rows)
    panels = figure.subplots(rows, PANELS_A_ROW, sharex=True, sharey=True)
    of_preset = next(iter(curves.values()))
    for axes, (name, curve) in zip(panels.flatten(), curves.items(), strict=False):
        axes.plot(range(1, len(paper.FIGURE_5_TRAIN) + 1), paper.FIGURE_5_TRAIN, "^", color=style.GREY, markersize=3)
        axes.plot(range(1, len(of_preset) + 1), of_preset, "--", color=style.BLUE, linewidth=style.THIN)
        axes.plot(range(1, len(curve) + 1), curve, "-", color=style.VERMILLION, linewidth=style.HEAVY)
        axes.set_title(name, fontsize=style.TEXT, loc="left")
        axes.set_yscale("log")
        axes.set_ylim(0.1, 200)
        axes.set_xticks(range(0, paper.PASSES + 1, 5))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=style.SMALL)
    for index in range(len(curves), panels.size):
        panels.flat[index].axis("off")
        panels.flat[index - PANELS_A_ROW].tick_params(labelbottom=True)
    for axes in panels[:, 0]:
        axes.set_ylabel("training error, %", fontsize=style.TEXT)
    figure.supxlabel("pass; triangles: figure 5 of 1998; dashed: preset 1998", fontsize=style.TEXT)
    return figure
