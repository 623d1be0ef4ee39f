"""The pictures that a training run leaves in its folder: data in, matplotlib figure out."""

from lenet5.plots.before_and_after import before_and_after
from lenet5.plots.error_per_pass import error_per_pass
from lenet5.plots.loss_over_time import loss_over_time
from lenet5.plots.misread_digits import misread_digits
from lenet5.plots.style import save

__all__ = ["before_and_after", "error_per_pass", "loss_over_time", "misread_digits", "save"]
