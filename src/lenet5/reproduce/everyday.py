"""What is in front of users, by the network of MNIST alone and by the reader: drawn digits, letters, damage, lines."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lenet5.data.damage import KINDS, as_bytes
from lenet5.data.drawing import drawn
from lenet5.data.everyday import NO_DIGIT
from lenet5.data.glyphs import LEFT_OUT, glyphs
from lenet5.data.rubbish import rubbish
from lenet5.data.skeletons import hand, skeleton
from lenet5.plots import style
from lenet5.reading.mark import MIN_PROBABILITY
from lenet5.reading.reader import load_network, read_by
from lenet5.reading.result import Reading
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table
from lenet5.reproduce.ruled_pages import RULINGS, page
from lenet5.reproduce.signed_numbers import OTHERS, READ
from lenet5.reproduce.signed_numbers import page as signed_page
from lenet5.training.calibration import BINS, calibration_error
from lenet5.training.run_folder import READER

# The networks: before and after.
NETWORKS: Final = {"best": "pretrained", "reader": READER}
# Pictures of each kind.
COUNT: Final = 500
QUICK_COUNT: Final = 4
# In a bin of the reliability diagram: fewer say nothing.
FEWEST: Final = 3
# Of what is drawn anew here: no run draws with it.
SEED: Final = 14


class Read(NamedTuple):
    """A picture of a kind, read.

    Attributes:
        kind: what it is.
        label: the text on it; None where there is no digit.
        picture: the grey levels.
        reading: what came of it.
    """

    kind: str
    label: str | None
    picture: NDArray[np.uint8]
    reading: Reading

    @property
    def right(self) -> bool:
        """Whether it is read as what it is, or refused where it is no digit."""
        if self.label is None:
            return not self.reading.digits
        return (self.reading.text if len(self.label) > 1 else str(self.reading.digit)) == self.label


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train: both networks are in the package."""
    return []


def make(cache: ExperimentCache) -> Reproduction:
    """By kind what is read right, and how far probabilities are from frequencies."""
    every = {name: list(readings(cache, model)) for name, model in NETWORKS.items()}
    numbers = {name: measure(found) for name, found in every.items()}
    title = "Beyond the paper: what is in front of users"
    figures = {"": draw_reliability(every), "misread": draw_misread(every["reader"])}
    return Reproduction("everyday", title, section(numbers), numbers, figures)


