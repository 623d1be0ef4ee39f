"""The report of a run: one dictionary, whose names other programs read."""

from typing import Any

from lenet5.network import Network, summary
from lenet5.training.config import Config
from lenet5.training.evaluation import Scores
from lenet5.training.progress import Progress


def report(
    config: Config, network: Network, progress: Progress, before: Scores, after: Scores, patterns: int
) -> dict[str, Any]:
    """What `report.json` holds.

    `test_error` and the scores after it are of the evaluation set: the test set, or the validation split if the
    configuration asks for one.
    `seconds` are of training alone.

    Args:
        config: of the run.
        network: as trained.
        progress: of the run.
        before: scores of the untrained network.
        after: scores of the trained one.
        patterns: how many were trained on.
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
