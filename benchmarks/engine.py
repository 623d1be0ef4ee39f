"""The native engine beside nn.Conv2d and torch.optim.SGD, and beside nested loops in C.

    python benchmarks/engine.py [--rounds 9] [--json FILE]

Training by CPU time on one thread; inference at equal numbers of threads, on two by the wall clock. Both sides of a row
are measured in turn in one process (`lenet5.engine.bench`). That the C program and the engine do the same is checked
first.
"""

import argparse
import ctypes
import json
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import Tensor

from lenet5.engine import penalties, train
from lenet5.engine.bench import Row, Work, compare, machine
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.tools.threads import using_threads
from nn_twin import map_loss, nn_twin

SCALE, J, PATTERNS = 0.2, 1.0, 500


def rates(network: LeNet5) -> dict[str, Tensor]:
    """So small that the weights stay where they are, however long it takes."""
    return {name: torch.full_like(p, 1e-12) for name, p in network.named_parameters()}


def native_training(fields: Tensor, labels: Tensor) -> Work:
    """A pattern an update."""
    network, order = LeNet5(SCALE), torch.arange(PATTERNS)
    steps, loss = rates(network), MAPLoss(J)
    return lambda: train(network, steps, loss, fields, labels, order), PATTERNS


def twin_training(fields: Tensor, labels: Tensor, batch: int) -> Work:
    """The twin and torch.optim.SGD, a mini-batch an update."""
    twin = nn_twin(SCALE)
    sgd = torch.optim.SGD(twin.parameters(), lr=1e-12)
    images, desired = fields[:batch], labels[:batch]

    def once() -> None:
        sgd.zero_grad()
        map_loss(twin(images), desired, J).backward()
        sgd.step()

    return once, batch


def nested_loops() -> ctypes.CDLL:
    """benchmarks/nested_loops.c, compiled for this machine."""
    library = Path(tempfile.mkdtemp()) / "nested_loops.so"
    source = Path(__file__).with_name("nested_loops.c")
    flags = ["-O3", "-march=native", "-ffast-math", "-fPIC", "-shared"]
    subprocess.run(["cc", *flags, str(source), "-o", str(library), "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.train.restype = ctypes.c_float
    return loaded


def loops_training(network: LeNet5, steps: dict[str, Tensor], fields: Tensor, labels: Tensor) -> Work:
    """A pattern an update, on the network's own parameters."""
    library = nested_loops()

    def pointers(tensors: list[Tensor]) -> object:
        return (ctypes.c_void_p * len(tensors))(*(t.data_ptr() for t in tensors))

    table, codes, count = network.C3.table.to(torch.uint8), network.OUTPUT.codes, ctypes.c_long(PATTERNS)
    weights, moves = pointers([p.detach() for p in network.parameters()]), pointers(list(steps.values()))
    as_pointer = ctypes.c_void_p

    def once() -> float:
        return float(
            library.train(
                weights, moves, as_pointer(table.data_ptr()), as_pointer(codes.data_ptr()), ctypes.c_float(SCALE),
                ctypes.c_float(J), as_pointer(fields.data_ptr()), as_pointer(labels.data_ptr()), count,
            )
        )  # fmt: skip

    return once, PATTERNS


def check_the_loops(fields: Tensor, labels: Tensor) -> None:
    """The C program trains as the engine does, or the comparison means nothing."""
    one, other = LeNet5(SCALE), LeNet5(SCALE)
    steps = {name: torch.full_like(p, 1e-5) for name, p in one.named_parameters()}
    loops_training(one, steps, fields, labels)[0]()
    train(other, steps, MAPLoss(J), fields, labels, torch.arange(PATTERNS))
    for p, q in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)


def inference(images: Tensor, threads: int) -> tuple[Work, Work]:
    """Ours and the twin's, all images at once on so many threads."""
    ours, twin = LeNet5(SCALE), nn_twin(SCALE)

    def twin_once() -> None:
        with torch.inference_mode(), using_threads(threads):
            twin(images)

    return (lambda: penalties(ours, images, threads=threads), len(images)), (twin_once, len(images))


def main() -> None:
    """Measure, print, and keep the numbers as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    print(machine())
    fields, labels = torch.randn(PATTERNS, 1, 32, 32), torch.randint(0, 10, (PATTERNS,))
    check_the_loops(fields, labels)

    rows: list[Row] = []

    def measure(*programs: object, wall: bool = False) -> None:
        rows.append(compare(*programs, rounds=arguments.rounds, wall=wall))  # type: ignore[arg-type]
        print(rows[-1].line(), flush=True)

    native = ("native, batch 1", native_training(fields, labels))
    for batch in (1, 64, 256):
        measure("train", native, (f"nn.Conv2d, batch {batch}", twin_training(fields, labels, batch)))
    loops = LeNet5(SCALE)
    measure("train", native, ("nested loops in C", loops_training(loops, rates(loops), fields, labels)))
    for batch, threads in ((256, 1), (1, 1), (256, 2)):
        ours, twin = inference(fields[:batch], threads)
        task = f"read, {threads} thread{'s' if threads > 1 else ''}"
        measure(task, ("native", ours), (f"nn.Conv2d, batch {batch}", twin), wall=threads > 1)
    if arguments.json:
        content = {"machine": machine(), "rows": [row.as_dict() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
