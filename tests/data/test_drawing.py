"""Digits drawn from skeletons and of fonts: where a pattern lies, and whether others read them for what they are."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from lenet5.data.drawing import SIDE, as_pattern, drawn
from lenet5.data.everyday import NO_DIGIT
from lenet5.data.glyphs import glyph, glyphs
from lenet5.data.skeletons import arc, curve, hand, line, skeleton
from lenet5.reading.inference import load_inference_network


def of_skeleton(digit: int, rng: Generator) -> NDArray[np.uint8]:
    return drawn(hand(skeleton(digit, rng), rng), rng)


def test_a_pattern_fills_the_box_and_its_mass_is_in_the_middle() -> None:
    rng = np.random.default_rng(1)
    for digit in range(10):
        pattern = of_skeleton(digit, rng)
        assert (pattern.shape, pattern.dtype) == ((32, 32), np.uint8)
        rows, columns = (np.flatnonzero(pattern.max(axis)) for axis in (1, 0))
        assert max(len(rows), len(columns)) == SIDE
        mass = [float(pattern.sum(1 - axis) @ (np.arange(32) + 0.5)) / pattern.sum() for axis in (0, 1)]
        assert mass == pytest.approx([16, 16], abs=0.51)


def test_a_canvas_with_nothing_on_it_is_an_empty_pattern() -> None:
    assert not as_pattern(np.zeros((50, 40), np.uint8)).any()


def test_the_same_state_draws_the_same() -> None:
    first, again = (of_skeleton(8, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != of_skeleton(8, np.random.default_rng(4))).any()


def test_a_curve_goes_through_its_points_and_an_arc_stays_on_its_ellipse() -> None:
    points = [(0.0, 0.0), (1.0, 2.0), (3.0, 1.0)]
    walked = curve(*points)
    for point in points:
        assert np.abs(walked - point).sum(1).min() < 1e-12
    np.testing.assert_array_equal(line(*points), points)
    x, y = arc((1, 2), (3, 4), 0, 0.5).T
    np.testing.assert_allclose(((x - 1) / 3) ** 2 + ((y - 2) / 4) ** 2, 1)


@pytest.mark.parametrize(("draw", "least"), [(of_skeleton, 0.85), (None, 0.8)])
def test_a_network_that_was_trained_on_mnist_alone_reads_most(
    draw: Callable[[int, Generator], NDArray[np.uint8]] | None, least: float
) -> None:
    rng = np.random.default_rng(5)
    if draw is None:
        images, labels = zip(*(glyph(rng, is_digit=True) for _ in range(300)), strict=True)
    else:
        labels = tuple(range(10)) * 30
        images = tuple(draw(digit, rng) for digit in labels)
    answers = load_inference_network("pretrained").penalties(np.stack(images)).argmin(1)
    assert (answers == labels).mean() > least


def test_fonts_have_letters_and_every_digit() -> None:
    patterns, labels = glyphs()
    assert patterns.shape == (len(labels), 32, 32)
    hands = np.bincount(labels)
    assert len(hands) == NO_DIGIT + 1
    assert hands[:NO_DIGIT].min() > 50
    assert hands[NO_DIGIT] > 2000
    image, label = glyph(np.random.default_rng(1), is_digit=False)
    assert label == NO_DIGIT
    assert image.any()
