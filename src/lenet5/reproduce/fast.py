"""Preset fast: how soon a network has 99 % right."""

import statistics
from collections.abc import Sequence

from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, markdown_table, spread
from lenet5.training.presets import PRESETS


def jobs(cache: ExperimentCache) -> Sequence[Job]:
    """Preset fast for each seed."""
    return cache.runs(PRESETS["fast"])


def make(cache: ExperimentCache) -> Reproduction:
    """Test error and seconds of training, each run on one core, others beside it."""
    numbers = measure(cache)
    title = "Preset fast: 99 % right in seconds"
    return Reproduction("fast", title, section(numbers, cache.seeds), numbers)


def measure(cache: ExperimentCache) -> dict[str, list[float]]:
    """Test error in per cent and seconds, by seed."""
    runs = cache.results(PRESETS["fast"])
    return {
        "test_error": [100 * run.records[-1].test_error for run in runs],
        "seconds": [run.report["seconds"] for run in runs],
    }


def section(numbers: dict[str, list[float]], seeds: Sequence[int]) -> str:
    """A row a seed, and the mean."""
    errors, seconds = numbers["test_error"], numbers["seconds"]
    rows = [(str(seed), f"{error:.2f}", f"{s:.1f}") for seed, error, s in zip(seeds, errors, seconds, strict=True)]
    rows.append(("mean", spread(errors), spread(seconds, 1)))
    return f"""
{markdown_table(("seed", "test error", "seconds of training"), rows)}

{PRESETS["fast"].passes} passes from random weights: {100 - statistics.fmean(errors):.2f} % right. Seconds by the clock,
on a core whose neighbour may be busy; without reading MNIST and judging. CPU seconds of the whole, start to answer:
`benchmarks/fast.py`.
"""
