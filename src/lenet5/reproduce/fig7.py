"""Figure 7: patterns and their distorted copies."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.plots import style
from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, table
from lenet5.tools.rng import generator
from lenet5.training.presets import PRESETS

COPIES = 9


def jobs(lab: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every file has the same two functions
    """Nothing to train."""
    return []


def make(lab: ExperimentCache) -> Result:
    """The first pattern of each digit with nine copies, distorted as in section III-B and as preset best does."""
    train = lab.dataset.train
    first = [int((train.labels == digit).nonzero()[0]) for digit in range(10)]
    originals = train.images[first]
    presets = {name: PRESETS[name].distortions or Distortions() for name in ("distorted", "best")}
    sheets = {name: sheet(originals, distortions) for name, distortions in presets.items()}
    fields = ("shift", "scale", "squeeze", "shear", "elastic", "smoothness")
    rows = [(f"`{name}`", *(f"{getattr(d, field):g}" for field in fields)) for name, d in presets.items()]
    section = "The left column is the pattern itself. The paper prints no ranges.\n\n"
    section += table(("preset", "shift, pixels", "scale", "squeeze", "shear", "elastic, pixels", "smoothness"), rows)
    numbers = {name: vars(distortions) for name, distortions in presets.items()}
    figures = {"": sheets["distorted"], "best": sheets["best"]}
    return Result("fig7", "Figure 7: distorted patterns", section, numbers, figures)


def sheet(originals: Tensor, distortions: Distortions) -> Figure:
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
