"""Figure 8: the misread test digits, the 1998 network's 82 beside ours."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from lenet5 import paper
from lenet5.data.patterns import Patterns
from lenet5.plots.misread_digits import misread_groups
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table, spread
from lenet5.training.checkpoint import load_pretrained
from lenet5.training.evaluation import answers as read
from lenet5.training.presets import PRESETS

# The 1998 network's wrong predictions, by the index of the test pattern.
PREDICTIONS_OF_1998 = {index: prediction for index, _, prediction in paper.FIGURE_8}

SHIPPED = "`best`, in the package"


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Networks trained on distorted patterns, as that of figure 8 was."""
    return cache.runs(PRESETS["distorted"])


def make(cache: ExperimentCache) -> Reproduction:
    """Who misread what, whether the two differ by more than chance, and whether they err alike."""
    numbers = measure(cache)
    first = cache.results(PRESETS["distorted"])[0]
    figure = draw(cache.dataset.test, first.predictions)
    words = section(numbers, first.job.seed)
    return Reproduction("fig8", "Figure 8: the misread digits", words, numbers, {"": figure})


def measure(cache: ExperimentCache) -> dict[str, dict[str, float]]:
    """What `compare_misread` gives, by network."""
    test = cache.dataset.test
    found = {
        f"`distorted`, seed {run.job.seed}": compare_misread(run.predictions, test.labels)
        for run in cache.results(PRESETS["distorted"])
    }
    found[SHIPPED] = compare_misread(read(load_pretrained(), test, "auto"), test.labels)
    return found


def compare_misread(predictions: Tensor, labels: Tensor) -> dict[str, float]:
    """Our misread digits beside those of 1998.

    Args:
        predictions: ours of the test set, 10,000.
        labels: the true digits, 10,000.

    Returns:
        ours, both, only_1998 and only_ours: how many were misread; p: McNemar's exact one;
        alike: how often both gave the same wrong prediction.
    """
    from scipy.stats import binomtest

    theirs = PREDICTIONS_OF_1998
    ours = {int(n): int(predictions[n]) for n in (predictions != labels).nonzero().flatten()}
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


def section(numbers: dict[str, dict[str, float]], seed: int) -> str:
    """A row a network; `seed` is that of the figure."""
    wrong = [c["ours"] for name, c in numbers.items() if name != SHIPPED]
    rows = [
        (name, c["ours"], c["both"], c["only_1998"], c["only_ours"], f"{c['p']:.2g}", f"{c['alike']}/{c['both']}")
        for name, c in numbers.items()
    ]
    headings = ("network", "we misread", "both", "1998 alone", "we alone", "McNemar's p", "the same wrong answer")
    return f"""
The 1998 network misread {len(paper.FIGURE_8)} of the 10,000; ours, with distorted patterns too, {spread(wrong, 1)}.
McNemar's exact test asks whether those that one of the two alone misread fall to either side by more than chance.

{markdown_table(headings, rows)}

The picture is of seed {seed}: beneath each digit the true one, then the 1998 network's answer and ours.
"""


def draw(test: Patterns, predictions: Tensor) -> Figure:
    """Three grids: misread by both, by the 1998 network alone, by ours alone."""
    theirs = PREDICTIONS_OF_1998
    wrong = {int(n) for n in (predictions != test.labels).nonzero().flatten()}
    groups = {
        "misread by both (beneath: the true digit: 1998's answer, ours)": sorted(theirs.keys() & wrong),
        "misread in 1998 alone": sorted(theirs.keys() - wrong),
        "misread by ours alone": sorted(wrong - theirs.keys()),
    }
    captions = {}
    for n in theirs.keys() | wrong:
        label = int(test.labels[n])
        captions[n] = f"{label}: {theirs.get(n, label)} {int(predictions[n])}"
    return misread_groups(test.images, captions, groups)
