"""Figures of training and of misread digits: data in, matplotlib figure out."""

from lenet5.plots.before_and_after import before_and_after
from lenet5.plots.error_per_pass import error_over_seeds, error_per_pass
from lenet5.plots.loss_over_time import loss_over_time
from lenet5.plots.misread_digits import misread_digits, misread_groups
from lenet5.plots.style import save

__all__ = [
    "before_and_after",
    "error_over_seeds",
    "error_per_pass",
    "loss_over_time",
    "misread_digits",
    "misread_groups",
    "save",
]
