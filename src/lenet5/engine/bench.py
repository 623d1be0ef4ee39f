"""Speed as a ratio: two programs measured in turn, round after round, in one process.

A round's ratio compares two measurements made next to each other, and the median of the rounds is what to quote: on a
shared machine patterns a second drift, ratios hardly do. `benchmarks/` measures against other programs in the same way.
"""

import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from lenet5.engine import NATIVE, unsupported_reason
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from lenet5.tools.threads import using_threads

# Does a piece of work once; and how many patterns it is.
Work = tuple[Callable[[], object], int]


@dataclass(frozen=True)
class Row:
    """Two programs at one task.

    Attributes:
        task: what both do.
        ours: the one program.
        theirs: the other.
        ours_per_second: patterns, the median of the rounds.
        theirs_per_second: the same of the other.
        ratio: ours to theirs, the median of the rounds'.
        lowest: the smallest of them.
        highest: the largest.
        clock: "CPU" or "wall".
    """

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
    """How fast a piece of work is, over about so many seconds of a clock."""
    once, patterns = work
    once()
    done, begin = 0, clock()
    while (passed := clock() - begin) < seconds:
        once()
        done += patterns
    return done / passed


def side_by_side(
    task: str,
    ours: tuple[str, Work],
    theirs: tuple[str, Work],
    *,
    rounds: int,
    wall: bool = False,
    seconds: float = 0.3,
) -> Row:
    """Measure two programs in turn, by the process's CPU time, or by the wall clock where threads share the work.

    Args:
        task: what both do.
        ours: the one program's name and work.
        theirs: the other's.
        rounds: how often both are measured.
        wall: by the wall clock.
        seconds: how long each is measured in a round.
    """
    clock = time.perf_counter if wall else time.process_time
    pairs = [
        (patterns_per_second(ours[1], seconds, clock), patterns_per_second(theirs[1], seconds, clock))
        for _ in range(rounds)
    ]
    ratios = [a / b for a, b in pairs]
    return Row(
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


def machine() -> str:
    """What it ran on, in a line."""
    processors = Path("/proc/cpuinfo")
    lines = processors.read_text().splitlines() if processors.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    processor = f"{len(models)} × {models[0]}" if models else platform.machine()
    return f"{processor}, torch {torch.__version__}, Python {platform.python_version()}"


def native_beside_tensors(rounds: int) -> Iterator[Row]:
    """The native engine beside the tensor path: training a pattern an update, and reading 256 images at a time.

    Raises:
        ValueError: the native engine was not built.
    """
    network, other = LeNet5(0.2), LeNet5(0.2)
    if reason := unsupported_reason(network):
        raise ValueError(f"There is nothing to compare: {reason}.")
    patterns, loss = 500, MAPLoss(1.0)
    rng = torch.Generator().manual_seed(1)
    inputs = torch.randn(patterns, 1, 32, 32, generator=rng)
    labels, order = torch.randint(0, 10, (patterns,), generator=rng), torch.arange(patterns)
    # Rates so small that the weights stay where they are, however long it takes.
    optimiser, sdlm = SDLM(network, eta=1e-12, mu=0.02), SDLM(other, eta=1e-12, mu=0.02)

    def train_on_tensors() -> None:
        sdlm.zero_grad()
        loss(other(inputs[:1]), labels[:1]).backward()  # type: ignore[no-untyped-call]
        sdlm.step()

    def read_on_tensors(images: torch.Tensor) -> None:
        with torch.inference_mode():
            other(images)

    batch, threads = inputs[:256], torch.get_num_threads()
    with using_threads(1):
        native: tuple[str, Work]
        native = ("native", (lambda: NATIVE.train(network, optimiser, loss, inputs, labels, order), patterns))
        yield side_by_side("train, batch 1", native, ("tensor path", (train_on_tensors, 1)), rounds=rounds)
        native = ("native", (lambda: NATIVE.penalties(network, batch), len(batch)))
        tensors = ("tensor path", (lambda: read_on_tensors(batch), len(batch)))
        yield side_by_side("read, batch 256", native, tensors, rounds=rounds)
        native = ("native", (lambda: NATIVE.penalties(network, batch[:1]), 1))
        tensors = ("tensor path", (lambda: read_on_tensors(batch[:1]), 1))
        yield side_by_side("read, batch 1", native, tensors, rounds=rounds)
    if threads > 1:
        native = ("native", (lambda: NATIVE.penalties(network, inputs), patterns))
        tensors = ("tensor path", (lambda: read_on_tensors(inputs), patterns))
        yield side_by_side(f"read, {threads} threads", native, tensors, rounds=rounds, wall=True)
