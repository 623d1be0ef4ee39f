"""Training on strings and reading lines: the native engine beside the definition in Python, in turn in one run.

    python benchmarks/strings.py

Strings of embedded digits, a third of the gaps touching, cut into segments or swept. Training is that of a new network,
to which most segments are in doubt: one that has learnt leaves most out and is three times as fast. Times are this
machine's alone.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from lenet5.data.digits import load_digits
from lenet5.data.strings import Strings, write_strings
from lenet5.data.writing import Writing
from lenet5.engine import NATIVE, TENSORS, Engine
from lenet5.engine.base import Reader
from lenet5.engine.bench import machine
from lenet5.graphs.graph import HypothesesName
from lenet5.graphs.segmenter import Segmenter
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.reading.reader import NUMBERS, SDNN, load_network, read
from lenet5.reading.together import LineReaders, read_line
from lenet5.sdlm import SDLM

ROUNDS = 5
LINES = 40
TOUCHING = 1 / 3


def main() -> None:
    """Measure, print and keep."""
    torch.set_num_threads(1)
    five, ten = (written(length) for length in (5, 10))
    native, tensors, swept = [], [], []
    for _ in range(ROUNDS):
        native.append(LINES / seconds(lambda: train(NATIVE, five, LINES)))
        tensors.append(2 / seconds(lambda: train(TENSORS, five, 2)))
        swept.append(LINES / seconds(lambda: train(NATIVE, five, LINES, "sweep")))
    readers = LineReaders(load_network(NUMBERS), load_network(SDNN))

    def read_lines() -> None:
        for n in range(LINES):
            read_line(readers, ten.line(n))

    def read_pages() -> None:
        for n in range(LINES):
            read(255 - np.pad(ten.line(n), 20))

    read_pages()
    found = {
        "training on strings of 5 digits, native, a second": statistics.median(native),
        "training on strings of 5 digits, definition, a second": statistics.median(tensors),
        "ratio": statistics.median(a / b for a, b in zip(native, tensors, strict=True)),
        "training on sweeps of 5 digits, native, a second": statistics.median(swept),
        "a line of 10 digits, ms": 1000 * statistics.median(seconds(read_lines) for _ in range(ROUNDS)) / LINES,
        "a page with a line of 10 digits, ms": 1000
        * statistics.median(seconds(read_pages) for _ in range(ROUNDS))
        / LINES,
    }
    for name, value in found.items():
        print(f"{name:55} {value:10,.2f}")
    result = {"machine": machine(), **found}
    Path(__file__).with_name("results").joinpath("strings.json").write_text(json.dumps(result, indent=2) + "\n")


def written(length: int) -> Strings:
    """Lines to measure with."""
    return write_strings(load_digits().train, LINES, Writing.plain(length, TOUCHING), np.random.default_rng(1))


def train(engine: Engine, strings: Strings, count: int, hypotheses: HypothesesName = "segments") -> None:
    """Train on the first so many of the lines, in steps too small to matter."""
    network, segmenter = LeNet5(0.03, blank=True), Segmenter(hypotheses)
    reader = Reader(network, segmenter, SDLM(network, 1e-9, 0.02), SDLM(segmenter, 1e-9, 0.02))
    part = Strings(strings.images[:count], strings.widths[:count], strings.labels[:count])
    engine.train_strings(reader, "discriminative_forward", part, MAPLoss(1.0), load_digits().train, torch.arange(count))


def seconds(do: Callable[[], None]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
