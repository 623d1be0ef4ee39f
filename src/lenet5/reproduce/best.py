"""The best that 60,000 parameters can be, chosen on validation: one network, and an ensemble of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from lenet5 import paper
from lenet5.evaluation import Scores, scores
from lenet5.loss import MAPLoss
from lenet5.presets import PRESETS
from lenet5.reproduce.lab import Job, Lab, LeNet5Run, Trained
from lenet5.reproduce.page import Result, interval, spread, table


def teachers(lab: Lab) -> list[LeNet5Run]:
    """Networks of preset best, each from weights, orders and distortions of its own."""
    return lab.runs(PRESETS["best"])


def students(lab: Lab) -> list[LeNet5Run]:
    """Networks that learn from the posteriors of all of them, by the same preset; seeds of their own."""
    taught_by = tuple(teachers(lab))
    return [LeNet5Run(job.preset, job.seed + 100, job.train_size, taught_by) for job in taught_by[:2]]


def jobs(lab: Lab) -> Sequence[Job]:
    """Teachers, then students."""
    return [*teachers(lab), *students(lab)]


def make(lab: Lab) -> Result:
    """Every network's test error with the interval that 10,000 patterns leave, and the ensemble's."""
    labels = lab.dataset.test.labels
    taught, learnt = ([lab.load(job) for job in made] for made in (students(lab), teachers(lab)))
    found: dict[str, Scores] = {}
    for kind, runs in (("preset best", learnt), ("taught by all of them", taught)):
        found |= {f"{kind}, seed {run.job.seed}": scores(run.answers, labels) for run in runs}
    found[f"ensemble of the {len(learnt)} of preset best"] = scores(ensemble(learnt), labels)
    rows = []
    for name, score in found.items():
        errors = round(score.test_error * score.patterns)
        low, high = interval(errors, score.patterns)
        rows.append(
            (name, f"{100 * score.test_error:.2f}", f"{100 * low:.2f} … {100 * high:.2f}", f"{score.macro_f1:.4f}")
        )
    alone = [100 * scores(run.answers, labels).test_error for run in learnt]
    section = f"""
{table(("network", "test error", "95 % interval", "macro-F1"), rows)}

Every one has the 60,000 parameters of LeNet-5. Those of preset `best` alone: {spread(alone)}. Beside them: boosted
LeNet-4, the paper's best, {paper.FIGURE_9["boosted LeNet-4, distortions"]}; LeNet-5 with distortions
{paper.TEST_ERROR_DISTORTED}; the authors' own later program 0.82. The ensemble answers by the mean posterior.
"""
    numbers = {name: score.as_dict() for name, score in found.items()}
    return Result("best", "Beyond the paper: the best LeNet-5", section, numbers)


def ensemble(runs: Sequence[Trained]) -> Tensor:
    """The digit of the largest mean posterior."""
    posteriors = [MAPLoss(run.job.preset.j).posterior(run.penalties)[:, :-1] for run in runs]
    return torch.stack(posteriors).mean(0).argmax(1)
