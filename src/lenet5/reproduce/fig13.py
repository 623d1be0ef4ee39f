"""Figure 13, section III-E: how far a digit may be scaled, shifted, turned or speckled; and every layer's states."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from lenet5 import paper
from lenet5.data.distort import distort, look_up
from lenet5.data.distortions import Distortions
from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.paper import INPUT_SIZE
from lenet5.plots import style
from lenet5.plots.states import DARKEST, LIGHTEST, pictures_of_states
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, deviation, markdown_table, spread
from lenet5.tools.rng import generator
from lenet5.training.evaluation import answers
from lenet5.training.presets import PRESETS

SCALES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
SHIFTS = tuple(range(-10, 11, 2))
DEGREES = tuple(range(-60, 61, 10))
INVERTED = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)

PRESET_NAMES = ("distorted", "noisy")
QUICK_TEST = 1000

# Read right by this part of the patterns, in per cent, a change counts as survived.
SURVIVED = 95.0

# The percentage read right, by change and preset: amounts × seeds.
ReadRight = dict[str, dict[str, list[list[float]]]]


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """The network trained on distorted patterns, and the one trained on noise as well."""
    return [job for name in PRESET_NAMES for job in cache.runs(PRESETS[name])]


def make(cache: ExperimentCache) -> Reproduction:
    """The percentage read right against the amount of each change."""
    test = cache.dataset.test.first(QUICK_TEST) if cache.quick else cache.dataset.test
    read_right = measure(cache, test)
    amounts = {change: list(amounts) for change, (amounts, _) in changes().items()}
    noisy = cache.results(PRESETS["noisy"])[0].network
    return Reproduction(
        "fig13",
        "Figure 13: robustness",
        section(read_right, len(test)),
        {"amounts": amounts, "read_right": read_right},
        {"": draw(read_right), "states": draw_states(noisy, test.images)},
    )


def changes() -> dict[str, tuple[Sequence[float], Callable[[Tensor, float], Tensor]]]:
    """Each change by its name: the amounts, and what it does to images."""
    return {
        "scale": (SCALES, lambda images, by: moved(images, scale=by)),
        "vertical shift, pixels": (SHIFTS, lambda images, by: moved(images, down=by)),
        "horizontal shift, pixels": (SHIFTS, lambda images, by: moved(images, right=by)),
        "rotation, degrees": (DEGREES, lambda images, by: moved(images, degrees=by)),
        "pixels inverted": (INVERTED, inverted),
    }


def moved(images: Tensor, *, scale: float = 1, down: float = 0, right: float = 0, degrees: float = 0) -> Tensor:
    """Images scaled and turned about the input's centre, then shifted: N×height×width uint8 → N×32×32 uint8."""
    from_centre = torch.arange(INPUT_SIZE) - (INPUT_SIZE - 1) / 2
    position = torch.complex(from_centre - right, torch.zeros(INPUT_SIZE)) + 1j * (from_centre - down)[:, None]
    turn = torch.polar(torch.tensor(1 / scale), torch.tensor(-math.radians(degrees)))
    source = position * turn
    return torch.cat([look_up(part, source.expand(len(part), -1, -1)) for part in torch.split(images, 500)])


def inverted(images: Tensor, probability: float) -> Tensor:
    """32×32 images with pixels turned from foreground to background and back, the same ones every time."""
    return distort(images, replace(Distortions.NONE, inverted=probability), generator(1, "figure 13"))


def measure(cache: ExperimentCache, test: Patterns) -> ReadRight:
    """The percentage of the test patterns read right after each amount of each change."""
    results = {name: cache.results(PRESETS[name]) for name in PRESET_NAMES}
    read_right: ReadRight = {}
    for change, (amounts, apply) in changes().items():
        read_right[change] = {name: [] for name in PRESET_NAMES}
        for amount in amounts:
            patterns = Patterns(apply(test.images, amount), test.labels)
            for name, runs in results.items():
                predictions = [answers(run.network, patterns, "auto") for run in runs]
                right = [100 * float((one == test.labels).double().mean()) for one in predictions]
                read_right[change][name].append(right)
    return read_right


def survived(amounts: Sequence[float], right: Sequence[float]) -> tuple[str, str]:
    """The stretch of amounts around the best that are all read right often enough; dashes if none."""
    best = right.index(max(right))
    if right[best] < SURVIVED:
        return "–", "–"
    low = high = best
    while low > 0 and right[low - 1] >= SURVIVED:
        low -= 1
    while high + 1 < len(right) and right[high + 1] >= SURVIVED:
        high += 1
    return f"{amounts[low]:g}", f"{amounts[high]:g}"