def pictures(cache: ExperimentCache) -> Iterator[tuple[str, str | None, NDArray[np.uint8]]]:
    """Of each kind as many: the kind, what is on it, and the picture."""
    test, count = cache.dataset.test, QUICK_COUNT if cache.quick else COUNT
    rng = np.random.default_rng(SEED)
    images, labels = test.images.numpy(), test.labels.numpy()
    for n in range(count):
        yield "test digits", str(labels[n]), images[n]
    for n in range(count):
        digit = n % 10
        yield "drawn digits", str(digit), drawn(hand(skeleton(digit, rng), rng), rng)[2:-2, 2:-2]
    patterns, of_glyphs = glyphs(LEFT_OUT)
    for kind, is_digit in (("digits of other hands", True), ("letters and signs of other hands", False)):
        there = np.flatnonzero((of_glyphs != NO_DIGIT) == is_digit)
        for n in rng.permutation(there)[:count]:
            yield kind, str(of_glyphs[n]) if is_digit else None, patterns[n][2:-2, 2:-2]
    for _ in range(count):
        yield "scribbles, textures, lines", None, rubbish(images, labels, rng)[2:-2, 2:-2]
    for kind, damage in KINDS.items():
        for n in range(count // 2):
            yield f"damage: {kind}", str(labels[n]), as_bytes(damage(images[n].astype(np.float32) / 255, rng))
    for ruling in RULINGS:
        for _ in range(count // 2):
            made = page(ruling, test, rng)
            yield f"numbers: {ruling}", made.text, made.grey
    for kind, signs in (("signs", READ), ("signs that are ?", OTHERS)):
        for _ in range(count // 2):
            made = signed_page(signs, test, rng)
            yield f"numbers: {kind}", made.text, made.grey


def readings(cache: ExperimentCache, model: str) -> Iterator[Read]:
    """Every picture as a network reads it; patterns light on dark, as MNIST has them."""
    network = load_network(model)
    for kind, label, picture in pictures(cache):
        yield Read(kind, label, picture, read_by(network, picture))


def measure(found: Sequence[Read]) -> dict[str, Any]:
    """The part right by kind; of digits the part refused, the part unsure and the calibration error."""
    kinds = dict.fromkeys(one.kind for one in found)
    right = {kind: float(np.mean([one.right for one in found if one.kind == kind])) for kind in kinds}
    digits = [one for one in found if one.kind == "test digits"]
    of_drawn = [one for one in found if one.kind == "drawn digits"]
    damaged = [right[kind] for kind in kinds if kind.startswith("damage")]
    return {
        "right": right,
        "damage, mean": float(np.mean(damaged)),
        "test digits refused": float(np.mean([not one.reading.digits for one in digits])),
        f"test digits less likely than {MIN_PROBABILITY:g}": float(np.mean([one.reading.unsure for one in digits])),
        "calibration error, test digits": _calibration(digits),
        "calibration error, drawn digits": _calibration(of_drawn),
    }


def _calibration(found: Sequence[Read]) -> float:
    answered = [one for one in found if one.reading.digits]
    likely = np.array([one.reading.probability for one in answered], dtype=np.float64)
    return calibration_error(likely, np.array([one.right for one in answered], dtype=bool))


def section(numbers: dict[str, dict[str, Any]]) -> str:
    """Before and after by kind."""
    before, after = (numbers[name] for name in NETWORKS)
    rows = [(kind, f"{100 * before['right'][kind]:.1f}", f"{100 * part:.1f}") for kind, part in after["right"].items()]
    others = [
        (name, f"{100 * before[name]:.2f}", f"{100 * value:.2f}") for name, value in after.items() if name != "right"
    ]
    return f"""
{COUNT} pictures of a kind, half as many of each damage and ruling, made by `lenet5.reproduce.everyday` with a seed of
its own and read by `lenet5.read`: per cent read right, or refused where there is no digit. Other hands are handwriting
fonts that no training has seen; every digit of a number must be right.

{markdown_table(("kind", *NETWORKS), rows)}

{markdown_table(("per cent", *NETWORKS), others)}
"""


def draw_reliability(every: dict[str, list[Read]]) -> Figure:
    """How often answers of a probability are right, test digits and drawn ones, by either network."""
    figure = style.new_figure(8, 3.6)
    panels: Any = figure.subplots(1, 2, sharey=True)
    for axes, kind in zip(panels, ("test digits", "drawn digits"), strict=True):
        for (name, found), colour in zip(every.items(), (style.GREY, style.VERMILLION), strict=True):
            answered = [one for one in found if one.kind == kind and one.reading.probability is not None]
            likely = np.array([one.reading.probability for one in answered], dtype=np.float64)
            right = np.array([one.right for one in answered], dtype=np.float64)
            bins = np.minimum((likely * BINS).astype(int), BINS - 1)
            there = [k for k in range(BINS) if (bins == k).sum() >= FEWEST]
            points = [(likely[bins == k].mean(), right[bins == k].mean()) for k in there]
            axes.plot(*zip(*points, strict=True), "o-", color=colour, label=name)
        axes.plot([0, 1], [0, 1], color=style.PALE, linewidth=style.THIN)
        axes.set_title(kind, fontsize=style.TEXT, color=style.BLACK)
        axes.set_xlabel("probability said", fontsize=style.TEXT)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("of these, right", fontsize=style.TEXT)
    panels[0].legend(fontsize=style.TEXT, frameon=False)
    return figure


def draw_misread(found: Sequence[Read], columns: int = 12, rows: int = 5) -> Figure:
    """The first of each kind that are still misread, a kind after the other: what they are, what they were read as."""
    misread: dict[str, list[Read]] = {}
    for one in found:
        if not one.right:
            misread.setdefault(one.kind, []).append(one)
    by_turns = itertools.chain.from_iterable(itertools.zip_longest(*misread.values()))
    chosen = list(itertools.islice((one for one in by_turns if one is not None), columns * rows))
    figure = style.new_figure(columns * 0.9, rows * 1.05)
    panels: Any = figure.subplots(rows, columns)
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, one in zip(panels.flat, chosen, strict=False):
        axes.imshow(one.picture, cmap="gray", vmin=0, vmax=255)
        single = one.label is not None and len(one.label) == 1
        said = str(one.reading.digit).lower() if single else one.reading.text.replace("\n", "/") or "none"
        axes.set_title(f"{one.label or 'none'}: {said}", fontsize=style.SMALL, color=style.BLACK)
    return figure
