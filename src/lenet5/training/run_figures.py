"""The four pictures of one training run, into its folder."""

from pathlib import Path

from torch import Tensor

from lenet5.data.patterns import Patterns
from lenet5.plots.before_and_after import before_and_after
from lenet5.plots.error_per_pass import error_per_pass
from lenet5.plots.loss_over_time import loss_over_time
from lenet5.plots.misread_digits import misread_digits
from lenet5.plots.style import save
from lenet5.training.config import Config
from lenet5.training.progress import Progress

# How many of the first digits of the set are shown before and after training.
SHOWN = 40


def draw(
    folder: Path, config: Config, progress: Progress, evaluation_set: Patterns, before: Tensor, after: Tensor
) -> None:
    """Write loss_over_time, error_per_pass, before_and_after and misread_digits as PNG files.

    Args:
        folder: where; made if need be.
        config: of the run.
        progress: of the run.
        evaluation_set: N patterns.
        before: the predictions of the untrained network on them, N.
        after: the predictions of the trained network on them, N.
    """
    folder.mkdir(exist_ok=True)
    records = progress.records
    subject = f"{config.dataset}, preset {config.preset.name}, seed {config.seed}"
    save(
        loss_over_time(
            progress.loss_curve,
            [record.loss for record in records],
            etas=[record.eta for record in records],
            title=f"Loss over time: {subject}",
        ),
        folder / "loss_over_time.png",
    )
    save(
        error_per_pass(
            [record.train_error for record in records],
            [record.test_error for record in records],
            paper=config.dataset == "mnist",
            title=f"Error per pass: {subject}",
        ),
        folder / "error_per_pass.png",
    )
    shown = evaluation_set.first(min(SHOWN, len(evaluation_set)))
    save(
        before_and_after(shown.images, shown.labels, before[: len(shown)], after[: len(shown)]),
        folder / "before_and_after.png",
    )
    images, labels = evaluation_set.images, evaluation_set.labels
    misread = (after != labels).nonzero().flatten()
    save(
        misread_digits(images[misread], labels[misread], after[misread], misread, total=len(labels)),
        folder / "misread_digits.png",
    )
