"""The native engine beside nn.Conv2d and torch.optim.SGD, and beside nested loops in C.

    python benchmarks/engine.py [--rounds 9] [--json FILE]

Training by CPU time on one thread; inference at equal numbers of threads, on two by the wall clock. Both sides of a row
are measured in turn in one process (`lenet5.engine.bench`). That the C program and the engine do the same is checked
first.
"""

import argparse
import json
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from lenet5.engine import NATIVE
from lenet5.engine.bench import Row, Work, machine, side_by_side
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from lenet5.tools.threads import using_threads
from nested_loops import NestedLoops
from nn_twin import map_loss, nn_twin

SCALE, J, PATTERNS = 0.2, 1.0, 500


def rates(network: LeNet5) -> SDLM:
    """So small that the weights stay where they are, however long it takes."""
    return SDLM(network, eta=1e-12, mu=1)


def native_training(inputs: Tensor, labels: Tensor) -> Work:
    """A pattern an update."""
    network, order = LeNet5(SCALE), torch.arange(PATTERNS)
    optimiser, loss = rates(network), MAPLoss(J)
    return lambda: NATIVE.train(network, optimiser, loss, inputs, labels, order), PATTERNS


def twin_training(inputs: Tensor, labels: Tensor, batch: int) -> Work:
    """The twin and torch.optim.SGD, a mini-batch an update."""
    twin = nn_twin(SCALE)
    sgd = torch.optim.SGD(twin.parameters(), lr=1e-12)
    images, desired = inputs[:batch], labels[:batch]

    def once() -> None:
        sgd.zero_grad()
        map_loss(twin(images), desired, J).backward()
        sgd.step()

    return once, batch


def loops_training(loops: NestedLoops, inputs: Tensor, labels: Tensor) -> Work:
    """A pattern an update."""
    network = LeNet5(SCALE)
    steps = rates(network).rates()
    return lambda: loops.train(network, steps, J, inputs, labels), PATTERNS


def check_the_loops(loops: NestedLoops, inputs: Tensor, labels: Tensor) -> None:
    """The C program trains as the engine does, or the comparison means nothing."""
    one, other = LeNet5(SCALE), LeNet5(SCALE)
    loops.train(one, SDLM(one, eta=1e-5, mu=1).rates(), J, inputs, labels)
    NATIVE.train(other, SDLM(other, eta=1e-5, mu=1), MAPLoss(J), inputs, labels, torch.arange(PATTERNS))
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)


def inference(images: Tensor) -> tuple[Work, Work]:
    """Ours and the twin's, all images at once."""
    ours, twin = LeNet5(SCALE), nn_twin(SCALE)

    def twin_once() -> None:
        with torch.inference_mode():
            twin(images)

    return (lambda: NATIVE.penalties(ours, images), len(images)), (twin_once, len(images))


def main() -> None:
    """Measure, print, and keep the numbers as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    print(machine())
    inputs, labels = torch.randn(PATTERNS, 1, 32, 32), torch.randint(0, 10, (PATTERNS,))
    loops = NestedLoops(Path(tempfile.mkdtemp()))
    check_the_loops(loops, inputs, labels)

    rows: list[Row] = []

    def measure(*programs: object, wall: bool = False) -> None:
        rows.append(side_by_side(*programs, rounds=arguments.rounds, wall=wall))  # type: ignore[arg-type]
        print(rows[-1].line(), flush=True)

    native = ("native, batch 1", native_training(inputs, labels))
    for batch in (1, 64, 256):
        measure("train", native, (f"nn.Conv2d, batch {batch}", twin_training(inputs, labels, batch)))
    measure("train", native, ("nested loops in C", loops_training(loops, inputs, labels)))
    for batch, threads in ((256, 1), (1, 1), (256, 2)):
        ours, twin = inference(inputs[:batch])
        task = f"read, {threads} thread{'s' if threads > 1 else ''}"
        with using_threads(threads):
            measure(task, ("native", ours), (f"nn.Conv2d, batch {batch}", twin), wall=threads > 1)
    if arguments.json:
        content = {"machine": machine(), "rows": [row.as_dict() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
