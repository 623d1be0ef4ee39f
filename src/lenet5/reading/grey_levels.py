"""Any picture as grey levels: files, bytes, Pillow images, arrays and tensors. Pillow decodes them."""

import contextlib
import ctypes
import io
import os
import select
import stat
import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5.reading.formats import FORMATS, picture_file
from lenet5.reading.formats.jpeg import draft_size
from lenet5.reading.formats.limits import (
    LARGEST_SIDE,
    MOST_BYTES,
    MOST_PIXELS,
    MOST_SIDE,
    PictureFile,
    TooLargeError,
    check_size,
    damaged,
)

Grey = NDArray[np.float32]

# What is in the memory already may be larger than what is decoded, but not without end.
MOST_VALUES: Final = 16 * MOST_PIXELS

# So many seconds a pipe is waited for.
PIPE_SECONDS: Final = 3

# About so many values at a time become fractions, so that a large picture need never be one of fractions as a whole.
BAND: Final = 2_000_000

# Of foreground on background, three planes of colour show the same; three pictures of digits do not.
ALIKE: Final = 0.9

# What the formats are to Pillow; a phone's JPEG is MPO, and an image that was made has none. Of other formats a decoder
# might start, for Pillow decodes an image when it is first asked for.
FORMATS_OF_PILLOW: Final = frozenset((None, "PNG", "JPEG", "MPO", "WEBP", "BMP", "TIFF", "GIF"))

# By EXIF's number: how often to turn by 90° anticlockwise, and whether to mirror left and right before.
TURNS: Final = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (3, False), 7: (3, True), 8: (1, False)}


def bytes_of(file: Any) -> bytes:
    """The bytes of a file by its path, or of an open one.

    Raises:
        ValueError: they cannot be read, or are too many.
    """
    try:
        content = _all_of(file) if hasattr(file, "read") else _all_in(file)
    # An open file may be an object of any kind, and fail in any way.
    except Exception as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ValueError(f"The file cannot be read ({why}); give the path of a picture.") from error
    if not isinstance(content, bytes):
        raise ValueError("A file of text was given; open it as bytes.")
    if len(content) > MOST_BYTES:
        raise TooLargeError(f"A file of more than {MOST_BYTES // 1_000_000} MB was given; give a picture.")
    return content


def _all_in(path: Any) -> Any:
    # A pipe that nobody writes to is opened without waiting for somebody who does, and is empty.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as opened:  # noqa: PTH123 a descriptor has no path
        kind = os.fstat(descriptor).st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):
            raise ValueError("it is a folder or a device")
        if stat.S_ISFIFO(kind):
            # A pipe that nobody has opened to write looks empty, and would be waited for without end.
            if not select.select([descriptor], [], [], PIPE_SECONDS)[0]:
                raise OSError(0, f"nothing came through the pipe in {PIPE_SECONDS} s")
            os.set_blocking(descriptor, True)
        return _all_of(opened)


def _all_of(opened: Any) -> Any:
    """What is read from a file until its end, or until it is too much; of a pipe, a part comes at a time."""
    parts = [opened.read(MOST_BYTES + 1)]
    while isinstance(parts[-1], bytes) and parts[-1] and (room := MOST_BYTES + 1 - sum(map(len, parts))) > 0:
        parts.append(opened.read(room))
    return b"".join(parts) if isinstance(parts[-1], bytes) else parts[-1]


def grey_levels(picture: Any) -> Grey:
    """The grey levels of a picture, height×width, from 0, black, to 1, white.

    A file is PNG, JPEG, WebP, BMP, TIFF or GIF.
    Colour becomes the grey that tells foreground from background best, which is not always its brightness.
    What is transparent is background. A photo is turned as its EXIF says.
    Of several pages, or of an animation, the first is taken.
    Integers are of as many bits as the largest needs, 8 at least; a mask of 0 and 1 is one.
    Colours may come first only where the planes show the same; else they are several pictures.

    Args:
        picture: a file's path or an open file, its bytes, a Pillow image, or an array or tensor: height×width,
            height×width×3 or ×4, or 3×height×width, integers of any depth, or fractions from 0 to 1.

    Raises:
        ValueError: it is no picture, cut off, empty, or several pictures, or takes too much to decode.
    """
    return first_page(picture)[0]


