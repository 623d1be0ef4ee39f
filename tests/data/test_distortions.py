import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from lenet5.data import load_dataset
from lenet5.data.distort import Distortions, distort, look_up, planar, waves

NONE = Distortions.NONE


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_digits(n: int = 40) -> torch.Tensor:
    return load_dataset("digits", None).train.images[:n]


def test_no_distortion_is_the_image_in_the_middle_of_the_field() -> None:
    images = some_digits()
    expected = torch.nn.functional.pad(images, (2, 2, 2, 2))
    assert torch.equal(distort(images, NONE, generator()), expected)


def cubic(image: torch.Tensor, x: float, y: float) -> float:
    """Cubic convolution (R. Keys, 1981) with a = −3/4, pixel by pixel; x, y from the middle of the field."""

    def weight(t: float) -> float:
        t = abs(t)
        if t <= 1:
            return 1.25 * t**3 - 2.25 * t**2 + 1
        return -0.75 * (t**3 - 5 * t**2 + 8 * t - 4) if t < 2 else 0.0

    column, row = x + 15.5 - 2, y + 15.5 - 2
    grey = 0.0
    for i in range(math.floor(row) - 1, math.floor(row) + 3):
        for j in range(math.floor(column) - 1, math.floor(column) + 3):
            if 0 <= i < 28 and 0 <= j < 28:
                grey += weight(row - i) * weight(column - j) * float(image[i, j])
    return min(max(grey, 0), 255)


def test_looking_up_is_cubic_convolution_wherever_it_looks() -> None:
    images = some_digits(2)
    x, y = (torch.rand(2, 2, 32, 32, generator=generator(4)) - 0.5) * 40
    given = look_up(images, torch.complex(x, y))
    for n, row, column in torch.cartesian_prod(torch.arange(2), torch.arange(32), torch.arange(32)).tolist():
        expected = cubic(images[n], float(x[n, row, column]), float(y[n, row, column]))
        assert abs(float(given[n, row, column]) - expected) <= 0.52


def test_planar_places_are_those_of_the_matrix_written_out() -> None:
    drawn = (torch.rand(5, 6, generator=generator(3)) - 0.5) * torch.tensor([[6.0], [6.0], [0.4], [0.4], [1.0]])
    of_columns, of_rows = planar(*drawn)
    at = of_columns + of_rows
    assert at.shape == (6, 32, 32)
    for n in range(6):
        right, down, scale, squeeze, shear = drawn[:, n].tolist()
        matrix = np.array([[1 / ((1 + scale) * (1 + squeeze)), shear], [0, (1 + squeeze) / (1 + scale)]])
        for row, column in ((0, 0), (31, 0), (5, 17), (31, 31)):
            x, y = matrix @ np.array([column - 15.5, row - 15.5]) - np.array([right, down])
            assert complex(at[n, row, column]) == pytest.approx(complex(x, y), abs=1e-4)


@pytest.mark.parametrize("smoothness", [2.0, 4.0, 7.0])
def test_waves_are_distributed_as_white_noise_under_scipys_gaussian(smoothness: float) -> None:
    """Variance 1 at every pixel, and pixels as far apart as 6 as alike as in smoothed noise."""
    noise = np.random.default_rng(1).standard_normal((60, 128, 128))
    smooth = ndimage.gaussian_filter(noise, (0, smoothness, smoothness), mode="wrap")
    smooth /= smooth.std()
    places = waves(3000, 1.0, smoothness, generator())
    assert places.shape == (3000, 32, 32)
    drawn = torch.stack([places.real, places.imag])
    assert float((drawn.var(dim=(0, 1)) - 1).abs().max()) < 0.1
    assert float((drawn[0] * drawn[1]).mean().abs()) < 0.02
    assert torch.allclose(waves(4, 0.5, smoothness, generator()), 0.5 * waves(4, 1.0, smoothness, generator()))
    for down, right in ((1, 0), (0, 3), (4, 4), (0, 6), (6, 2)):
        expected = float((smooth * np.roll(smooth, (down, right), axis=(1, 2))).mean())
        alike = float((drawn[..., : 32 - down, : 32 - right] * drawn[..., down:, right:]).mean())
        assert alike == pytest.approx(expected, abs=0.06)


def test_elastic_distortions_bend_what_planar_ones_keep_straight() -> None:
    bar = torch.zeros(1, 28, 28, dtype=torch.uint8)
    bar[:, 4:24, 12:16] = 255
    bars = bar.expand(100, -1, -1)
    rows = torch.arange(32, dtype=torch.float64)

    def bend(distortions: Distortions) -> float:
        """How far the middle of a bar lies from the straight line between its ends."""
        bent = distort(bars, distortions, generator()).double()
        line = (bent @ rows) / bent.sum(2).clamp(min=1)
        return float((line[:, 16] - (line[:, 12] + line[:, 20]) / 2).abs().mean())

    assert bend(Distortions()) < 0.05
    assert 0.1 < bend(Distortions(0, 0, 0, 0, elastic=1.0)) < bend(Distortions(0, 0, 0, 0, elastic=2.0))


