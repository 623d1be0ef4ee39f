"""Every kind of picture to the same grey levels, and every bad one to one sentence."""

import io
import os
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import EpsImagePlugin, Image, ImageOps

import lenet5
from bad_pictures import READ, REFUSED, animated
from lenet5.reading.formats import picture_file
from lenet5.reading.grey_levels import MOST_PIXELS, grey_levels
from strokes import drawn

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


def test_open_files(tmp_path: Path) -> None:
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


def test_bad_pictures_are_refused_in_a_sentence(tmp_path: Path) -> None:
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
        (np.array([[None, 1]]), "numbers"),
        (np.full((4, 4), np.inf), "not finite"),
        (np.broadcast_to(np.uint8(0), (10**6, 10**6)), "give one of a picture's size"),
        (Image.new("L", (0, 5)), "A picture of 0×5 was given; give one with pixels"),
        (Image.new("RGB", (5, 0)), "A picture of 5×0 was given; give one with pixels"),
        ([[0, 1], [1, 0]], "A value of type list was given; give a path"),
        ("/dev/zero", "cannot be read .it is a folder or a device.; give the path"),
        ("/dev/null", "cannot be read .it is a folder or a device.; give the path"),
        ("x" * 5000, "cannot be read .File name too long"),
        ({"a": 1}, "A value of type dict was given"),
        (None, "A value of type NoneType was given"),
    ):
        with pytest.raises(ValueError, match=sentence):
            grey_levels(picture)


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    side = int(MOST_PIXELS**0.5) + 100
    content = file(Image.new("1", (side, side)), "PNG")
    assert len(content) < 100_000
    with pytest.raises(ValueError, match=rf"{side}×{side} was given; give one of at most 64,000,000 pixels"):
        grey_levels(content)


def test_matrices_and_long_fractions_are_arrays() -> None:
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix(RAMP)
    np.testing.assert_allclose(grey_levels(matrix), RAMP / 255, atol=1e-6)
    np.testing.assert_allclose(grey_levels(RAMP.astype(np.longdouble) / 255), RAMP / 255, atol=1e-6)
    np.testing.assert_allclose(grey_levels(np.longdouble("1e4000") * RAMP), RAMP / 255, atol=1e-6)
    np.testing.assert_allclose(grey_levels(RAMP.astype(np.float16)), RAMP / 255, atol=1e-6)


def test_files_that_are_closed_endless_or_fail() -> None:
    class Failing(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise RuntimeError("no disk")

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(min(size, 10_000_000))

    closed = io.BytesIO(b"")
    closed.close()
    for opened, sentence in (
        (closed, "closed file"),
        (Failing(), "cannot be read .no disk"),
        (Endless(), "of more than 256 MB"),
    ):
        with pytest.raises(ValueError, match=sentence):
            grey_levels(opened)


def test_a_pipe_is_waited_for_but_not_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = file(Image.fromarray(RAMP), "PNG")

    def write() -> None:
        time.sleep(0.2)
        with pipe.open("wb", buffering=0) as opened:
            for at in range(0, len(content), 10):
                opened.write(content[at : at + 10])

    writer = threading.Thread(target=write)
    writer.start()
    np.testing.assert_allclose(grey_levels(pipe), RAMP / 255, atol=1e-6)
    writer.join()
    monkeypatch.setattr("lenet5.reading.grey_levels.PIPE_SECONDS", 0.1)
    with pytest.raises(ValueError, match=r"nothing came through the pipe in 0\.1 s"):
        grey_levels(pipe)


def test_too_little_memory_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise MemoryError

    for name, picture in (("_of_rows", RAMP), ("_decoded", file(Image.fromarray(RAMP), "PNG"))):
        with monkeypatch.context() as patch:
            patch.setattr(f"lenet5.reading.grey_levels.{name}", none)
            with pytest.raises(ValueError, match="too little memory for this picture; give a smaller one"):
                grey_levels(picture)


OTHERS = ("EPS", "PPM", "ICO", "ICNS", "PCX", "SGI", "QOI", "TGA", "DDS", "XBM", "PDF", "JPEG2000", "AVIF", "DIB")


@pytest.mark.parametrize("kind", OTHERS)
def test_no_other_format_is_opened(kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was started"))
    image = Image.fromarray(np.kron(RAMP, np.ones((10, 10), np.uint8)))
    content = file(image.convert({"XBM": "1", "QOI": "RGB"}.get(kind, "L")), kind)
    (tmp_path / "a.png").write_bytes(content)
    for picture in (content, io.BytesIO(content), tmp_path / "a.png"):
        with pytest.raises(ValueError, match=r"; give a PNG, JPEG, WebP, BMP, TIFF or GIF file\.$") as error:
            grey_levels(picture)
        if kind not in ("TGA", "DIB", "PCX", "SGI", "DDS"):
            name = {"PPM": "PNM", "JPEG2000": "JPEG 2000"}.get(kind, kind)
            assert name in str(error.value)


def test_post_script_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a program was started"))
    with pytest.raises(ValueError, match=r"PostScript \(EPS\) was given; give a PNG"):
        grey_levels(REFUSED["endless PostScript"]())


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        *(("TIFF", {"compression": f"tiff_{way}"}) for way in ("lzw", "adobe_deflate", "jpeg")),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"big_tiff": True}),
    ],
)
def test_what_is_handed_on_is_the_same_picture_without_what_is_aside(kind: str, how: dict[str, object]) -> None:
    """The oracle: Pillow, of the whole file; every orientation, a profile, a comment."""
    colours = np.dstack([np.kron(RAMP, np.ones((16, 16), np.uint8))] * 3)
    colours[20:60, 30:50, 0] //= 2
    image = Image.fromarray(colours)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        aside: dict[str, object] = {"exif": exif, "icc_profile": b"profile" * 3000}
        content = file(image, kind, **how, **({} if kind == "TIFF" else aside))
        if kind == "TIFF":
            content = file(image, kind, **how, tiffinfo={0x0112: orientation, 270: "a comment" * 100})
        kept = picture_file(content)
        assert b"profileprofile" not in kept.content
        assert kept.orientation == orientation
        with Image.open(io.BytesIO(content)) as whole:
            decoded = np.asarray(ImageOps.exif_transpose(whole).convert("RGB"))
        expected = grey_levels(decoded)
        found = grey_levels(content)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_several_pages_are_counted() -> None:
    for kind, pages in (("GIF", 5), ("WEBP", 5), ("PNG", 5), ("TIFF", 5)):
        reading = lenet5.read(animated(kind, pages))
        assert reading.pages == pages
        assert reading.note.endswith("The first of 5 pages was read.")
        assert reading.as_dict()["pages"] == pages
    alone = lenet5.read(file(Image.fromarray(drawn(3)), "PNG"))
    assert alone.pages == 1
    assert "pages" not in alone.as_dict()


