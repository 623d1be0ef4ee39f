"""Strings of test digits: how many are read right as a whole, by length and by how many gaps touch."""

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lenet5.data.patterns import Patterns
from lenet5.data.strings import write_strings
from lenet5.data.writing import Writing
from lenet5.graphs.grammar import of_length, one_of
from lenet5.plots import style
from lenet5.reading.reader import NUMBERS, SDNN, load_network
from lenet5.reading.together import LineReaders, read_line
from lenet5.reproduce import string_training
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.outcomes import MAIN, Outcome, read_strings, strings_of_a_length
from lenet5.reproduce.report_writer import Reproduction, markdown_table, spread

LENGTHS: Final = (1, 2, 3, 4, 5, 6, 8, 10)
TOUCHING: Final = {"none": 0.0, "half": 0.5, "all": 1.0}
# How each is drawn: colour, mark and line.
DRAWN: Final = {
    "none": (style.BLUE, "o", "-"),
    "half": (style.GREY, "s", "--"),
    "all": (style.VERMILLION, "^", ":"),
}
# Numbers that can occur, for `--among`.
LISTED: Final = 2000


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Short runs by each criterion; what reads best is in the package."""
    return string_training.jobs(cache)


def make(cache: ExperimentCache) -> Reproduction:
    """Strings right by length and touching, by either system, what grammars and training on strings add, rejection."""
    count = strings_of_a_length(cache)
    both, test = LineReaders(load_network(NUMBERS), load_network(SDNN)), cache.dataset.test
    by_segments, by_sweep, by_both = (
        [
            {name: read_strings(by, test, part, count, seed, LENGTHS) for name, part in TOUCHING.items()}
            for seed in cache.seeds
        ]
        for by in (load_network(NUMBERS), load_network(SDNN), both)
    )
    grammars = with_grammars(both, test, count, cache.seeds[0])
    trained = string_training.measure(cache)
    numbers = {
        "right": by_length(by_both),
        "right by the HOS": by_length(by_segments),
        "right by the SDNN": by_length(by_sweep),
        "grammars": grammars,
        "training": [one._asdict() for one in trained],
        "rejection": {name: rejection([o for outcomes in by_both for o in outcomes[name]]) for name in TOUCHING},
    }
    title = "Beyond the paper: strings of digits"
    words = section(numbers, count) + string_training.section(trained)
    return Reproduction("strings", title, words, numbers, {"": draw(by_both), "rejection": draw_rejection(by_both)})


def by_length(by_seed: Sequence[dict[str, list[Outcome]]]) -> dict[str, dict[str, list[float]]]:
    """The part read right, by touching and length, a number a seed."""
    return {
        name: {
            str(length): [_right([o for o in outcomes[name] if o.length == length]) for outcomes in by_seed]
            for length in LENGTHS
        }
        for name in TOUCHING
    }


def with_grammars(reader: LineReaders, test: Patterns, count: int, seed: int) -> dict[str, float]:
    """The part of touching strings of two to six digits read right: alone, their length known, among 2,000 numbers."""
    rng = np.random.default_rng([seed, 20])
    right = {"nothing known": 0, "length known": 0, f"among {LISTED:,} numbers": 0}
    total = 0
    for length in MAIN:
        strings = write_strings(test, count, Writing.plain(length, 1.0), rng)
        texts = [strings.text(n) for n in range(count)]
        others = ["".join(map(str, rng.integers(10, size=length))) for _ in range(LISTED - count)]
        grammars = (None, of_length(length), one_of([*texts, *others]))
        for n, text in enumerate(texts):
            total += 1
            for name, grammar in zip(right, grammars, strict=True):
                right[name] += read_line(reader, strings.line(n), grammar)[0] == text
    return {name: number / total for name, number in right.items()}


def rejection(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """How much is read when the least likely answers are rejected until so few of the rest are wrong.

    Of strings of two to six digits; `surest 80 %` is the part of these that is right.
    """
    chosen = sorted((o for o in outcomes if o.length in MAIN), key=lambda o: -o.posterior)
    right = np.cumsum([o.right for o in chosen])
    read = np.arange(1, len(chosen) + 1)
    wrong = 1 - right / read
    found = {"all": float(right[-1] / len(chosen)), "surest 80 %": float(right[(4 * len(chosen)) // 5 - 1])}
    found["surest 80 %"] /= (4 * len(chosen)) // 5
    for limit in (0.01, 0.005):
        kept = np.flatnonzero(wrong <= limit)
        found[f"read at {100 * limit:g} % wrong"] = float((kept[-1] + 1) / len(chosen)) if len(kept) else 0.0
    return found


def section(numbers: dict[str, Any], count: int) -> str:
    """The tables."""
    rows = [
        (name, *(spread([100 * r for r in by_length[str(length)]], 1) for length in LENGTHS))
        for name, by_length in numbers["right"].items()
    ]
    systems = {"both": numbers["right"], "HOS": numbers["right by the HOS"], "SDNN": numbers["right by the SDNN"]}
    main = [
        (
            name,
            *(
                spread(
                    [100 * float(np.mean(of_seed)) for of_seed in zip(*(by[name][str(n)] for n in MAIN), strict=True)],
                    1,
                )
                for by in systems.values()
            ),
        )
        for name in TOUCHING
    ]
    grammar = [(name, f"{100 * part:.1f}") for name, part in numbers["grammars"].items()]
    rejected = [(name, *(f"{100 * v:.1f}" for v in found.values())) for name, found in numbers["rejection"].items()]
    headings = ("gaps touching", *next(iter(numbers["rejection"].values())))
    return f"""
