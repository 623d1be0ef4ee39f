"""What a reader is trained on: how many of which, what damage does, and that a pass can be made again."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.damage import KINDS, as_bytes, damaged, stretched
from lenet5.data.digits import load_digits
from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.everyday import NO_DIGIT, Everyday
from lenet5.data.everyday_patterns import EverydayPatterns
from lenet5.data.rubbish import rubbish
from lenet5.tools.rng import generator

DIGITS = load_digits().train
IMAGES = distort(DIGITS.images, Distortions.NONE, generator(1, "none"))


@pytest.fixture(scope="module")
def patterns() -> EverydayPatterns:
    return EverydayPatterns(Everyday(drawn=0.2, rubbish=0.3, damaged=0.3, redrawn=0.2, pool=300), DIGITS, seed=1)


def test_every_pass_has_the_shares_that_were_asked_for(patterns: EverydayPatterns) -> None:
    images, labels = patterns.of_pass(IMAGES, DIGITS.labels, Distortions.NONE, 1)
    assert images.shape == IMAGES.shape
    assert int((labels == NO_DIGIT).sum()) == round(0.3 * len(labels))
    as_they_were = (images == IMAGES).all((1, 2)) & (labels == DIGITS.labels)
    assert float(as_they_were.double().mean()) == pytest.approx(0.5 * 0.5, abs=0.02)


def test_a_pass_can_be_made_again_and_no_two_are_the_same(patterns: EverydayPatterns) -> None:
    first, again, other = (patterns.of_pass(IMAGES, DIGITS.labels, Distortions.NONE, n) for n in (1, 1, 2))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[1], other[1])


def test_nothing_is_changed_where_nothing_is_asked_for() -> None:
    patterns = EverydayPatterns(Everyday(drawn=0, rubbish=0, damaged=0, redrawn=0, pool=1), DIGITS, seed=1)
    images, labels = patterns.of_pass(IMAGES, DIGITS.labels, Distortions.NONE, 1)
    assert torch.equal(images, IMAGES)
    assert torch.equal(labels, DIGITS.labels)


def test_redrawn_digits_have_the_strokes_that_they_had() -> None:
    patterns = EverydayPatterns(Everyday(drawn=0, rubbish=0, damaged=0, redrawn=1, pool=1), DIGITS, seed=1)
    images, labels = patterns.of_pass(IMAGES, DIGITS.labels, Distortions.NONE, 1)
    assert torch.equal(labels, DIGITS.labels)
    overlap = ((images > 127) & (IMAGES > 127)).sum((1, 2)) / ((images > 127) | (IMAGES > 127)).sum((1, 2))
    assert float(overlap.quantile(0.05)) > 0.6
    # Some are what others had binarised: of two grey levels.
    assert 0.2 < float(((images == 0) | (images == 255)).all(2).all(1).double().mean()) < 0.5


def test_parts_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"damaged = -0\.1 was given"):
        Everyday(damaged=-0.1)
    with pytest.raises(ValueError, match=r"0\.6 and 0\.5 were given; give 1 together"):
        Everyday(drawn=0.6, rubbish=0.5)
    with pytest.raises(ValueError, match=r"0\.7 and 0\.5 were given; give 1 together"):
        Everyday(damaged=0.7, redrawn=0.5)
    with pytest.raises(ValueError, match="A pool of 0 was given"):
        Everyday(pool=0)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_damage_leaves_a_picture_of_the_same_size_that_is_another(
    kind: Callable[[NDArray[np.floating], Generator], NDArray[np.floating]],
) -> None:
    image = DIGITS.images[0].numpy()
    first, again = (as_bytes(kind(image.astype(np.float32) / 255, np.random.default_rng(1))) for _ in range(2))
    assert first.shape == image.shape
    np.testing.assert_array_equal(first, again)
    assert (first != image).mean() > 0.005


def test_a_damaged_picture_goes_from_black_to_white() -> None:
    rng = np.random.default_rng(2)
    for image in DIGITS.images[:40].numpy():
        made = damaged(image, rng)
        assert (made.min(), made.max()) == (0, 255)


def test_stretching_takes_a_grey_ground_away_and_nothing_else() -> None:
    image = DIGITS.images[0].numpy()
    whole = stretched(image)
    on_grey = np.rint(80 + 0.5 * whole).astype(np.uint8)
    assert np.abs(stretched(on_grey).astype(int) - whole).max() <= 2
    np.testing.assert_array_equal(stretched(whole), whole)
    even = np.full((4, 4), 7, np.uint8)
    np.testing.assert_array_equal(stretched(even), even)


def test_rubbish_is_the_same_for_the_same_state_and_seldom_empty() -> None:
    digits, labels = DIGITS.images.numpy(), DIGITS.labels.numpy()
    first, again = (
        np.stack([rubbish(digits, labels, rng) for _ in range(200)])
        for rng in (np.random.default_rng(6), np.random.default_rng(6))
    )
    np.testing.assert_array_equal(first, again)
    assert (first.max((1, 2)) > 100).mean() > 0.9
