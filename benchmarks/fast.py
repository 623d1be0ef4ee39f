"""CPU seconds from nothing to a trained network that has read the test set: preset fast, on one core.

    python benchmarks/fast.py [--data FOLDER] [--seeds 5] [--json FILE]

Each seed is a process of its own, pinned to one core: Python's and PyTorch's start, reading and verifying MNIST,
training, and reading the 10,000 test patterns after each pass. No pictures and no files, which `lenet5 train` makes
besides.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean


def one(seed: int, data: Path | None) -> None:
    """In the process of a seed: train, read, and print what came of it."""
    import torch

    torch.set_num_threads(1)
    from lenet5 import PRESETS, Trainer, load_dataset

    mnist = load_dataset("mnist", data)
    began = time.process_time()
    preset = PRESETS["fast"]
    trainer = Trainer(preset, seed, mnist.train, mnist.test, engine="native")
    trainer.run(preset.passes)
    training = time.process_time() - began
    print(json.dumps({"seed": seed, "test_error": trainer.progress.records[-1].test_error, "training": training}))


def main() -> None:
    """Every seed in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        one(arguments.one, arguments.data)
        return

    from lenet5.engine.bench import machine

    core = min(os.sched_getaffinity(0))
    data = [] if arguments.data is None else ["--data", str(arguments.data)]
    rows = []
    print(machine())
    for seed in range(1, arguments.seeds + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = ["taskset", "-c", str(core), sys.executable, __file__, "--one", str(seed), *data]
        row = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        row["whole"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rows.append(row)
        print(f"seed {seed}: {1 - row['test_error']:.2%} right, {row['training']:.1f} CPU seconds of training, "
              f"{row['whole']:.1f} in all")  # fmt: skip
    error, training, whole = (fmean(row[name] for row in rows) for name in ("test_error", "training", "whole"))
    print(f"mean: {1 - error:.2%} right, {training:.1f} CPU seconds of training, {whole:.1f} in all")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
