"""The report of a run: one dictionary, whose names other programs read."""

from typing import Any

from lenet5.network import Network, summary
from lenet5.training.config import Config
from lenet5.training.evaluation import Scores
from lenet5.training.progress import Progress


def report(
    config: Config, network: Network, progress: Progress, before: Scores, after: Scores, patterns: int
) -> dict[str, Any]:
    """What `report.json` holds, after a run over `patterns` training patterns.

    `test_error` and the scores after it are of the set judged on: the test set, or the validation split if the
    configuration asks for one; `before` are those of the untrained network. Seconds are of training alone.
    """
    seconds = sum(record.seconds for record in progress.records)
    counts = summary(network)
    return {
        "dataset": config.dataset,
        "preset": config.preset.name,
        "seed": config.seed,
        "engine": config.engine,
        "judged_on": "validation" if config.validation else "test",
        "train_patterns": patterns,
        "parameters": sum(row.parameters for row in counts),
        "connections": sum(row.connections for row in counts),
        "seconds": seconds,
        "samples_per_second": patterns * len(progress.records) / seconds,
        **after.as_dict(),
        "passes": [record.as_dict() for record in progress.records],
        "before": before.as_dict(),
        "loss_curve": progress.loss_curve,
        "config": config.as_dict(),
    }
