"""Figure 8: the misread test digits, the 1998 network's 82 beside ours."""

from collections.abc import Sequence
from math import ceil

from matplotlib.figure import Figure
from torch import Tensor

from lenet5 import paper
from lenet5.data.patterns import Patterns
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, spread, table
from lenet5.training.checkpoint import load_pretrained
from lenet5.training.evaluation import answers as read
from lenet5.training.presets import PRESETS

COLUMNS = 16
AT_MOST = 96


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Networks trained on distorted patterns, as that of figure 8 was."""
    return lab.runs(PRESETS["distorted"])


def make(lab: ExperimentCache) -> Result:
    """Who misread what, whether the two differ by more than chance, and whether they err alike."""
    runs = lab.trained(PRESETS["distorted"])
    labels = lab.dataset.test.labels
    found = {f"`distorted`, seed {run.job.seed}": compare(run.answers, labels) for run in runs}
    wrong = [c["ours"] for c in found.values()]
    found["`best`, in the package"] = compare(read(load_pretrained(), lab.dataset.test, "auto"), labels)
    rows = [
        (name, c["ours"], c["both"], c["only_1998"], c["only_ours"], f"{c['p']:.2g}", f"{c['alike']}/{c['both']}")
        for name, c in found.items()
    ]
    headings = ("network", "we misread", "both", "1998 alone", "we alone", "McNemar's p", "the same wrong answer")
    section = f"""
The 1998 network misread {len(paper.FIGURE_8)} of the 10,000; ours, with distorted patterns too, {spread(wrong, 1)}.
McNemar's exact test asks whether those that one of the two alone misread fall to either side by more than chance.

{table(headings, rows)}

The picture is of seed {runs[0].job.seed}: beneath each digit the true one, then the 1998 network's answer and ours.
"""
    numbers = dict(found)
    figure = draw(lab.dataset.test, runs[0].answers)
    return Result("fig8", "Figure 8: the misread digits", section, numbers, {"": figure})


def compare(answers: Tensor, labels: Tensor) -> dict[str, float]:
    """How many were misread by us, by both, by one alone; McNemar's p; how often both gave the same wrong answer."""
    from scipy.stats import binomtest

    theirs = {index: answer for index, _, answer in paper.FIGURE_8}
    ours = {int(n): int(answers[n]) for n in (answers != labels).nonzero().flatten()}
    both = theirs.keys() & ours.keys()
    only_1998, only_ours = len(theirs) - len(both), len(ours) - len(both)
    discordant = only_1998 + only_ours
    return {
        "ours": len(ours),
        "both": len(both),
        "only_1998": only_1998,
        "only_ours": only_ours,
        "p": float(binomtest(only_ours, discordant).pvalue) if discordant else 1.0,
        "alike": sum(theirs[n] == ours[n] for n in both),
    }


def draw(test: Patterns, answers: Tensor) -> Figure:
    """Three sheets: misread by both, by the 1998 network alone, by ours alone."""
    theirs = {index: answer for index, _, answer in paper.FIGURE_8}
    wrong = {int(n) for n in (answers != test.labels).nonzero().flatten()}
    groups = (
        ("misread by both (beneath: the true digit: 1998's answer, ours)", sorted(theirs.keys() & wrong)),
        ("misread in 1998 alone", sorted(theirs.keys() - wrong)),
        ("misread by ours alone", sorted(wrong - theirs.keys())),
    )
    rows = [max(1, ceil(min(len(group), AT_MOST) / COLUMNS)) for _, group in groups]
    sizes = [style.sheet_size(COLUMNS, count) for count in rows]
    figure = style.new_figure(sizes[0][0], sum(height for _, height in sizes))
    for axes, (title, group), count in zip(
        figure.subplots(3, 1, height_ratios=[height for _, height in sizes]), groups, rows, strict=True
    ):
        shown = group[:AT_MOST]
        more = f", the first {AT_MOST} of them" if len(group) > AT_MOST else ""
        style.digit_sheet(axes, f"{len(group)}: {title}{more}", COLUMNS, count)
        for place, n in enumerate(shown):
            left, top = style.draw_digit(axes, test.images[n], place, COLUMNS)
            given = theirs.get(n, int(test.labels[n]))
            words = f"{int(test.labels[n])}: {given} {int(answers[n])}"
            centre = left + style.DIGIT / 2
            axes.text(centre, top + style.DIGIT + 1, words, ha="center", va="top", fontsize=style.SMALL + 1)
    return figure
