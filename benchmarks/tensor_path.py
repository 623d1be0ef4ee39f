"""The tensor path beside the same network of nn.Conv2d, nn.AvgPool2d, nn.Linear and torch.optim.SGD.

    python benchmarks/tensor_path.py [--threads 1] [--rounds 9] [--device cuda] [--json FILE]

Both are measured in turn in one process by CPU time (`lenet5.engine.bench`); on a GPU the CPU waits for it, busily,
after each batch.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import torch

from lenet5.engine.bench import Row, Work, machine, side_by_side
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from nn_twin import map_loss, nn_twin

SCALE, J = 0.2, 1.0
# Patterns a batch: a GPU is filled by thousands.
BATCHES = {"cpu": (1, 64, 256), "cuda": (256, 4096, 32768)}


def waiting_for(device: torch.device, work: Callable[[], None]) -> Callable[[], None]:
    """Work that is done when it returns, on a GPU too."""

    def once() -> None:
        work()
        torch.cuda.synchronize(device)

    return once if device.type == "cuda" else work


def training(batch: int, device: torch.device) -> tuple[Work, Work]:
    """Ours and the twin's, at rates so small that the weights stay where they are."""
    images = torch.randn(batch, 1, 32, 32, device=device)
    labels = torch.randint(0, 10, (batch,), device=device)
    ours, twin, loss = LeNet5(SCALE).to(device), nn_twin(SCALE).to(device), MAPLoss(J)
    sdlm, sgd = SDLM(ours, eta=1e-12, mu=0.02), torch.optim.SGD(twin.parameters(), lr=1e-12)

    def train_ours() -> None:
        sdlm.zero_grad()
        loss(ours(images), labels).backward()
        sdlm.step()

    def train_twin() -> None:
        sgd.zero_grad()
        map_loss(twin(images), labels, J).backward()
        sgd.step()

    return (waiting_for(device, train_ours), batch), (waiting_for(device, train_twin), batch)


def inference(batch: int, device: torch.device) -> tuple[Work, Work]:
    """Ours and the twin's."""
    images = torch.randn(batch, 1, 32, 32, device=device)

    def reading(network: torch.nn.Module) -> Work:
        def once() -> None:
            with torch.inference_mode():
                network(images)

        return waiting_for(device, once), batch

    return reading(LeNet5(SCALE).to(device)), reading(nn_twin(SCALE).to(device))


def main() -> None:
    """Measure, print a table, and keep the numbers as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--device", choices=tuple(BATCHES), default="cpu")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    device = torch.device(arguments.device)
    on = torch.cuda.get_device_name() if device.type == "cuda" else machine()
    print(f"{on}, {arguments.threads} thread(s)")
    rows: list[Row] = []
    for task, work in (("train", training), ("read", inference)):
        for batch in BATCHES[device.type]:
            ours, twin = work(batch, device)
            named = (f"tensors, batch {batch}", ours), (f"nn.Conv2d, batch {batch}", twin)
            rows.append(side_by_side(task, *named, rounds=arguments.rounds))
            print(rows[-1].line(), flush=True)
    if arguments.json:
        content = {"machine": on, "threads": arguments.threads, "rows": [row.as_dict() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
