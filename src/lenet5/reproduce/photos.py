"""Test images turned into photographs, and read: what normalisation is for, beside a bare reduction to 28×28."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lenet5.plots import style
from lenet5.reading.grey_levels import grey_levels
from lenet5.reading.reader import load_network, read_by
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job
from lenet5.reproduce.report_writer import Reproduction, interval, markdown_table

# Of so many test images, read in parts of so many; so many are drawn.
PHOTOS = 10_000
QUICK_PHOTOS = 500
PHOTOS_PER_JOB = 250
SHOWN = 10

PENS = ("as it is", "thin", "thick")


@dataclass(frozen=True, eq=False)
class Photo:
    """A JPEG file, and how it was taken.

    Attributes:
        content: of the file.
        canvas: its width and height in pixels.
        scale: of the digit, 1 for 28×28 pixels.
        pen: one of `PENS`.
        inverted: light on dark.
    """

    content: bytes
    canvas: int
    scale: float
    pen: str
    inverted: bool


@dataclass(frozen=True)
class Outcome:
    """What was read in a photograph.

    Attributes:
        canvas: see `Photo`.
        height: of the digit, in pixels.
        pen: see `Photo`.
        inverted: see `Photo`.
        right: whether `read` gives the label.
        none: whether it finds no digit.
        bare_right: whether the network gives the label after a bare reduction to 28×28.
    """

    canvas: int
    height: float
    pen: str
    inverted: bool
    right: bool
    none: bool
    bare_right: bool


def jobs(cache: ExperimentCache) -> Sequence[Job]:  # noqa: ARG001 every module has the same two functions
    """Nothing to train: the network is the one in the package."""
    return []


def make(cache: ExperimentCache) -> Reproduction:
    """How many photographs of test images the network in the package reads, each made from its number alone."""
    found = measure(cache)
    parts = {name: read_parts(group) for name, group in groups(found).items()}
    figure = draw([photo(cache.dataset.test.images[n].numpy(), n) for n in range(SHOWN)])
    return Reproduction("photos", "Photographs of test images", section(parts), {"read": parts}, {"": figure})


def measure(cache: ExperimentCache) -> list[Outcome]:
    """The photographs read, in parallel."""
    import joblib

    test = cache.dataset.test
    images, labels = test.images.numpy(), test.labels.numpy()
    numbers = range(QUICK_PHOTOS if cache.quick else PHOTOS)
    parts = [numbers[start : start + PHOTOS_PER_JOB] for start in range(0, len(numbers), PHOTOS_PER_JOB)]
    with joblib.parallel_config(backend=cache.backend, n_jobs=cache.workers):
        read = joblib.Parallel()(joblib.delayed(outcomes)(images[part], labels[part], part) for part in parts)
    return [outcome for part in read for outcome in part]


def outcomes(images: NDArray[np.uint8], labels: NDArray[np.int64], numbers: Sequence[int]) -> list[Outcome]:
    """The photographs of these images, read."""
    cv2.setNumThreads(1)
    network = load_network("pretrained")
    found = []
    for image, label, number in zip(images, labels, numbers, strict=True):
        taken = photo(image, number)
        grey = grey_levels(taken.content)
        answer = read_by(network, grey).digit
        bare = np.asarray(cv2.resize(grey, (28, 28), interpolation=cv2.INTER_AREA))
        of_bare = network.penalties(np.rint(255 * bare).clip(0, 255).astype(np.uint8)[None])[0]
        height = 20 * taken.scale
        same = (answer == label, answer is None, int(of_bare.argmin()) == label)
        found.append(Outcome(taken.canvas, height, taken.pen, taken.inverted, *map(bool, same)))
    return found


def photo(image: NDArray[np.uint8], number: int) -> Photo:
    """A photograph of a test image, 28×28 bytes; the same for the same number."""
    rng = np.random.default_rng([1998, number])
    canvas = round(np.exp(rng.uniform(np.log(64), np.log(1024))))
    scale = float(np.exp(rng.uniform(np.log(0.5), np.log(min(8.0, canvas / 30)))))
    pen, inverted = PENS[rng.integers(3)], bool(rng.random() < 0.5)
    digit = drawn(image, pen, rng.uniform(-15, 15), max(7, round(28 * scale)))
    page = np.zeros((canvas, canvas), dtype=np.float32)
    top, left = rng.integers(0, canvas - len(digit) + 1, 2)
    page[top : top + len(digit), left : left + len(digit)] = digit
    light, dark = rng.uniform(0.75, 0.95), rng.uniform(0.05, 0.3)
    grey = light + (dark - light) * page
    grey = 1 - grey if inverted else grey
    direction, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.25)
    along = np.linspace(0, 1, canvas)
    grey *= 1 - fall * (0.5 + np.cos(direction) * along[None] + np.sin(direction) * along[:, None])
    grey += rng.normal(0, rng.uniform(0, 0.05), grey.shape)
    as_bytes = (255 * grey.clip(0, 1)).astype(np.uint8)
    content = cv2.imencode(".jpg", as_bytes, [cv2.IMWRITE_JPEG_QUALITY, 30])[1].tobytes()
    return Photo(content, canvas, scale, pen, inverted)


def drawn(image: NDArray[np.uint8], pen: str, degrees: float, size: int) -> NDArray[np.float32]:
    """The digit with another pen, turned, and size×size: background 0, foreground 1."""
    side = 4 * len(image)
    large = cv2.resize(image.astype(np.float32) / 255, (side, side), interpolation=cv2.INTER_LINEAR)
    if pen == "thin":
        large = cv2.erode(large, np.ones((3, 3), dtype=np.uint8))
    elif pen == "thick":
        large = cv2.dilate(large, np.ones((5, 5), dtype=np.uint8))
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), degrees, 1)
    turned = cv2.warpAffine(large, turn, (side, side))
    interpolation = cv2.INTER_AREA if size < side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(turned, (size, size), interpolation=interpolation), dtype=np.float32).clip(0, 1)


def groups(found: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """All, and by how they were taken."""
    chosen: dict[str, Callable[[Outcome], bool]] = {
        "all": lambda _: True,
        "dark on light": lambda o: not o.inverted,
        "light on dark": lambda o: o.inverted,
        **{f"pen {pen}": lambda o, pen=pen: o.pen == pen for pen in PENS},  # type: ignore[misc]
        "digit lower than 20 pixels": lambda o: o.height < 20,
        "20 to 60 pixels": lambda o: 20 <= o.height < 60,
        "60 pixels and more": lambda o: o.height >= 60,
    }
    return {name: [outcome for outcome in found if test(outcome)] for name, test in chosen.items()}


def read_parts(group: Sequence[Outcome]) -> dict[str, float]:
    """How many there are, and the parts read right, taken for no digit, and read right by the bare reduction."""
    count = max(1, len(group))
    parts = {name: sum(getattr(o, name) for o in group) / count for name in ("right", "none", "bare_right")}
    return {"photographs": len(group), **parts}


def section(parts: dict[str, dict[str, float]]) -> str:
    """A row a group; `parts`: what `read_parts` gives, by group."""
    count, right = round(parts["all"]["photographs"]), parts["all"]["right"]
    low, high = (100 * (1 - end) for end in reversed(interval(round(count * (1 - right)), count)))
    rows = [
        (name, f"{part['photographs']:,}", *(f"{100 * part[k]:.2f}" for k in ("right", "none", "bare_right")))
        for name, part in parts.items()
    ]
    return f"""\
{count:,} test images, each placed anywhere on a canvas of 64 to 1,024 pixels, 0.5 to 8 times as large, drawn with
a thin, an unchanged or a thick pen, turned by up to 15°, dark on light or light on dark, under a gradient of light, on
grainy paper, as a JPEG of quality 30. Right: {100 * right:.2f} % ({low:.2f} … {high:.2f}).
The bare reduction shrinks the whole picture to 28×28 and leaves the rest to the network.

{markdown_table(("photographs", "number", "read right, %", "no digit, %", "bare 28×28, %"), rows)}
"""


def draw(photos: Sequence[Photo]) -> Figure:
    """Photographs above, what the network saw of each below, with its answer."""
    figure = style.new_figure(11, 3.1)
    grid: Any = figure.subplots(2, len(photos))
    network = load_network("pretrained")
    for (above, below), taken in zip(grid.T, photos, strict=True):
        grey = grey_levels(taken.content)
        mark = read_by(network, grey).main
        above.imshow(grey, cmap="gray", vmin=0, vmax=1)
        above.set_title(f"{taken.canvas} pixels", fontsize=style.SMALL, color=style.BLACK)
        if mark is not None:
            below.imshow(mark.pattern, cmap="gray_r", vmin=0, vmax=255)
            answer = "no digit" if mark.digit is None else str(mark.digit)
            below.set_title(f"read: {answer}", fontsize=style.TEXT, color=style.BLACK)
        above.set_axis_off()
        below.set_axis_off()
    return figure
