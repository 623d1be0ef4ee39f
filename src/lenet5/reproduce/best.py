"""The best that 60,000 parameters can be, chosen on validation: one network, and an ensemble of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lenet5 import paper
from lenet5.loss import MAPLoss
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, interval, markdown_table, spread
from lenet5.training.evaluation import Scores, scores
from lenet5.training.presets import PRESETS


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Networks of preset best, each from weights, orders and distortions of its own."""
    return cache.runs(PRESETS["best"])


def make(cache: ExperimentCache) -> Reproduction:
    """Every network's test error with the interval that 10,000 patterns leave, and the ensemble's."""
    found = measure(cache)
    numbers = {name: score.as_dict() for name, score in found.items()}
    return Reproduction("best", "Beyond the paper: the best LeNet-5", section(found), numbers)


def measure(cache: ExperimentCache) -> dict[str, Scores]:
    """The scores of each network by its seed, and of the ensemble, which stands last."""
    labels = cache.dataset.test.labels
    runs = cache.results(PRESETS["best"])
    found = {f"seed {run.job.seed}": scores(run.predictions, labels) for run in runs}
    posteriors = [MAPLoss(run.job.preset.j).posterior(run.penalties) for run in runs]
    found[f"ensemble of the {len(runs)}"] = scores(ensemble(posteriors), labels)
    return found


def ensemble(posteriors: Sequence[Tensor]) -> Tensor:
    """The digit of the largest mean posterior, the rubbish class, which stands last, aside: each N×11 → N."""
    return torch.stack(list(posteriors)).mean(0)[:, :-1].argmax(1)


def section(found: dict[str, Scores]) -> str:
    """A row a network, the ensemble's last."""
    rows = []
    for name, score in found.items():
        low, high = interval(round(score.test_error * score.patterns), score.patterns)
        between = f"{100 * low:.2f} … {100 * high:.2f}"
        rows.append((name, f"{100 * score.test_error:.2f}", between, f"{score.macro_f1:.4f}"))
    alone = [100 * score.test_error for score in list(found.values())[:-1]]
    return f"""
{markdown_table(("preset best", "test error", "95 % interval", "macro-F1"), rows)}

Every one has the 60,000 parameters of LeNet-5; alone {spread(alone)}. The ensemble answers by the mean posterior.
Beside them: boosted LeNet-4, the paper's best, {paper.FIGURE_9["boosted LeNet-4, distortions"]}; LeNet-5 with
distortions {paper.TEST_ERROR_DISTORTED}; the authors' own later program 0.82.
"""
