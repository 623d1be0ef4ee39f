"""Patterns a second: our layers beside the same network of nn.Conv2d, nn.AvgPool2d, nn.Linear and torch.optim.SGD.

    python benchmarks/tensor_path.py [--threads 1] [--rounds 9] [--json FILE]

Both are timed in turn in one process, round after round, by CPU time; a round's ratio compares two measurements made
next to each other, and the median of the rounds is what to quote. On a shared machine the patterns a second are not.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from nn_twin import map_loss, nn_twin

SCALE, J = 0.2, 1.0
Step = Callable[[Tensor, Tensor], object]


def steps() -> dict[str, tuple[Step, Step]]:
    """Training and inference, ours and the twin's: each a function of images and labels."""
    ours, twin = LeNet5(SCALE), nn_twin(SCALE)
    loss = MAPLoss(J)
    # Rates so small that the weights stay where they are, whatever the batch.
    sdlm, sgd = SDLM(ours, eta=1e-12, mu=0.02), torch.optim.SGD(twin.parameters(), lr=1e-12)

    def train_ours(images: Tensor, labels: Tensor) -> None:
        sdlm.zero_grad()
        loss(ours(images), labels).backward()
        sdlm.step()

    def train_twin(images: Tensor, labels: Tensor) -> None:
        sgd.zero_grad()
        map_loss(twin(images), labels, J).backward()
        sgd.step()

    def read_ours(images: Tensor, _: Tensor) -> None:
        with torch.inference_mode():
            ours(images)

    def read_twin(images: Tensor, _: Tensor) -> None:
        with torch.inference_mode():
            twin(images)

    return {"train": (train_ours, train_twin), "infer": (read_ours, read_twin)}


def patterns_per_second(step: Step, batch: int) -> float:
    """Over about a third of a second of CPU time, all threads together."""
    images, labels = torch.randn(batch, 1, 32, 32), torch.randint(0, 10, (batch,))
    step(images, labels)
    patterns, begin = 0, time.process_time()
    while (seconds := time.process_time() - begin) < 0.33:
        step(images, labels)
        patterns += batch
    return patterns / seconds


def main() -> None:
    """Measure, print a table, and keep the numbers as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)

    print(
        f"torch {torch.__version__}, {arguments.threads} thread(s), {platform.machine()}, "
        f"Python {platform.python_version()}"
    )
    print(
        f"{'':8}{'batch':>6}{'ours/s':>10}{'twin/s':>10}{'ratio':>8}   (lowest … highest of {arguments.rounds} rounds)"
    )
    rows = []
    for what, (ours, twin) in steps().items():
        for batch in (1, 64, 256):
            rounds = [
                (patterns_per_second(ours, batch), patterns_per_second(twin, batch)) for _ in range(arguments.rounds)
            ]
            ratios = sorted(a / b for a, b in rounds)
            row = {
                "what": what,
                "batch": batch,
                "ours": statistics.median(a for a, _ in rounds),
                "twin": statistics.median(b for _, b in rounds),
                "ratio": statistics.median(ratios),
                "ratios": ratios,
            }
            rows.append(row)
            print(
                f"{what:8}{batch:6}{row['ours']:10,.0f}{row['twin']:10,.0f}{row['ratio']:8.2f}   "
                f"({ratios[0]:.2f} … {ratios[-1]:.2f})"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps({"threads": arguments.threads, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
