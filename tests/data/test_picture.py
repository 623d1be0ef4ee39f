"""Every kind of picture to the same grey levels, and every bad one to one sentence."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from lenet5.data.picture import MOST_PIXELS, grey_levels

RAMP = np.linspace(0, 255, 48).astype(np.uint8).reshape(6, 8)


def file(image: Image.Image, kind: str, **how: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_kinds_without_loss(kind: str) -> None:
    how = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_allclose(grey_levels(file(Image.fromarray(RAMP), kind, **how)), RAMP / 255, atol=0.006)


def test_a_jpeg_is_about_the_same() -> None:
    large = np.kron(RAMP, np.ones((16, 16), np.uint8))
    np.testing.assert_allclose(grey_levels(file(Image.fromarray(large), "JPEG", quality=95)), large / 255, atol=0.03)


def test_modes() -> None:
    grey = Image.fromarray(RAMP)
    for image in (grey.convert("RGB"), grey.convert("RGBA"), grey.convert("LA"), grey.convert("P")):
        np.testing.assert_allclose(grey_levels(file(image, "PNG")), RAMP / 255, atol=0.006)
    bilevel = Image.fromarray(RAMP > 100)
    np.testing.assert_array_equal(grey_levels(file(bilevel, "PNG")), RAMP > 100)
    deep = Image.fromarray(RAMP.astype(np.uint16) * 257)
    np.testing.assert_allclose(grey_levels(file(deep, "PNG")), RAMP / 255, atol=1e-4)
    np.testing.assert_allclose(grey_levels(file(deep, "TIFF")), RAMP / 255, atol=1e-4)
    cmyk = grey.convert("RGB").convert("CMYK")
    np.testing.assert_allclose(grey_levels(file(cmyk, "TIFF")), RAMP / 255, atol=0.02)


def test_what_is_transparent_is_paper() -> None:
    """Dark strokes on nothing are dark on white, light ones light on black."""
    opacity = np.zeros((20, 20), np.uint8)
    opacity[5:15, 9:11] = 255
    for ink, paper in ((0, 1.0), (255, 0.0)):
        drawing = np.dstack([np.full((20, 20, 3), ink, np.uint8), opacity])
        grey = grey_levels(file(Image.fromarray(drawing), "PNG"))
        assert grey[0, 0] == pytest.approx(paper)
        assert grey[10, 10] == pytest.approx(ink / 255)


def test_a_photo_is_turned_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90° clockwise
    grey = grey_levels(file(Image.fromarray(RAMP), "PNG", exif=exif))
    np.testing.assert_allclose(grey, np.rot90(RAMP, -1) / 255, atol=1e-6)


def test_of_an_animation_the_first_frame() -> None:
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    content = file(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(grey_levels(content), RAMP / 255, atol=0.006)


def test_ink_that_differs_in_colour_alone_is_seen() -> None:
    """Red on green of the same brightness."""
    page = np.zeros((30, 30, 3), np.uint8)
    page[...] = (0, 130, 0)
    page[8:22, 13:17] = (255, 0, 0)
    grey = grey_levels(page)
    assert abs(float(grey[15, 15]) - float(grey[2, 2])) > 0.3


def test_arrays_and_tensors() -> None:
    expected = RAMP / 255
    colour = np.repeat(RAMP[..., None], 3, axis=2)
    for picture in (
        RAMP,
        colour,
        colour.transpose(2, 0, 1),
        RAMP.astype(np.int64),
        RAMP.astype(np.float64) / 255,
        RAMP.astype(np.float32),
        RAMP.astype(np.uint16) * 257,
        torch.from_numpy(RAMP),
        torch.from_numpy(colour),
        torch.from_numpy(RAMP)[None],
    ):
        np.testing.assert_allclose(grey_levels(picture), expected, atol=1e-4)


def test_open_files(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(file(Image.fromarray(RAMP), "PNG"))
    for buffering in (0, -1):
        with (tmp_path / "a.png").open("rb", buffering=buffering) as opened:
            np.testing.assert_allclose(grey_levels(opened), RAMP / 255, atol=1e-6)


@pytest.mark.parametrize(("levels", "most"), [(1, 1), (1023, 1023), (1000, 1023), (4095, 4095), (65535, 65535)])
def test_integers_are_of_as_many_bits_as_they_need(levels: int, most: int) -> None:
    page = np.linspace(0, levels, 48).astype(np.uint16).reshape(6, 8)
    np.testing.assert_allclose(grey_levels(page), page / most, atol=1e-6)
    if levels > 255:
        np.testing.assert_allclose(grey_levels(file(Image.fromarray(page), "PNG")), page / most, atol=1e-6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP"])
def test_a_very_large_picture_is_reduced_to_the_means_of_squares(kind: str) -> None:
    """3,000 pixels are more than 2,048, so that squares of 2×2 become one pixel; as arrays too."""
    large = np.kron(np.tile(RAMP, (20, 75)), np.ones((5, 5), np.uint8))[:, :3000]
    expected = large.reshape(300, 2, 1500, 2).mean((1, 3)) / 255
    np.testing.assert_allclose(grey_levels(large), expected, atol=0.006)
    for image in (Image.fromarray(large), Image.fromarray(large).convert("RGB")):
        found = grey_levels(file(image, kind, **({"quality": 95} if kind == "JPEG" else {})))
        assert found.shape == expected.shape
        assert np.abs(found - expected).mean() < (0.02 if kind == "JPEG" else 0.003)


def test_bad_pictures_are_refused_in_a_sentence(tmp_path) -> None:
    whole = file(Image.fromarray(np.kron(RAMP, np.ones((20, 20), np.uint8))), "PNG")
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    for picture, sentence in (
        (b"not a picture", "no picture; give a PNG, JPEG"),
        (b"", "The file is empty; give a PNG"),
        (io.StringIO("text"), "A file of text was given; open it as bytes"),
        ("a\0b", "cannot be read .*; give the path"),
        (Image.open(io.BytesIO(whole[: len(whole) // 2])), "cut off or damaged"),
        (torch.eye(4).to_sparse(), "no array was given .*; give a dense one"),
        (tmp_path / "cut.png", "cut off or damaged .*; give a whole file"),
        (tmp_path / "none.png", "The file cannot be read .*; give the path"),
        (tmp_path, "cannot be read"),
        (np.zeros((0, 5)), "shape .0, 5. was given; give height×width"),
        (np.zeros(5), "shape"),
        (np.zeros((4, 4, 2, 2)), "shape"),
        (np.full((4, 4), np.nan), "not finite"),
        (np.full((4, 4), -1), "below 0"),
        (np.full((4, 4), -1.0), "below 0"),
        (np.array([["a", "b"]]), "numbers"),
        (np.ones((3, 3), complex), "numbers"),
        ({"a": 1}, "A dict was given"),
        (None, "A NoneType was given"),
    ):
        with pytest.raises(ValueError, match=sentence):
            grey_levels(picture)


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    side = int(MOST_PIXELS**0.5) + 100
    content = file(Image.new("1", (side, side)), "PNG")
    assert len(content) < 100_000
    with pytest.raises(ValueError, match=rf"{side}×{side} was given; give one of at most 64,000,000 pixels"):
        grey_levels(content)