def section(read_right: ReadRight, patterns: int) -> str:
    """What each network survives, a row a change and preset; `patterns` is how many were read."""
    rows = []
    for change, (amounts, _) in changes().items():
        for name, right in read_right[change].items():
            mean = [statistics.fmean(seeds) for seeds in right]
            low, high = survived(amounts, mean)
            rows.append((change, f"`{name}`", low, high, spread(right[mean.index(max(mean))])))
    return f"""
Each change alone, on the {patterns:,} test patterns. Survived: at least {SURVIVED:g} % read right, from … to. Section
III-E speaks of a factor of about {paper.FIGURE_13_SCALE:g} in scale, of shifts by half the height of the digit (10
pixels), of ±{paper.FIGURE_13_ROTATION:g} degrees, and of pixels inverted with probability {paper.FIGURE_13_INVERTED:g},
judged by eye on a network trained for whole words. Ours saw shifts of ±2 pixels and ±15 % of scale, and no rotation
but shear. Preset `noisy` is `distorted` with that noise in the nine copies and a clean
original; only this command trains it.

{markdown_table(("change", "preset", "from", "to", "best, % right"), rows)}

The second picture shows every layer's states for digits as they are, small, turned, shifted and speckled.
"""


def draw(read_right: ReadRight) -> Figure:
    """A panel a change, with what section III-E claims in grey."""
    claimed = {
        "scale": (1 / math.sqrt(paper.FIGURE_13_SCALE), math.sqrt(paper.FIGURE_13_SCALE)),
        "vertical shift, pixels": (-20 * paper.FIGURE_13_SHIFT, 20 * paper.FIGURE_13_SHIFT),
        "rotation, degrees": (-paper.FIGURE_13_ROTATION, paper.FIGURE_13_ROTATION),
        "pixels inverted": (0.0, paper.FIGURE_13_INVERTED),
    }
    figure = style.new_figure(10, 5.4)
    panels = figure.subplots(2, 3).flatten()
    for axes, (change, (amounts, _)) in zip(panels, changes().items(), strict=False):
        if change in claimed:
            axes.axvspan(*claimed[change], color=style.PALE, alpha=0.6, label="1998: survived")
        for (name, right), marker, colour in zip(
            read_right[change].items(), ("o-", "s--"), (style.BLUE, style.VERMILLION), strict=True
        ):
            mean, bar = [statistics.fmean(seeds) for seeds in right], [deviation(seeds) for seeds in right]
            axes.errorbar(amounts, mean, bar, fmt=marker, color=colour, label=f"preset {name}", capsize=2, markersize=3)
        axes.set_xlabel(change, fontsize=style.TEXT)
        axes.set_ylabel("read right, %", fontsize=style.TEXT)
        axes.set_ylim(0, 102)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    panels[-1].legend(handles, labels, fontsize=style.TEXT, frameon=False, loc="center")
    return figure


@torch.no_grad()
def draw_states(network: LeNet5, images: Tensor) -> Figure:
    """A row an image: the input, the maps of C1, S2, C3 and S4, C5, F6 as its drawing, the nearest code, the answer."""
    shown = [
        moved(images[:1]),
        moved(images[1:2]),
        moved(images[2:3], scale=0.7),
        moved(images[3:4], degrees=25),
        moved(images[4:5], down=3, right=-2),
        inverted(images[7:8], paper.FIGURE_13_INVERTED),
    ]
    inputs = to_input(torch.cat(shown))
    states = network.states(inputs)
    posterior = MAPLoss(PRESETS["noisy"].j).posterior(states["OUTPUT"])
    figure = style.new_figure(11, 1.05 * len(shown) + 0.3)
    widths = {"input": 1, "C1": 1.7, "S2": 0.9, "C3": 2.2, "S4": 1.2, "C5": 1.2, "F6": 0.6, "code": 0.6, "answer": 1.4}
    grid: Any = figure.subplots(len(shown), len(widths), width_ratios=list(widths.values()))
    for row in range(len(shown)):
        digit = int(states["OUTPUT"][row].argmin())
        pictures = {"input": inputs[row, 0].numpy()}
        pictures |= pictures_of_states({layer: state[row].numpy() for layer, state in states.items()})
        for axes, picture in zip(grid[row], pictures.values(), strict=False):
            axes.imshow(picture, cmap="gray_r", vmin=LIGHTEST, vmax=DARKEST)
        words = f"{digit}   {100 * float(posterior[row, digit]):.0f} %"
        grid[row, -1].text(0.1, 0.5, words, va="center", fontsize=style.TITLE, transform=grid[row, -1].transAxes)
    for axes, title in zip(grid[0], widths, strict=True):
        axes.set_title(title, fontsize=style.TEXT)
    for axes in grid.flat:
        axes.set_axis_off()
    return figure