def test_scans_of_later_pages_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lenet5.reading.formats.limits.MOST_SCANNED", 64 * 64 * 3 * 2)
    pages = [Image.new("RGB", (64, 64), (level, 0, 0)) for level in range(5)]
    for number in (1, 5):
        content = file(pages[0], "TIFF", compression="jpeg", save_all=True, append_images=pages[1:number])
        assert grey_levels(content).shape == (64, 64)
    with pytest.raises(ValueError, match="so many pixels and scans"):
        grey_levels(file(Image.new("RGB", (640, 640)), "TIFF", compression="jpeg"))


def test_several_pictures_are_not_taken_for_the_colours_of_one() -> None:
    digits = torch.stack([torch.from_numpy(drawn(digit, 60)) for digit in (2, 7, 4, 1, 1, 0)])
    for several in (
        digits[:3],
        digits[:4],
        digits[1:4],
        digits,
        digits[:, None],
        digits[:1, None],
        digits[:3].float() / 255,
        digits[:3].numpy(),
        digits[:2],
    ):
        with pytest.raises(ValueError, match=r"several pictures; read them one by one .*\[lenet5.read\(image\) for"):
            lenet5.read(several)
    assert [lenet5.read(image).digit for image in digits[:3]] == [2, 7, 4]


def test_three_planes_of_one_picture_are_its_colours() -> None:
    """Ink and paper of any two colours: the planes rise and fall together, or one against the other, or are flat."""
    ink = drawn(4, 60)[..., None] / 255
    for dark, light in (((255, 0, 0), (0, 130, 0)), ((10, 20, 200), (255, 250, 240)), ((255, 255, 0), (255, 255, 255))):
        page = np.rint(ink * dark + (1 - ink) * light).astype(np.uint8)
        np.testing.assert_array_equal(grey_levels(page.transpose(2, 0, 1)), grey_levels(page))
        np.testing.assert_array_equal(grey_levels(torch.from_numpy(page).permute(2, 0, 1)), grey_levels(page))


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_take_too_much_is_refused(name: str) -> None:
    """What decoding them takes would be seen: minutes, or gigabytes."""
    content = REFUSED[name]()
    before = time.process_time()
    with pytest.raises(ValueError, match=r"; .*\.$"):
        grey_levels(content)
    assert time.process_time() - before < 5


@pytest.mark.parametrize("kind", [2, 3, 4])
def test_decoders_are_silent(kind: int, capfd: pytest.CaptureFixture[str]) -> None:
    """A fax of which each line is damaged: libtiff has an error for each."""
    grey_levels(READ[f"TIFF, fax of noise, kind {kind}"]())
    assert capfd.readouterr() == ("", "")


def test_an_image_of_a_format_that_is_not_named_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow starts another program for EPS, and decodes an image when it is first asked for."""
    from PIL import EpsImagePlugin

    started: list[object] = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *how: started.append(how))
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"
    with pytest.raises(ValueError, match="A Pillow image of a file of EPS was given; give one of a PNG"):
        grey_levels(Image.open(io.BytesIO(eps)))
    assert started == []
    with Image.open(io.BytesIO(file(Image.fromarray(RAMP), "PNG"))) as opened:
        np.testing.assert_allclose(grey_levels(opened), RAMP / 255, atol=1e-6)
    with Image.open(io.BytesIO(file(Image.fromarray(RAMP), "PPM"))) as opened:
        np.testing.assert_allclose(grey_levels(opened.copy()), RAMP / 255, atol=1e-6)
