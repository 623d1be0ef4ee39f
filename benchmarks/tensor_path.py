"""The tensor path beside the same network of nn.Conv2d, nn.AvgPool2d, nn.Linear and torch.optim.SGD.

    python benchmarks/tensor_path.py [--threads 1] [--rounds 9] [--json FILE]

Both are measured in turn in one process by CPU time (`lenet5.engine.bench`).
"""

import argparse
import json
from pathlib import Path

import torch

from lenet5.engine.bench import Row, Work, machine, side_by_side
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM
from nn_twin import map_loss, nn_twin

SCALE, J = 0.2, 1.0


def training(batch: int) -> tuple[Work, Work]:
    """Ours and the twin's, at rates so small that the weights stay where they are."""
    images, labels = torch.randn(batch, 1, 32, 32), torch.randint(0, 10, (batch,))
    ours, twin, loss = LeNet5(SCALE), nn_twin(SCALE), MAPLoss(J)
    sdlm, sgd = SDLM(ours, eta=1e-12, mu=0.02), torch.optim.SGD(twin.parameters(), lr=1e-12)

    def train_ours() -> None:
        sdlm.zero_grad()
        loss(ours(images), labels).backward()
        sdlm.step()

    def train_twin() -> None:
        sgd.zero_grad()
        map_loss(twin(images), labels, J).backward()
        sgd.step()

    return (train_ours, batch), (train_twin, batch)


def inference(batch: int) -> tuple[Work, Work]:
    """Ours and the twin's."""
    images = torch.randn(batch, 1, 32, 32)

    def reading(network: torch.nn.Module) -> Work:
        def once() -> None:
            with torch.inference_mode():
                network(images)

        return once, batch

    return reading(LeNet5(SCALE)), reading(nn_twin(SCALE))


def main() -> None:
    """Measure, print a table, and keep the numbers as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    print(f"{machine()}, {arguments.threads} thread(s)")
    rows: list[Row] = []
    for task, work in (("train", training), ("read", inference)):
        for batch in (1, 64, 256):
            ours, twin = work(batch)
            named = (f"tensors, batch {batch}", ours), (f"nn.Conv2d, batch {batch}", twin)
            rows.append(side_by_side(task, *named, rounds=arguments.rounds))
            print(rows[-1].line(), flush=True)
    if arguments.json:
        content = {"machine": machine(), "threads": arguments.threads, "rows": [row.as_dict() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
