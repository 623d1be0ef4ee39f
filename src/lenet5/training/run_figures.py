"""The pictures of one training run, into its folder."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from lenet5.data.input import to_input
from lenet5.data.patterns import Patterns
from lenet5.layers.convolution import Convolution
from lenet5.network import Network
from lenet5.plots.before_and_after import before_and_after
from lenet5.plots.confusion_matrix import confusion_matrix
from lenet5.plots.error_per_pass import error_per_pass
from lenet5.plots.kernels import kernels
from lenet5.plots.loss_over_time import loss_over_time
from lenet5.plots.maps import maps
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


@torch.no_grad()
def draw_network(folder: Path, network: Network, evaluation_set: Patterns, confusion: Sequence[Sequence[int]]) -> None:
    """Write kernels_c1, kernels_c3, maps and confusion_matrix as PNG files.

    Args:
        folder: where; made if need be.
        network: as trained.
        evaluation_set: N patterns, of which the first is shown in the maps.
        confusion: 10×10 counts, rows the true digit.
    """
    folder.mkdir(exist_ok=True)
    for name, layer in network.layers():
        if isinstance(layer, Convolution) and name in ("C1", "C3"):
            dense = layer.dense(layer.weight).masked_fill(~layer.table.T[:, :, None, None], torch.nan)
            save(kernels(dense.cpu().numpy(), title=f"The kernels of {name}"), folder / f"kernels_{name.lower()}.png")
    first = evaluation_set.first(1)
    pattern = to_input(first.images.to(next(network.parameters()).device))
    states = {name: state[0].cpu().numpy() for name, state in network.states(pattern).items()}
    states["OUTPUT"] = states["OUTPUT"][: len(confusion)]  # the digits alone, no blank
    title = f"The first pattern of the evaluation set, a {int(first.labels)}, in every layer"
    save(maps(pattern[0, 0].cpu().numpy(), states, title=title), folder / "maps.png")
    wrong = sum(map(sum, confusion)) - sum(confusion[digit][digit] for digit in range(len(confusion)))
    title = f"{wrong:,} of {len(evaluation_set):,} misread, by digit"
    save(confusion_matrix(confusion, title=title), folder / "confusion_matrix.png")
