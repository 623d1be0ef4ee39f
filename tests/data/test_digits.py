import hashlib
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import datasets
from torch import Tensor

from lenet5.data.digits import load_digits
from lenet5.data.patterns import Dataset


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_digits()


@pytest.fixture(scope="module")
def original() -> Any:
    return datasets.load_digits()


@pytest.fixture(scope="module")
def images(digits: Dataset) -> Tensor:
    """All 1,797 in their original order."""
    images = torch.empty(1797, 28, 28, dtype=torch.uint8)
    test = torch.arange(1797) % 7 == 6
    images[test], images[~test] = digits.test.images, digits.train.images
    return images


def test_the_split_is_every_seventh(digits: Dataset, original: Any) -> None:
    assert digits.name == "digits"
    assert (len(digits.train), len(digits.test)) == (1541, 256)
    assert digits.train.labels.dtype == digits.test.labels.dtype == torch.int64
    assert digits.test.labels.tolist() == original.target[6::7].tolist()
    assert digits.train.labels[:7].tolist() == original.target[[0, 1, 2, 3, 4, 5, 7]].tolist()


def test_every_digit_is_in_both_sets(digits: Dataset) -> None:
    for patterns in (digits.train, digits.test):
        assert min(torch.bincount(patterns.labels, minlength=10).tolist()) > len(patterns) * 0.06


def test_the_images_are_in_the_form_of_mnist(images: Tensor) -> None:
    assert images.dtype == torch.uint8
    assert images.shape == (1797, 28, 28)
    assert (images.min(), images.max()) == (0, 255)
    box = torch.zeros(28, 28, dtype=torch.bool)
    box[4:24, 4:24] = True
    assert images[:, ~box].sum() == 0
    assert images[:, box].amax(0).min() > 0


def test_an_enlarged_image_keeps_the_ink_where_it_was(images: Tensor, original: Any) -> None:
    # Two cells of 8×8 cover five pixels of 20×20, so that means over a 4×4 grid are comparable.
    small = original.images.reshape(1797, 4, 2, 4, 2).mean((2, 4)) / 16
    large = images[:, 4:24, 4:24].double().numpy().reshape(1797, 4, 5, 4, 5).mean((2, 4)) / 255
    assert np.abs(small - large).max() < 0.15
    assert np.abs(small - large).mean() < 0.025


def test_the_digits_are_the_same_for_ever(images: Tensor) -> None:
    assert (
        hashlib.sha256(images.numpy().tobytes()).hexdigest()
        == "03563e19cad8d95e286913797d4814adca4ceb9f3682cff99c95687644e0acd6"
    )
