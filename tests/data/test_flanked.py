"""Flanked digits: what stands where, how far apart, and what has no digit in the middle."""

import pytest
import torch

from lenet5.data.flanked import flanked
from lenet5.data.flanking import BLANK, Flanking
from lenet5.tools.rng import generator

LABELS = torch.arange(200) % 10


def blocks() -> torch.Tensor:
    """Blocks of six columns in the middle of the input, each of its own grey level."""
    images = torch.zeros(200, 32, 32, dtype=torch.uint8)
    images[:, 8:24, 13:19] = (torch.arange(200) % 100 + 100).to(torch.uint8)[:, None, None]
    return images


def test_a_digit_stands_where_it_stood_and_its_neighbours_at_the_gaps() -> None:
    images = blocks()
    made, labels = flanked(images, LABELS, Flanking((2, 2), blank=0, alone=0, inverted=0), generator(1, "f"))
    torch.testing.assert_close(labels, LABELS)
    torch.testing.assert_close(made[:, :, 12:20], images[:, :, 12:20])
    row = made[:, 10] > 0
    expected = torch.tensor([5 <= x < 11 or 13 <= x < 19 or 21 <= x < 27 for x in range(32)])
    assert bool((row == expected).all())


def test_a_blank_has_the_middle_between_two_digits() -> None:
    made, labels = flanked(blocks(), LABELS, Flanking((4, 4), blank=1, alone=0, inverted=0), generator(1, "f"))
    assert labels.unique().tolist() == [BLANK]
    expected = torch.tensor([8 <= x < 14 or 18 <= x < 24 for x in range(32)])
    assert bool(((made[:, 10] > 0) == expected).all())


def test_parts_are_as_asked_for_and_the_same_state_gives_the_same() -> None:
    images, labels = blocks().repeat(20, 1, 1), LABELS.repeat(20)
    flanking = Flanking(blank=0.3, alone=0.5, inverted=0.1)
    made, given = flanked(images, labels, flanking, generator(1, "f"))
    again, _ = flanked(images, labels, flanking, generator(1, "f"))
    assert torch.equal(made, again)
    assert float((given == BLANK).double().mean()) == pytest.approx(0.3, abs=0.03)
    assert float((made[:, :8] > 0).double().mean()) == pytest.approx(0.1, abs=0.005)
    sides = (made[given != BLANK][:, 8:24, :12] > 0).double().mean((1, 2))
    assert float((sides < 0.25).double().mean()) == pytest.approx(0.5, abs=0.05)


def test_touching_digits_overlap_and_an_empty_image_is_no_error() -> None:
    images = blocks()
    images[:20] = 0
    made, _ = flanked(images, LABELS, Flanking((-1, -1), blank=0, alone=0, inverted=0), generator(2, "f"))
    both = made[20:, 10]
    assert int((both > 0).sum(1).max()) == 16
    assert made.shape == images.shape


def test_parts_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match=r"blank = 1\.5 was given"):
        Flanking(blank=1.5)
    with pytest.raises(ValueError, match="Gaps from 4 to 1"):
        Flanking(gap=(4, 1))