def first_page(picture: Any) -> tuple[Grey, int]:
    """What `grey_levels` gives, and how many pages the file has.

    Raises:
        ValueError: as `grey_levels` does.
    """
    if isinstance(picture, (str, os.PathLike)) or hasattr(picture, "read"):
        picture = bytes_of(picture)
    try:
        if isinstance(picture, (bytes, bytearray, memoryview)):
            file = picture_file(bytes(picture))
            return _turned(_decoded(file), file.orientation), file.pages
        if hasattr(picture, "detach"):
            picture = _of_tensor(picture)
        if isinstance(picture, np.ndarray):
            return _of_array(picture), 1
        if hasattr(picture, "getbands"):
            if getattr(picture, "format", None) not in FORMATS_OF_PILLOW:
                raise ValueError(
                    f"A Pillow image of a file of {picture.format} was given; give one of {FORMATS}, or its copy()."
                )
            return _of_pillow(picture), 1
    except MemoryError as error:
        raise TooLargeError("There is too little memory for this picture; give a smaller one.") from error
    raise ValueError(
        f"A value of type {type(picture).__name__} was given; give a path, bytes, a Pillow image, an array or a tensor."
    )


def _of_tensor(tensor: Any) -> Any:
    try:
        dense = tensor.detach().cpu()
        return (dense.float() if dense.is_floating_point() else dense).numpy()
    except (TypeError, RuntimeError) as error:
        raise ValueError(f"A tensor that is no array was given ({error}); give a dense one.") from error


def _decoded(file: PictureFile) -> Grey:
    """By the decoder of its format, and no other: `Image.open` would ask all that Pillow knows."""
    if file.kind == "Tiff":
        _silence_libtiff()
    decoder = getattr(import_module(f"PIL.{file.kind}ImagePlugin"), f"{file.kind}ImageFile")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = decoder(io.BytesIO(file.content))
            if file.kind == "Jpeg":
                image.draft(None, draft_size(*image.size))
        except MemoryError:
            raise
        # What a damaged file makes of Pillow's decoders is any kind of exception.
        except Exception as error:
            damaged(error)
        check_size(*image.size)
        return _of_pillow(image)


@cache
def _silence_libtiff() -> None:
    """Its errors, of which a damaged fax has one a line, would all go to the standard error; Pillow raises one."""
    from PIL import _imaging

    # Where Pillow has none, or has it within itself, there is nothing to call.
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


def _turned(grey: Grey, orientation: int) -> Grey:
    """As EXIF's number says."""
    turns, mirrored = TURNS.get(orientation, (0, False))
    return np.ascontiguousarray(np.rot90(grey[:, ::-1] if mirrored else grey, turns))


def _of_pillow(image: Any) -> Grey:
    if 0 in image.size:
        raise ValueError(f"A picture of {image.width}×{image.height} was given; give one with pixels.")
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        damaged(error)
    if image.mode.startswith(("I", "F")):
        return _of_array(np.asarray(image))
    mode = "L" if image.mode in ("1", "L") else "RGB"
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        mode = "RGBA"

    def rows(top: int, bottom: int) -> NDArray[np.uint8]:
        part = image if bottom - top == image.height else image.crop((0, top, image.width, bottom))
        part = part if part.mode == mode else part.convert(mode)
        return np.asarray(part.convert("RGBa") if mode == "RGBA" else part)

    return _of_rows(rows, image.height, image.width)


def _of_array(values: NDArray[Any]) -> Grey:
    """By its shape and type."""
    values = np.asarray(values)
    if values.size > MOST_VALUES or max(values.shape, default=0) > MOST_SIDE:
        raise TooLargeError(f"An array of shape {values.shape} was given; give one of a picture's size.")
    if not (np.issubdtype(values.dtype, np.number) or values.dtype == np.bool_) or np.iscomplexobj(values):
        raise ValueError(f"An array of {values.dtype} was given; give grey levels or colours as numbers.")
    values = _colours_last(values)
    lowest, highest = values.min(), values.max()
    if not (np.isfinite(lowest) and np.isfinite(highest) and lowest > -1e-3):
        raise ValueError(
            "An array with values below 0 or not finite was given; give levels from 0 up, or fractions from 0 to 1."
        )
    if np.issubdtype(values.dtype, np.integer):
        # A mask has 0 and 1; what has more than 8 bits, has so many as its largest level needs.
        bits = int(highest).bit_length()
        white = 1 if bits <= 1 else 255 if values.dtype.itemsize == 1 else max(255, 2**bits - 1)
    else:
        white = 1 if highest <= 1.001 else 255 if highest <= 255 else highest
    exact = np.result_type(values.dtype, np.float32)

    def rows(top: int, bottom: int) -> Grey:
        part: Grey = np.divide(values[top:bottom], white, dtype=exact).astype(np.float32, copy=False)
        if part.ndim == 3 and part.shape[2] == 4:
            part[..., :3] *= part[..., 3:]
        return part

    return _of_rows(rows, values.shape[0], values.shape[1])


