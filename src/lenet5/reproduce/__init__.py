"""The paper's tables and figures, ours beside those of 1998: one file each, all made in the same way.

Each module has `jobs(cache)`, what must be trained for it, and `make(cache)`: measure, word, draw.
`experiment_cache` trains and keeps; `report_writer` writes.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from lenet5.reproduce.experiment_cache import ExperimentCache
    from lenet5.reproduce.job import Job
    from lenet5.reproduce.report_writer import Reproduction

# The names of `lenet5 reproduce`. The paper's, in its order, are names of modules.
NAMES: Final = (
    "table1",
    "fig3",
    "fig5",
    "fig6",
    "fig7",
    "fig8",
    "fig9",
    "fig10",
    "fig13",
    "fig16",
    "fig20",
    "fig25",
    "fig28",
)

# Beyond the paper, and too long for `all`: each name and its module.
BEYOND: Final = {
    "ablations": "ablations",
    "fast": "fast",
    "best": "best",
    "weights": "shipped_models",
    "photos": "photos",
    "strings": "strings",
    "everyday": "everyday",
    "eye": "eye",
}
MODULES: Final = {**{name: name for name in NAMES}, **BEYOND}

# Names of before, which the command and the files of results still may have.
ALIASES: Final = {"silences": "ablations"}


class ReproductionModule(Protocol):
    """What each module offers."""

    def jobs(self, cache: "ExperimentCache") -> "Sequence[Job]":
        """What must be done before `make`."""

    def make(self, cache: "ExperimentCache") -> "Reproduction":
        """The pictures, the numbers and the section, from what the jobs left."""


def load_reproduction(name: str) -> ReproductionModule:
    """The module of a table or figure.

    Raises:
        ValueError: no such name.
    """
    module = MODULES.get(ALIASES.get(name, name))
    if module is None:
        raise ValueError(f"There is no {name!r} to reproduce; choose one of {', '.join(MODULES)}, or all.")
    return cast(ReproductionModule, import_module(f"lenet5.reproduce.{module}"))
