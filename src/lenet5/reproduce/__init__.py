"""The paper's tables and figures, ours beside those of 1998: one file each, all made in the same way.

A file `NAME.py` has `jobs(lab)`, what must be trained for it, and `make(lab)`, the result: a picture, the numbers and
a section of `results.md`. `lab` trains and keeps; `page` writes.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result

# In the paper's order.
NAMES: Final = ("table1", "fig3", "fig5", "fig6", "fig7", "fig8", "fig9", "fig10", "fig13")

# Beyond the paper, and too long for `all`.
BEYOND: Final = ("silences", "fast", "best", "weights", "photos")


class Reproduction(Protocol):
    """What each file offers."""

    def jobs(self, lab: ExperimentCache) -> Sequence[Job]:
        """What must be done before `make`."""

    def make(self, lab: ExperimentCache) -> Result:
        """The picture, the numbers and the section, from what the jobs left."""


def reproduction(name: str) -> Reproduction:
    """A table or figure by its name. Raises ValueError for another name, with those there are."""
    if name not in NAMES + BEYOND:
        names = ", ".join(NAMES + BEYOND)
        raise ValueError(f"There is no {name!r} to reproduce; choose one of {names}, or all.")
    return cast(Reproduction, import_module(f"lenet5.reproduce.{name}"))
