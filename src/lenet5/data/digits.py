"""The embedded digits: 1,797 small images that scikit-learn carries; a first run needs no network."""

from typing import Final

import numpy as np
import torch

from lenet5.data.patterns import Dataset, Patterns

# Every seventh image is a test image, for ever, so that scores can be compared. Many writers wrote the ten digits in
# turn: a step with a factor in common with ten would take some digits more often than others.
TEST_EVERY: Final = 7


def load_digits() -> Dataset:
    """The 1,797 handwritten digits of scikit-learn, in MNIST's form.

    An image of 8×8 grey levels 0 … 16 is enlarged to the 20×20 box that MNIST's digits fill, and placed in the middle
    of 28×28 uint8, foreground 255 on background 0. Labels are int64.
    The split is fixed: every seventh image is a test pattern, 256 in all; the others, 1,541, are to train on.
    The images are ordered by writer, so that both sets have the same 13 writers, as in the shuffled splits that are
    customary for this set. Digits of other writers are harder: MNIST is the set to compare by (docs/decisions.md).

    Source: UCI, "Optical Recognition of Handwritten Digits", the test set, of 13 writers.
    """
    from scipy.ndimage import zoom
    from sklearn import datasets

    digits = datasets.load_digits()
    # A grey level counts the dark pixels in a 4×4 cell of the scan: grid_mode, as cells have areas. The cubic spline
    # gives strokes with dark cores and round edges, like a pen's; linear interpolation gives pale blurs.
    boxes = zoom(digits.images, (1, 2.5, 2.5), order=3, mode="grid-constant", grid_mode=True)
    grey = np.clip(np.rint(boxes * (255 / 16)), 0, 255).astype(np.uint8)
    images = torch.from_numpy(np.pad(grey, ((0, 0), (4, 4), (4, 4))))
    labels = torch.from_numpy(digits.target).long()
    test = torch.arange(len(images)) % TEST_EVERY == TEST_EVERY - 1
    return Dataset("digits", train=Patterns(images[~test], labels[~test]), test=Patterns(images[test], labels[test]))
