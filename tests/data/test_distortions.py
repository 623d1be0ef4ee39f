import numpy as np
import pytest
import torch
from scipy import ndimage

from lenet5.data import load_dataset
from lenet5.data.distortions import Distortions, distort, look_up, places, waves

NONE = Distortions(shift=0, scale=0, squeeze=0, shear=0)


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_digits(n: int = 40) -> torch.Tensor:
    return load_dataset("digits", None).train.images[:n]


def test_no_distortion_is_the_image_in_the_middle_of_the_field() -> None:
    images = some_digits()
    expected = torch.nn.functional.pad(images, (2, 2, 2, 2))
    assert torch.equal(distort(images, NONE, generator()), expected)


def test_equals_scipys_affine_transform() -> None:
    """The oracle takes the matrix from output to input coordinates, rows first, and interpolates linearly too."""
    images = some_digits(12)
    right, down, scale, squeeze, shear = (torch.rand(5, 12, generator=generator(3)) - 0.5) * torch.tensor(
        [[6.0], [6.0], [0.4], [0.4], [1.0]]
    )
    given = look_up(images, *places(right, down, scale, squeeze, shear))
    for n in range(12):
        field = np.pad(images[n].numpy().astype(float), 2)
        across = 1 / ((1 + scale[n]) * (1 + squeeze[n]))
        along = (1 + squeeze[n]) / (1 + scale[n])
        matrix = np.array([[along, 0], [shear[n], across]], dtype=float)
        centre = np.full(2, 15.5)
        offset = centre - matrix @ centre - np.array([down[n], right[n]], dtype=float)
        expected = ndimage.affine_transform(field, matrix, offset, order=1, mode="constant")
        assert np.abs(given[n].numpy() - expected).max() <= 0.51


def test_looking_up_equals_scipys_interpolation_wherever_it_looks() -> None:
    images = some_digits(6)
    x, y = (torch.rand(2, 6, 32, 32, generator=generator(4)) - 0.5) * 40
    given = look_up(images, x, y)
    for n in range(6):
        places_of = np.stack([y[n].numpy(), x[n].numpy()]).astype(float) + 13.5
        expected = ndimage.map_coordinates(images[n].numpy().astype(float), places_of, order=1, mode="grid-constant")
        assert np.abs(given[n].numpy() - expected).max() <= 0.51


@pytest.mark.parametrize("smoothness", [2.0, 4.0, 7.0])
def test_waves_are_distributed_as_white_noise_under_scipys_gaussian(smoothness: float) -> None:
    """Variance 1 at every pixel, and pixels as far apart as 6 as alike as in smoothed noise."""
    noise = np.random.default_rng(1).standard_normal((60, 128, 128))
    smooth = ndimage.gaussian_filter(noise, (0, smoothness, smoothness), mode="wrap")
    smooth /= smooth.std()
    drawn = waves(3000, smoothness, generator())
    assert drawn.shape == (2, 3000, 32, 32)
    assert float((drawn.var(dim=(0, 1)) - 1).abs().max()) < 0.1
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
