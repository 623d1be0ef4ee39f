"""Reading what is in front of the user: any picture to the digits and numbers on it."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lenet5.graphs.transducer import Transducer
from lenet5.reading.cells import Grid
from lenet5.reading.grey_levels import Grey, first_page
from lenet5.reading.grid import read_grid
from lenet5.reading.inference import InferenceNetwork, load_inference_network
from lenet5.reading.mark import MIN_PROBABILITY
from lenet5.reading.mark import Mark as Mark
from lenet5.reading.normalisation import normalise
from lenet5.reading.numbers import numbers_on
from lenet5.reading.result import Reading
from lenet5.reading.together import LineReaders
from lenet5.reading.turned import read_at_the_surest_turn
from lenet5.training.run_folder import READER, model_in

# The network that takes apart what touches, for others that were not trained to.
NUMBERS: Final = "pretrained-numbers"
# The one that is swept over lines.
SDNN: Final = "pretrained-sdnn"


def read(
    picture: Any,
    model: str | Path = READER,
    *,
    grammar: Transducer | None = None,
    min_probability: float = MIN_PROBABILITY,
    grid: bool = False,
) -> Reading:
    """The digits and numbers on a picture.

    Args:
        picture: what `grey_levels` takes: a path, bytes, a Pillow image, an array or a tensor.
        model: a model's file, a run's folder, or a network that comes with the package.
        grammar: what numbers can occur, of `lenet5.graphs.grammar`; None for any.
        min_probability: what is less likely is unsure: a guess, and says so.
        grid: whether it is read cell by cell of the ruled grid on it, to the reading's `grid`.

    Raises:
        ValueError: the picture is none, the model is none, or the probability is none.
    """
    return read_by(load_network(str(model)), picture, grammar=grammar, min_probability=min_probability, grid=grid)


def read_by(
    network: InferenceNetwork,
    picture: Any,
    *,
    grammar: Transducer | None = None,
    whole_numbers: bool = True,
    min_probability: float = MIN_PROBABILITY,
    grid: bool = False,
) -> Reading:
    """The same by a network at hand.

    What touches is taken apart by the network itself where it was trained on strings, else by those that come with the
    package: one over segments, one over a sweep. Without `whole_numbers` every mark is this network's alone.

    Raises:
        ValueError: as `read` does.
    """
    if not 0 <= min_probability <= 1:
        raise ValueError(f"A least probability of {min_probability} was given; give a part, 0 to 1.")
    grey, pages = first_page(picture)

    def readers() -> LineReaders:
        return LineReaders(
            network if network.trained_on == "segments" else load_network(NUMBERS),
            network if network.trained_on == "sweep" else load_network(SDNN),
        )

    def read_as_it_lies(grey: Grey) -> Reading:
        page = normalise(grey)
        found = numbers_on(page, (grey.shape[1], grey.shape[0]), network, readers if whole_numbers else None, grammar)
        left_out = +(page.left_out + found.left_out)
        return Reading(found.marks, found.numbers, left_out, page.doubtful_order, page.texture, lines=found.lines)

    reading = read_grid(grey, network, readers(), grammar) if grid else read_at_the_surest_turn(grey, read_as_it_lies)
    return replace(
        reading,
        marks=[replace(m, unsure=m.digit is not None and m.probability < min_probability) for m in reading.marks],
        numbers=[replace(n, unsure=bool(n.text) and n.probability < min_probability) for n in reading.numbers],
        pages=pages,
        grammar=grammar is not None,
        grid=None if reading.grid is None else _with_doubt(reading.grid, min_probability),
    )


def _with_doubt(grid: Grid, least: float) -> Grid:
    """A grid whose cells say whether they are less likely."""
    cells = [replace(c, unsure=c.probability is not None and c.probability < least) for c in grid.cells]
    return replace(grid, cells=cells)


def load_network(model: str) -> InferenceNetwork:
    """The network of a model, read from the disk once, and again when the file has changed.

    Raises:
        ValueError: it is no model.
    """
    path = model_in(Path(model))
    return _network_in(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _network_in(path: Path, changed: int) -> InferenceNetwork:  # noqa: ARG001 it tells one file of a name from another
    return load_inference_network(path)
