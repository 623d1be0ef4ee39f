"""Digits, letters and signs of handwriting fonts, many hands, which come with the package.

`scripts/make_glyphs.py` made them and names the fonts. Look-alikes of digits are not among them.
"""

from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.drawing import Image, as_pattern
from lenet5.data.everyday import NO_DIGIT

FILE: Final = Path(__file__).with_name("glyphs.npz")
# Of other hands, to measure on: no training sees them.
LEFT_OUT: Final = Path(__file__).with_name("glyphs_left_out.npz")
# So many times as large is an outline moved.
FINER: Final = 3


@cache
def glyphs(file: Path = FILE) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All of them: patterns N×32×32 and labels, 0 to 9 and `NO_DIGIT`."""
    with np.load(file) as arrays:
        return arrays["patterns"], arrays["labels"]


def glyph(rng: Generator, *, is_digit: bool) -> tuple[Image, int]:
    """A digit, or what is none, with strokes thinner or thicker than the font's; 32×32 uint8, and its label."""
    patterns, labels = glyphs()
    n = int(rng.choice(np.flatnonzero((labels != NO_DIGIT) == is_digit)))
    enlarged = cv2.resize(patterns[n], None, fx=FINER, fy=FINER, interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(enlarged, (0, 0), FINER * 0.7).astype(np.float32)
    outline = smooth.max() * rng.uniform(0.15, 0.7)
    return as_pattern(np.clip((smooth - outline) * 6 + 128, 0, 255).astype(np.uint8)), int(labels[n])