Whole numbers right, per cent, their length unknown; {count} strings of test digits for each length and seed, side by
side as `Writing.plain` writes them:

{markdown_table(("gaps touching", *(f"{length} digits" for length in LENGTHS)), rows)}

Of 2 to 6 digits, by both (as above and in `lenet5 read`, their posteriors multiplied), by over-segmentation alone
(HOS), and by the space displacement network alone (SDNN):

{markdown_table(("gaps touching", *systems), main)}

What can occur helps, where every gap touches, 2 to 6 digits:

{markdown_table(("known", "right, %"), grammar)}

The least likely rejected, by exp(−E_dforw), 2 to 6 digits, per cent:

{markdown_table(headings, rejected)}
"""


def draw(by_seed: Sequence[dict[str, list[Outcome]]]) -> Figure:
    """Right by length on the left; on the right whether the posterior is a frequency."""
    figure = style.new_figure(9, 3.4)
    left, right = figure.subplots(1, 2)
    for name, (colour, mark, _) in DRAWN.items():
        means = [
            100 * float(np.mean([_right([o for o in outcomes[name] if o.length == n]) for outcomes in by_seed]))
            for n in LENGTHS
        ]
        left.plot(LENGTHS, means, marker=mark, color=colour, label=f"{name} touching")
        every = [o for outcomes in by_seed for o in outcomes[name]]
        edges = np.quantile([o.posterior for o in every], np.linspace(0, 1, 11))
        bins = [[o for o in every if low <= o.posterior <= high] for low, high in itertools.pairwise(edges)]
        right.plot(
            [float(np.mean([o.posterior for o in b])) for b in bins if b],
            [_right(b) for b in bins if b],
            marker=mark,
            color=colour,
        )
    _name(left, "digits", "whole numbers right, %")
    left.legend(fontsize=style.TEXT, frameon=False)
    right.plot([0, 1], [0, 1], color=style.PALE, linewidth=style.THIN)
    _name(right, "posterior, exp(−E_dforw)", "of these, right")
    return figure


def draw_rejection(by_seed: Sequence[dict[str, list[Outcome]]]) -> Figure:
    """How many of the strings read are wrong, the more are rejected by exp(−E_dforw)."""
    figure = style.new_figure(5, 3.2)
    axes = figure.subplots()
    for name, (colour, _, dashes) in DRAWN.items():
        chosen = [o for outcomes in by_seed for o in outcomes[name] if o.length in MAIN]
        right = np.cumsum([o.right for o in sorted(chosen, key=lambda o: -o.posterior)])
        read = np.arange(1, len(right) + 1)
        axes.plot(
            100 * (1 - read / len(read)), 100 * (1 - right / read), dashes, color=colour, label=f"{name} touching"
        )
    _name(axes, "rejected, %", "of those read, wrong, %")
    axes.legend(fontsize=style.TEXT, frameon=False)
    return figure


def _name(axes: Axes, across: str, up: str) -> None:
    """What the axes are, and two spines."""
    axes.set_xlabel(across, fontsize=style.TEXT)
    axes.set_ylabel(up, fontsize=style.TEXT)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=style.TEXT)


def _right(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([o.right for o in outcomes])) if outcomes else 0.0
