"""Figure 5: training and test error after each pass, with the spread over seeds, beside the paper's curves."""

import statistics
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job, Trained
from lenet5.reproduce.report_writer import Result, deviation, spread, table
from lenet5.training.evaluation import scores
from lenet5.training.presets import PRESETS, Preset

# From this pass on preset 1998 is held against the curve; the first two swing with the seed.
FROM_PASS = 3


def after_two_passes() -> Preset:
    """Preset tuned, ended early: its schedule goes by the pass, so these are the first two of the twenty."""
    return replace(PRESETS["tuned"], name="tuned-2-passes", passes=2)


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Both presets at the paper's budget."""
    return [*lab.runs(PRESETS["1998"]), *lab.runs(PRESETS["tuned"]), *lab.runs(after_two_passes())]


def make(lab: ExperimentCache) -> Result:
    """Both curves of preset 1998 beside the printed ones; preset tuned, the default, for comparison."""
    ours, tuned = (lab.trained(PRESETS[name]) for name in ("1998", "tuned"))
    train, test = errors(ours, "train_error"), errors(ours, "test_error")
    tuned_train, tuned_test = errors(tuned, "train_error"), errors(tuned, "test_error")
    passes = len(train)
    rows = [
        (
            number + 1,
            spread(train[number]),
            f"{paper.FIGURE_5_TRAIN[number]:.2f}",
            spread(test[number]),
            f"{paper.FIGURE_5_TEST[number]:.2f}",
            spread(tuned_train[number]),
            spread(tuned_test[number]),
        )
        for number in range(passes)
    ]
    headings = ("pass", "1998: training", "the paper's", "1998: test", "the paper's", "tuned: training", "tuned: test")
    differences = [statistics.fmean(train[k]) - paper.FIGURE_5_TRAIN[k] for k in range(passes)]
    largest = max(differences[FROM_PASS - 1 :], key=abs, default=None)
    near = (
        ""
        if largest is None
        else f"Preset `1998` from pass {FROM_PASS} on: the mean training error differs from the printed one by "
        f"{largest:+.2f} points at most."
    )
    rates = [(run.records[0].rate_min, run.records[0].rate_max) for run in ours]
    labels = lab.dataset.test.labels
    two_passes = [scores(run.answers, labels).macro_f1 for run in lab.trained(after_two_passes())]
    macro_f1 = {name: [scores(run.answers, labels).macro_f1 for run in runs] for name, runs in
                (("1998", ours), ("tuned", tuned))}  # fmt: skip
    section = f"""
{table(headings, rows)}

{near}
Test error after {passes} passes: `1998` {spread(test[-1])} %, `tuned` {spread(tuned_test[-1])} %, the paper
{paper.TEST_ERROR} %. Macro-F1: `1998` {spread(macro_f1["1998"], 4)}, `tuned` {spread(macro_f1["tuned"], 4)}; after two
passes `tuned` {spread(two_passes, 4)}.

Effective rates ε of the first pass: {min(low for low, _ in rates):.1e} to {max(high for _, high in rates):.1e}; the
paper's {paper.FIRST_PASS_RATES[0]:.1e} to {paper.FIRST_PASS_RATES[1]:.1e}. None can exceed η/μ = 0.025. The least are
those of C1's biases, whose curvature sums over 784 positions and grows with the weights above: see
[decisions](decisions.md), initial weights.
"""
    numbers = {
        "train_error": train,
        "test_error": test,
        "tuned_train_error": tuned_train,
        "tuned_test_error": tuned_test,
        "largest_training_difference": largest,
        "first_pass_rates": rates,
        "macro_f1": macro_f1,
        "tuned_macro_f1_after_2_passes": two_passes,
    }
    figure = draw(train, test, tuned_test)
    return Result("fig5", "Figure 5: error after each pass", section, numbers, {"": figure})


def errors(runs: Sequence[Trained], which: str) -> list[list[float]]:
    """An error in per cent, pass by pass, of every run: passes × seeds."""
    return [[100 * getattr(run.records[k], which) for run in runs] for k in range(len(runs[0].records))]


def draw(train: list[list[float]], test: list[list[float]], tuned: list[list[float]]) -> Figure:
    """Means as lines, the standard deviation over the seeds as bands, the paper's points in grey."""
    figure = style.new_figure(7, 4.2)
    axes = style.plain_axes(figure, "Error after each pass: ours and 1998", "pass through the training set", "error, %")
    for name, per_cent, marker in (("training", paper.FIGURE_5_TRAIN, "^:"), ("test", paper.FIGURE_5_TEST, "D--")):
        passes = range(1, len(per_cent) + 1)
        axes.plot(passes, per_cent, marker, label=f"1998, {name}", color=style.GREY, markersize=4, linewidth=style.THIN)
    for name, values, marker, colour in (
        ("preset 1998, training", train, "s-", style.VERMILLION),
        ("preset 1998, test", test, "o-", style.BLUE),
        ("preset tuned, test", tuned, "x-", style.BLACK),
    ):
        passes = range(1, len(values) + 1)
        mean, width = [statistics.fmean(v) for v in values], [deviation(v) for v in values]
        low, high = ([m + sign * w for m, w in zip(mean, width, strict=True)] for sign in (-1, 1))
        axes.plot(passes, mean, marker, label=name, color=colour, markersize=4, linewidth=style.HEAVY / 1.5)
        axes.fill_between(passes, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.set_ylim(0)
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure
