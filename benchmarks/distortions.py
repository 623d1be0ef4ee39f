"""Distorting patterns beside training on them, on one thread by CPU time: a ratio of 2 and more is at most half a pass.

python benchmarks/distortions.py [--rounds 9] [--json FILE]
"""

import argparse
import json
from pathlib import Path

import torch

from lenet5 import PRESETS, SDLM, MAPLoss, load_dataset
from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.engine import NATIVE
from lenet5.engine.bench import Row, machine, side_by_side
from lenet5.training.trainer import new_network


def main() -> None:
    """Measure, print a table, and keep the numbers as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(machine())
    patterns = load_dataset("digits").train
    count, numbers = len(patterns), torch.Generator().manual_seed(1)
    preset = PRESETS["best"]
    network, order = new_network(preset, seed=1), torch.arange(count)
    # Rates so small that the weights stay where they are, however long it takes.
    optimiser = SDLM(network, eta=1e-12, mu=1)
    images = distort(patterns.images, Distortions(), numbers)
    training = lambda: NATIVE.train(network, optimiser, MAPLoss(preset.j), images, patterns.labels, order)  # noqa: E731
    rows: list[Row] = []
    for name in ("distorted", "best"):
        distortions = PRESETS[name].distortions or Distortions()
        distorting = lambda d=distortions: distort(patterns.images, d, numbers)  # noqa: E731
        sides = (f"distort, {name}", (distorting, count)), ("train, native", (training, count))
        rows.append(side_by_side("distortions", *sides, rounds=arguments.rounds))
        print(rows[-1].line(), flush=True)
    if arguments.json:
        content = {"machine": machine(), "rows": [row.as_dict() for row in rows]}
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
