"""The best that 60,000 parameters can be, chosen on validation: one network, and an ensemble of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lenet5 import paper
from lenet5.loss import MAPLoss
from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, interval, spread, table
from lenet5.training.evaluation import Scores, scores
from lenet5.training.presets import PRESETS


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Networks of preset best, each from weights, orders and distortions of its own."""
    return lab.runs(PRESETS["best"])


def make(lab: ExperimentCache) -> Result:
    """Every network's test error with the interval that 10,000 patterns leave, and the ensemble's."""
    labels = lab.dataset.test.labels
    runs = lab.trained(PRESETS["best"])
    found: dict[str, Scores] = {f"seed {run.job.seed}": scores(run.answers, labels) for run in runs}
    alone = [100 * score.test_error for score in found.values()]
    posteriors = [MAPLoss(run.job.preset.j).posterior(run.penalties) for run in runs]
    found[f"ensemble of the {len(runs)}"] = scores(ensemble(posteriors), labels)
    rows = []
    for name, score in found.items():
        low, high = interval(round(score.test_error * score.patterns), score.patterns)
        between = f"{100 * low:.2f} … {100 * high:.2f}"
        rows.append((name, f"{100 * score.test_error:.2f}", between, f"{score.macro_f1:.4f}"))
    section = f"""
{table(("preset best", "test error", "95 % interval", "macro-F1"), rows)}

Every one has the 60,000 parameters of LeNet-5; alone {spread(alone)}. The ensemble answers by the mean posterior.
Beside them: boosted LeNet-4, the paper's best, {paper.FIGURE_9["boosted LeNet-4, distortions"]}; LeNet-5 with
distortions {paper.TEST_ERROR_DISTORTED}; the authors' own later program 0.82.
"""
    numbers = {name: score.as_dict() for name, score in found.items()}
    return Result("best", "Beyond the paper: the best LeNet-5", section, numbers)


def ensemble(posteriors: Sequence[Tensor]) -> Tensor:
    """The digit of the largest mean posterior, the rubbish class, which stands last, aside: each N×11 → N."""
    return torch.stack(list(posteriors)).mean(0)[:, :-1].argmax(1)
