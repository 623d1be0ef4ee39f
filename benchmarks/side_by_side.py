"""What the benchmarks share: two programs measured in turn, round after round, and the ratios of the rounds.

A round's ratio compares two measurements made next to each other, and the median of the rounds is what to quote: on a
shared machine patterns a second drift, ratios hardly do.
"""

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

# Does a piece of work once; and how many patterns it is.
Work = tuple[Callable[[], object], int]


@dataclass(frozen=True)
class Row:
    """Two programs at one task: patterns a second, medians over the rounds, and ours to theirs, round by round."""

    task: str
    ours: str
    theirs: str
    ours_per_second: float
    theirs_per_second: float
    ratio: float
    lowest: float
    highest: float
    clock: str

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)

    def line(self) -> str:
        """For people."""
        return (
            f"{self.task:16} {self.ours:20} {self.ours_per_second:9,.0f}/s   {self.theirs:24} "
            f"{self.theirs_per_second:9,.0f}/s   ratio {self.ratio:6.2f} ({self.lowest:.2f} … {self.highest:.2f})"
        )


def patterns_per_second(work: Work, seconds: float, clock: Callable[[], float]) -> float:
    """Over about so many seconds of a clock."""
    once, patterns = work
    once()
    done, begin = 0, clock()
    while (passed := clock() - begin) < seconds:
        once()
        done += patterns
    return done / passed


def compare(
    task: str,
    ours: tuple[str, Work],
    theirs: tuple[str, Work],
    *,
    rounds: int,
    wall: bool = False,
    seconds: float = 0.3,
) -> Row:
    """Measure both in turn, by the process's CPU time, or by the wall clock where threads share the work."""
    clock = time.perf_counter if wall else time.process_time
    pairs = [
        (patterns_per_second(ours[1], seconds, clock), patterns_per_second(theirs[1], seconds, clock))
        for _ in range(rounds)
    ]
    ratios = [a / b for a, b in pairs]
    row = Row(
        task=task,
        ours=ours[0],
        theirs=theirs[0],
        ours_per_second=statistics.median(a for a, _ in pairs),
        theirs_per_second=statistics.median(b for _, b in pairs),
        ratio=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
        clock="wall" if wall else "CPU",
    )
    print(row.line(), flush=True)
    return row


def machine() -> str:
    """What it ran on, in a line."""
    models = []
    try:
        with open("/proc/cpuinfo") as file:  # noqa: PTH123 not a file of ours
            models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        pass
    processor = f"{len(models)} × {models[0]}" if models else platform.machine()
    return f"{processor}, torch {torch.__version__}, Python {platform.python_version()}"
