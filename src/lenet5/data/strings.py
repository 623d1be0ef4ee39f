"""Strings of digits as people write them, made from single digits: touching, overlapping, apart, slanted, on a wave."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.line import FOREGROUND, MARGIN, ROWS, Line, foreground_box, line_of, stacked
from lenet5.data.patterns import Patterns
from lenet5.data.writing import Writing

# The height of a digit in its image, as MNIST has it: the unit of `Writing`.
DIGIT: Final = 20
# A line is drawn twice as large as MNIST's digits, and then reduced or enlarged once to its 44 rows.
SCALE: Final = 2.0
# A label where there is no digit more.
NO_DIGIT: Final = -1
# The dashes, dots and slashes between digits, as they are written: width and height in heights of a digit.
DASH: Final = ((0.25, 0.6), (0.06, 0.12))
DOT: Final = ((0.08, 0.16), (0.08, 0.16))


@dataclass(frozen=True, eq=False)
class Strings:
    """Lines of digits, each with what it says.

    Attributes:
        images: N×44×W uint8, each line at the left, background on its right.
        widths: N int64, of each line.
        labels: N×L int64, the digits from left to right, then −1.
    """

    images: NDArray[np.uint8]
    widths: NDArray[np.int64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """N, the number of strings."""
        return len(self.labels)

    def line(self, n: int) -> Line:
        """Line n, 44×its width."""
        return self.images[n, :, : self.widths[n]]

    def text(self, n: int) -> str:
        """What line n says."""
        return "".join(str(digit) for digit in self.labels[n] if digit != NO_DIGIT)


def write_strings(digits: Patterns, count: int, writing: Writing, rng: Generator) -> Strings:
    """Strings of digits drawn at random from a set.

    Args:
        digits: what they are made of; MNIST's images, or of the same kind.
        count: how many.
        writing: how they are written.
        rng: the same state gives the same strings.
    """
    images, labels = digits.images.numpy(), digits.labels.numpy()
    lines, texts = [], []
    for _ in range(count):
        drawn = rng.integers(len(labels), size=int(rng.integers(writing.digits[0], writing.digits[1] + 1)))
        lines.append(_written([images[n] for n in drawn], writing, rng))
        texts.append(labels[drawn])
    padded = np.full((count, max(map(len, texts), default=1)), NO_DIGIT, np.int64)
    for row, text in zip(padded, texts, strict=True):
        row[: len(text)] = text
    return Strings(*stacked(lines, ROWS, 2 * MARGIN), padded)


def _written(digits: list[NDArray[np.uint8]], writing: Writing, rng: Generator) -> Line:
    """One line."""
    unit = DIGIT * SCALE
    of_string = rng.uniform(*writing.thickness), rng.uniform(*writing.stretch), rng.uniform(-1, 1) * writing.slant
    all_touch, changed = rng.random() < writing.all_touching, int(rng.random() < writing.strokes) * rng.choice((-1, 1))
    phase, period = rng.uniform(0, 2 * np.pi), rng.uniform(2, 8)
    drawn = [_hand(d, rng.uniform(*writing.size), *of_string, int(changed)) for d in digits]
    height = int(unit * 3)
    line = np.zeros((height, sum(d.shape[1] for d in drawn) + int(3 * unit * (len(drawn) + 1))), np.uint8)
    profile = np.full(height, -1.0)  # the rightmost foreground column so far of each row
    right = 0
    for k, digit in enumerate(drawn):
        wave = writing.wave * unit * np.sin(phase + 2 * np.pi * k / period) + rng.normal() * writing.wave * unit / 4
        top = int(np.clip((height - digit.shape[0]) / 2 + wave, 0, height - digit.shape[0]))
        left = 0
        if k:
            if all_touch or rng.random() < writing.touching:
                overlap = rng.choice(len(writing.overlap), p=writing.overlap)
                left = max(0, _against(profile, digit, top) - round(overlap * SCALE))
            else:
                blank = rng.random() < writing.blank
                gap = rng.uniform(*(writing.blank_width if blank else writing.gap)) * unit
                if rng.random() < writing.between:
                    right = _mark_between(line, right, rng)
                left = right + max(1, round(gap))
        region = line[top : top + digit.shape[0], left : left + digit.shape[1]]
        np.maximum(region, digit, out=region)
        foreground = digit >= FOREGROUND
        rows = np.flatnonzero(foreground.any(1))
        last = digit.shape[1] - 1 - foreground[rows, ::-1].argmax(1)
        profile[top + rows] = np.maximum(profile[top + rows], left + last)
        right = max(right, left + digit.shape[1])
    made = line_of(line[:, :right])
    if writing.inverted:
        size = round(SCALE)
        height, width = made.shape
        noise = rng.random((height // size, -(-width // size))) < rng.uniform(0, writing.inverted)
        of_line = noise.repeat(size, 0).repeat(size, 1)[:, :width]
        made = np.where(of_line, 255 - made, made)
    return made


def _hand(
    digit: NDArray[np.uint8], size: float, thickness: float, stretch: float, slant: float, changed: int
) -> NDArray[np.uint8]:
    """A digit without its margins, as large, slanted and thick as this hand writes it."""
    import cv2

    if (box := foreground_box(digit)) is not None:
        digit = digit[box[1] : box[3], box[0] : box[2]]
    height, width = digit.shape
    down, across = SCALE * size, SCALE * size * stretch
    new_height = round(height * down)
    lean = slant * new_height
    new_width = round(width * across + abs(lean))
    # x is shifted by the slant times the distance from the lower edge.
    at = np.array([[across, -slant * down, max(lean, 0.0)], [0, down, 0]])
    large = cv2.warpAffine(digit, at, (new_width + 1, new_height), flags=cv2.INTER_LINEAR)
    if changed:
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        changed_strokes = cv2.dilate(large, cross) if changed > 0 else cv2.erode(large, cross)
        # A thin stroke would be gone.
        large = changed_strokes if changed_strokes.sum() > large.sum() / 3 else large
    if thickness != 1:
        levels = np.rint(255 * (np.arange(256) / 255) ** (1 / thickness)).astype(np.uint8)
        large = levels[large]
    columns = np.flatnonzero((large >= FOREGROUND).any(0))
    return np.asarray(large[:, columns[0] : columns[-1] + 1] if len(columns) else large, np.uint8)


def _against(profile: NDArray[np.float64], digit: NDArray[np.uint8], top: int) -> int:
    """The column where a digit comes to lie if it is pushed to the left until it touches what is there."""
    foreground = digit >= FOREGROUND
    first = np.where(foreground.any(1), foreground.argmax(1), np.inf)
    # Neighbouring rows touch too.
    before = profile[top : top + len(first)]
    padded = np.pad(before, 1, constant_values=-1)
    nearest = np.maximum(np.maximum(padded[:-2], padded[2:]), before)
    meeting = np.where((nearest >= 0) & np.isfinite(first), nearest + 1 - first, -np.inf)
    if not np.isfinite(meeting).any():  # no row in common: one above the other
        return int(profile.max()) + 1
    return max(0, int(meeting.max()))


def _mark_between(line: NDArray[np.uint8], right: int, rng: Generator) -> int:
    """Write a dash, a dot or a slash, clear of the digits; returns the column after it."""
    import cv2

    unit = DIGIT * SCALE
    kind = rng.choice(3)
    left = right + int(rng.uniform(0.08, 0.3) * unit)
    middle = len(line) / 2
    if kind == 2:
        width, height, stroke = (
            int(rng.uniform(0.2, 0.5) * unit),
            int(rng.uniform(0.9, 1.3) * unit),
            int(rng.integers(3, 6)),
        )
        top = int(middle - height / 2)
        cv2.line(line, (left + width, top), (left, top + height), 255, stroke, cv2.LINE_AA)
        return left + width + stroke
    wide, high = DASH if kind == 0 else DOT
    width, height = max(2, int(rng.uniform(*wide) * unit)), max(2, int(rng.uniform(*high) * unit))
    centre = middle + unit * (rng.uniform(-0.15, 0.15) if kind == 0 else rng.uniform(0.3, 0.5))
    top = int(centre - height / 2)
    line[top : top + height, left : left + width] = 255
    return left + width
