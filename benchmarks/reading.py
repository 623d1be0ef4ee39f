"""How fast pictures are read: one from the shell, one in a warm process, ten thousand PNG files.

    python benchmarks/reading.py --data DIR

Times are this machine's alone, the median of the rounds where there are several.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from lenet5.data import load_dataset
from lenet5.engine.bench import machine
from lenet5.reading.batch import read_files
from lenet5.reading.grey_levels import grey_levels
from lenet5.reading.reader import load_network, read_by
from lenet5.reproduce.photos import photo

ROUNDS = 5
PHOTOS = 200


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of MNIST's four files")
    images = load_dataset("mnist", parser.parse_args().data).test.images.numpy()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, image in enumerate(images):
            files.append(f"{folder}/{number:05d}.png")
            Image.fromarray(image).save(files[-1])
        found = {
            "from the shell, one picture, s": from_the_shell(files[0]),
            "warm, one MNIST image, ms": 1000 * warm([Path(file).read_bytes() for file in files[:1000]]),
            **of_photos(images[0]),
            "10,000 PNG files, one process, a second": many(files, 1),
            "10,000 PNG files, every core, a second": many(files, None),
        }
    for name, value in found.items():
        print(f"{name:45} {value:10,.2f}")
    result = {"machine": machine(), **found}
    Path(__file__).with_name("results").joinpath("reading.json").write_text(json.dumps(result, indent=2) + "\n")


def from_the_shell(file: str) -> float:
    """Seconds from the command to its end, Python's start included."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "lenet5", "read", file], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def warm(contents: list[bytes]) -> float:
    """Seconds a picture, decoding included, in a process that has read before: the median."""
    network = load_network("pretrained")
    times = []
    for content in contents:
        start = time.perf_counter()
        read_by(network, grey_levels(content))
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def of_photos(image: np.ndarray) -> dict[str, float]:
    """The same of photographs of test images, by the size of the canvas."""
    taken = [photo(image, number) for number in range(PHOTOS)]
    sizes = ((64, 200), (200, 500), (500, 1025))
    of_size = {(low, high): [t.content for t in taken if low <= t.canvas < high] for low, high in sizes}
    return {
        f"warm, a photograph of {low} to {high - 1} pixels, ms": 1000 * warm(contents)
        for (low, high), contents in of_size.items()
    }


def many(files: list[str], workers: int | None) -> float:
    """Pictures a second, the start of other processes included."""
    start = time.perf_counter()
    for _ in read_files(files, workers=workers):
        pass
    return len(files) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
