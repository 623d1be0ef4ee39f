"""Figure 7: patterns and their distorted copies."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.patterns import Patterns
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table
from lenet5.tools.rng import generator
from lenet5.training.presets import PRESETS

COPIES = 9


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train."""
    return []


def make(cache: ExperimentCache) -> Reproduction:
    """The first pattern of each digit with nine copies, distorted as in section III-B and as preset best does."""
    originals = first_of_each_digit(cache.dataset.train)
    kinds = {name: PRESETS[name].distortions or Distortions() for name in ("distorted", "best")}
    numbers = {name: vars(distortions) for name, distortions in kinds.items()}
    figures = {"": draw(originals, kinds["distorted"]), "best": draw(originals, kinds["best"])}
    return Reproduction("fig7", "Figure 7: distorted patterns", section(kinds), numbers, figures)


def first_of_each_digit(patterns: Patterns) -> Tensor:
    """Ten images."""
    return patterns.images[[int((patterns.labels == digit).nonzero()[0]) for digit in range(10)]]


def section(kinds: dict[str, Distortions]) -> str:
    """The ranges, a row a preset."""
    fields = ("shift", "scale", "squeeze", "shear", "elastic", "smoothness")
    headings = ("preset", "shift, pixels", "scale", "squeeze", "shear", "elastic, pixels", "smoothness")
    rows = [(f"`{name}`", *(f"{getattr(d, field):g}" for field in fields)) for name, d in kinds.items()]
    return "The left column is the pattern itself. The paper prints no ranges.\n\n" + markdown_table(headings, rows)


def draw(originals: Tensor, distortions: Distortions) -> Figure:
    """Ten rows: a pattern and its copies."""
    kinds = [Distortions.NONE, *[distortions] * COPIES]
    columns = [distort(originals, kind, generator(1, "figure 7", number)) for number, kind in enumerate(kinds)]
    figure = style.new_figure(6, 6)
    axes = figure.add_subplot()
    axes.set_axis_off()
    height, width = columns[0].shape[1:]
    for column, images in enumerate(columns):
        for row, image in enumerate(images):
            left, top = column * width + (4 if column else 0), row * height
            axes.imshow(image.numpy(), cmap="gray_r", vmin=0, vmax=255, extent=(left, left + width, top + height, top))
    axes.set_xlim(0, len(columns) * width + 4)
    axes.set_ylim(len(originals) * height, 0)
    return figure
