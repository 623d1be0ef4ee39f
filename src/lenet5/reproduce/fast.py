"""Preset fast: how soon a network has 99 % right."""

import statistics
from collections.abc import Sequence

from lenet5.reproduce.experiment_cache import ExperimentCache, Job
from lenet5.reproduce.report_writer import Result, spread, table
from lenet5.training.presets import PRESETS


def jobs(lab: ExperimentCache) -> Sequence[Job]:
    """Preset fast for each seed."""
    return lab.runs(PRESETS["fast"])


def make(lab: ExperimentCache) -> Result:
    """Test error and seconds of training, each run on one core, others beside it."""
    runs = lab.trained(PRESETS["fast"])
    errors = [100 * run.records[-1].test_error for run in runs]
    seconds = [run.report["seconds"] for run in runs]
    rows = [
        (str(run.job.seed), f"{error:.2f}", f"{s:.1f}") for run, error, s in zip(runs, errors, seconds, strict=True)
    ]
    rows.append(("mean", spread(errors), spread(seconds, 1)))
    section = f"""
{table(("seed", "test error", "seconds of training"), rows)}

{PRESETS["fast"].passes} passes from random weights: {100 - statistics.fmean(errors):.2f} % right. Seconds by the clock,
on a core whose neighbour may be busy; without reading MNIST and judging. CPU seconds of the whole, start to answer:
`benchmarks/fast.py`.
"""
    return Result("fast", "Preset fast: 99 % right in seconds", section, {"test_error": errors, "seconds": seconds})