def _colours_last(values: NDArray[Any]) -> NDArray[Any]:
    """Height×width, or with 3 or 4 colours; raises ValueError for another shape, and for several pictures."""
    shape = values.shape
    if 0 in shape or values.ndim < 2:
        raise ValueError(f"An array of shape {shape} was given; give height×width, or with 3 or 4 colours.")
    if values.ndim == 2 or (values.ndim == 3 and shape[2] in (3, 4)):
        return values
    if values.ndim == 3 and 1 in (shape[0], shape[2]):
        return values[..., 0] if shape[2] == 1 else values[0]
    if values.ndim == 3 and shape[0] in (3, 4) and _one_picture(values[:3]):
        return np.moveaxis(values, 0, 2)
    raise ValueError(
        f"An array of shape {shape} was given, which is several pictures; read them one by one "
        "([lenet5.read(image) for image in images]), or give height×width×3 if it is one in colours."
    )


def _one_picture(planes: NDArray[Any]) -> bool:
    """Whether three planes go up and down together, or against each other, as those of one picture do."""
    step = max(1, max(planes.shape) // 256)
    each = planes[:, ::step, ::step].reshape(3, -1).astype(np.float64)
    each = each[each.min(axis=1) < each.max(axis=1)]
    return len(each) < 2 or float(np.abs(np.corrcoef(each)).min()) > ALIKE


def _of_rows(rows: Callable[[int, int], NDArray[Any]], height: int, width: int) -> Grey:
    """From what gives the rows from one to another: grey, colours, or colours times their opacity, and it.

    They are fractions, or levels of 8 bits. A picture larger than need be is reduced by a whole factor, to the means of
    squares, a band at a time.
    """
    factor = -(-max(height, width) // LARGEST_SIDE)
    if factor == 1:
        reduced = rows(0, height)
    else:
        # Of a picture of a few rows, no more than all of them become one.
        down, across = min(factor, height), min(factor, width)
        tall, wide = height // down, width // across
        step = max(1, BAND // (width * down))
        bands = []
        for top in range(0, tall, step):
            size = min(step, tall - top)
            band = rows(top * down, (top + size) * down)[:, : wide * across]
            small = cv2.resize(band, (wide, size), interpolation=cv2.INTER_AREA)
            bands.append(small.reshape(size, wide, *band.shape[2:]))
        reduced = np.concatenate(bands)
    if reduced.dtype == np.uint8:
        reduced = reduced.astype(np.float32) / np.float32(255)
    if reduced.ndim == 2:
        return reduced
    return _of_colours(_on_background(reduced) if reduced.shape[2] == 4 else reduced)


def _on_background(drawn: Grey) -> Grey:
    """Colours times their opacity, and it, become colours: on white, or on black where all that is drawn is light."""
    colours, opacity = drawn[..., :3], drawn[..., 3:]
    mean = float(colours.sum()) / 3 / max(float(opacity.sum()), 1e-6)
    return colours + (1 if mean < 0.6 else 0) * (1 - opacity)


def _of_colours(colours: Grey) -> Grey:
    """Brightness, or where foreground and background differ more in colour, the direction in which they do."""
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
    brightness: Grey = colours @ weights
    step = max(1, max(colours.shape[:2]) // 128)
    sample = colours[::step, ::step].reshape(-1, 3)
    away = sample - np.median(sample, axis=0)
    variance, direction = np.linalg.eigh(away.T @ away / len(away))
    if variance[-1] < 4 * float(np.var(sample @ weights)):
        return brightness
    axis = direction[:, -1] * (1 if direction[:, -1].sum() >= 0 else -1)
    along: Grey = (colours @ axis.astype(np.float32)) / max(float(np.abs(axis).sum()), 1.0)
    return along - min(float(along.min()), 0.0)