def test_the_same_seed_gives_the_same_images_and_another_others() -> None:
    images = some_digits()
    one, same, other = (distort(images, Distortions(), generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert one.shape == (40, 32, 32)
    assert one.dtype == torch.uint8


def test_every_image_is_distorted_in_its_own_way() -> None:
    images = some_digits(1).expand(30, -1, -1)
    assert len({tuple(image.flatten().tolist()) for image in distort(images, Distortions(), generator())}) == 30


def centroid(image: torch.Tensor) -> tuple[float, float]:
    grey = image.double()
    rows = torch.arange(len(image), dtype=torch.float64)
    return float(grey.sum(1) @ rows / grey.sum()), float(grey.sum(0) @ rows / grey.sum())


def test_a_shift_moves_within_its_range_and_both_ways() -> None:
    images = some_digits(1).expand(200, -1, -1)
    y, x = centroid(distort(images, NONE, generator())[0])
    moved = [centroid(image) for image in distort(images, Distortions(3, 0, 0, 0), generator())]
    for place, others in ((y, [m[0] for m in moved]), (x, [m[1] for m in moved])):
        assert -3.01 < min(others) - place < -2.7
        assert 2.7 < max(others) - place < 3.01


def test_a_scale_changes_the_amount_of_ink_by_its_square() -> None:
    block = torch.zeros(1, 28, 28, dtype=torch.uint8)
    block[:, 9:19, 9:19] = 255
    ink = distort(block.expand(300, -1, -1), Distortions(0, 0.2, 0, 0), generator()).double().sum((1, 2)) / 255
    assert float(ink.min()) == pytest.approx(100 * 0.8**2, rel=0.05)
    assert float(ink.max()) == pytest.approx(100 * 1.2**2, rel=0.05)
    squeezed = distort(block.expand(300, -1, -1), Distortions(0, 0, 0.2, 0), generator()).double().sum((1, 2)) / 255
    assert float((squeezed - 100).abs().max()) < 3


def test_a_shear_moves_rows_against_each_other_and_keeps_their_ink() -> None:
    bar = torch.zeros(1, 28, 28, dtype=torch.uint8)
    bar[:, 4:24, 12:16] = 255
    sheared = distort(bar.expand(100, -1, -1), Distortions(0, 0, 0, 0.25), generator()).double()
    rows = torch.arange(32, dtype=torch.float64)
    places = (sheared @ rows) / sheared.sum(2).clamp(min=1)
    slope = (places[:, 25] - places[:, 6]) / 19
    assert float(slope.abs().max()) == pytest.approx(0.25, abs=0.02)
    assert float(slope.min()) < 0 < float(slope.max())
    assert torch.allclose(sheared[:, 6:26].sum(2), torch.full((100, 20), 4 * 255.0, dtype=torch.float64), atol=3)


def test_pixels_are_inverted_as_often_as_asked_and_no_other_changes() -> None:
    images = some_digits()
    plain = distort(images, NONE, generator())
    noisy = distort(images, Distortions(0, 0, 0, 0, inverted=0.1), generator())
    changed = noisy != plain
    assert torch.equal(noisy[changed], 255 - plain[changed])
    assert float(changed.double().mean()) == pytest.approx(0.1, abs=0.01)


def test_no_image_gives_none() -> None:
    assert distort(torch.zeros(0, 28, 28, dtype=torch.uint8), Distortions(), generator()).shape == (0, 32, 32)


@pytest.mark.parametrize("images", [torch.zeros(2, 28, 28), torch.zeros(2, 33, 28, dtype=torch.uint8)])
def test_what_is_no_image_is_refused(images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="give N×height×width uint8, at most 32×32 each"):
        distort(images, Distortions(), generator())


@pytest.mark.parametrize("field", ["shift", "scale", "squeeze", "shear", "elastic", "inverted"])
@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_a_range_that_is_none_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"A {field} of ±{value} was given; give a range from 0"):
        Distortions(**{field: value})


def test_no_smoothness_and_no_copies_are_refused() -> None:
    for value in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=f"A smoothness of {value} pixels was given; give more than 0"):
            Distortions(smoothness=value)
    with pytest.raises(ValueError, match="0 distorted copies were given; give 1 or more, or None"):
        Distortions(copies=0)
