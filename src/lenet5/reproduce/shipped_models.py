"""The networks that come with the package: what is shipped, and how it reads digit by digit."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from lenet5 import paper
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.lenet5_run import RunResult
from lenet5.reproduce.report_writer import Reproduction, interval, markdown_table
from lenet5.training.checkpoint import model_file
from lenet5.training.evaluation import Scores, scores
from lenet5.training.presets import PRESETS


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """The first run of preset best, and every one of preset 1998."""
    return [*cache.runs(PRESETS["best"])[:1], *cache.runs(PRESETS["1998"])]


def make(cache: ExperimentCache) -> Reproduction:
    """Both files, for `src/lenet5/pretrained/`, and their scores."""
    runs = shipped_runs(cache)
    labels = cache.dataset.test.labels
    found = {name: scores(run.predictions, labels) for name, run in runs.items()}
    seeds = {name: run.job.seed for name, run in runs.items()}
    return Reproduction(
        "weights",
        "The networks in the package",
        section(found, seeds),
        {name: score.as_dict() for name, score in found.items()},
        {"": draw(found)},
        {f"{name}.safetensors": shipped_file(run, found[name]) for name, run in runs.items()},
    )


def shipped_runs(cache: ExperimentCache) -> dict[str, RunResult]:
    """The first run of preset best; of preset 1998 the one with the smallest loss in its last pass.

    Which one is shipped is settled before the test set is looked at.
    """
    best = cache.load(cache.runs(PRESETS["best"])[0])
    return {"best": best, "1998": min(cache.results(PRESETS["1998"]), key=lambda run: run.records[-1].loss)}


def shipped_file(run: RunResult, score: Scores) -> bytes:
    """A model as a run leaves it, without the path of the data that it was trained on."""
    return model_file(run.network, replace(run.config, data=None), score.as_dict())


def section(found: dict[str, Scores], seeds: dict[str, int]) -> str:
    """A row a network, and one for that of 1998."""
    rows: list[tuple[object, ...]] = []
    for name, score in found.items():
        low, high = interval(round(score.test_error * score.patterns), score.patterns)
        error = f"{100 * score.test_error:.2f} ({100 * low:.2f} … {100 * high:.2f})"
        f1 = (score.macro_f1, *score.per_digit_f1)
        rows.append((f"`{name}`, seed {seeds[name]}", error, *(f"{value:.4f}" for value in f1)))
    f1_of_1998 = (paper.MACRO_F1_1998, *paper.PER_DIGIT_F1_1998)
    rows.append(
        (
            "the network of 1998, with distortions",
            paper.TEST_ERROR_DISTORTED,
            *(f"{value:.4f}" for value in f1_of_1998),
        )
    )
    return (
        markdown_table(("network", "test error (95 % interval)", "macro-F1", *map(str, range(10))), rows)
        + "\n\nF1 by digit; that of the 1998 network follows from the 82 errors of figure 8."
    )


def draw(found: dict[str, Scores]) -> Figure:
    """F1 of each digit, ours and that of 1998."""
    figure = style.new_figure(7.5, 3.6)
    axes = style.plain_axes(figure, "F1 by digit: the networks in the package and 1998's", "digit", "F1")
    axes.plot(range(10), paper.PER_DIGIT_F1_1998, "D", color=style.GREY, label="the network of 1998, with distortions")
    for (name, score), marker, colour in zip(found.items(), "os", (style.BLUE, style.VERMILLION), strict=True):
        axes.plot(range(10), score.per_digit_f1, marker, color=colour, label=f"ours, {name}")
    axes.set_xticks(range(10))
    axes.legend(fontsize=style.TEXT, frameon=False, ncols=3, loc="lower center")
    return figure
