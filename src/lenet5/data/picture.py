"""Any picture as grey levels: files, bytes, Pillow images, arrays and tensors. Pillow decodes them."""

import io
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

# A picture of more pixels is refused before it is decoded, for it would fill the memory; a larger JPEG file need not be
# decoded whole.
MOST_PIXELS: Final = 64_000_000

# A file of more bytes is none that a picture of so many pixels needs.
MOST_BYTES: Final = 256_000_000

# A larger picture is reduced to about so many pixels a side; a digit of it is still larger than the network's field.
LARGEST_SIDE: Final = 2048


class TooLargeError(ValueError):
    """A picture of more pixels than can be decoded; the sentence says how many."""


def bytes_of(file: Any) -> bytes:
    """The bytes of a file by its path, or of an open one.

    Raises ValueError where they cannot be read, and where they are too many.
    """
    try:
        if hasattr(file, "read"):
            content = file.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"The file cannot be read ({error.strerror}); give the path of a picture.") from error
    except ValueError as error:
        raise ValueError(f"The file cannot be read ({error}); give the path of a picture.") from error
    if not isinstance(content, bytes):
        raise ValueError("A file of text was given; open it as bytes.")
    if len(content) > MOST_BYTES:
        raise ValueError(f"A file of more than {MOST_BYTES // 1_000_000} MB was given; give a picture.")
    return content


def grey_levels(picture: Any) -> Grey:
    """The grey levels of a picture, height×width, from 0, black, to 1, white.

    picture: a file's path or an open file, its bytes, a Pillow image, or an array or tensor: height×width,
    height×width×3 or ×4, or 3×height×width, integers of any depth, or fractions from 0 to 1.
    Colour becomes the grey that tells ink from paper best, which is not always its brightness; what is transparent is
    paper; a photo is turned as its EXIF says; of an animation the first frame is taken; integers are of as many bits as
    the largest needs, 8 at least, and a mask of 0 and 1 is one.
    Raises ValueError for what is no picture, is cut off, empty or too large.
    """
    if isinstance(picture, (str, Path)) or hasattr(picture, "read"):
        picture = bytes_of(picture)
    if isinstance(picture, (bytes, bytearray)):
        return _of_pillow(_decoded(bytes(picture)))
    if hasattr(picture, "detach"):
        picture = _of_tensor(picture)
    if isinstance(picture, np.ndarray):
        return _of_array(picture)
    if hasattr(picture, "getbands"):
        try:
            return _of_pillow(picture)
        except OSError as error:
            raise ValueError(f"The picture is cut off or damaged ({error}); give a whole file.") from error
    raise ValueError(f"A {type(picture).__name__} was given; give a path, bytes, a Pillow image, an array or a tensor.")


def _of_tensor(tensor: Any) -> Any:
    try:
        dense = tensor.detach().cpu()
        return (dense.float() if dense.is_floating_point() else dense).numpy()
    except (TypeError, RuntimeError) as error:
        raise ValueError(f"A tensor that is no array was given ({error}); give a dense one.") from error


def _decoded(content: bytes) -> Any:
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not content:
        raise ValueError("The file is empty; give a PNG, JPEG, WebP, BMP, TIFF or GIF file.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(content))
        except UnidentifiedImageError as error:
            raise ValueError("What was given is no picture; give a PNG, JPEG, WebP, BMP, TIFF or GIF file.") from error
        except Image.DecompressionBombError as error:
            raise TooLargeError(f"The picture has more than {MOST_PIXELS:,} pixels; give a smaller one.") from error
        # What a damaged file makes of Pillow's decoders is any kind of exception.
        except Exception as error:
            raise ValueError(f"The picture is cut off or damaged ({error}); give a whole file.") from error
        # A JPEG file can be decoded at a half, a quarter or an eighth of its size.
        if image.format == "JPEG":
            image.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
        if image.width * image.height > MOST_PIXELS:
            raise TooLargeError(
                f"A picture of {image.width}×{image.height} was given; give one of at most {MOST_PIXELS:,} pixels."
            )
        try:
            image.load()
            factor = -(-max(image.size) // LARGEST_SIDE)
            # Before it becomes fractions, which take four times the memory.
            if factor > 1 and image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
                return ImageOps.exif_transpose(image).reduce(factor)
            return ImageOps.exif_transpose(image)
        except Exception as error:
            raise ValueError(f"The picture is cut off or damaged ({error}); give a whole file.") from error


def _of_pillow(image: Any) -> Grey:
    if image.mode in ("I", "F", "I;16", "I;16B", "I;16L"):
        return _of_array(np.asarray(image))
    if image.mode == "1":
        image = image.convert("L")
    if "A" in image.getbands() or "transparency" in image.info or image.mode == "PA":
        return _of_array(np.asarray(image.convert("RGBA")))
    if image.mode == "L":
        return _reduced(np.asarray(image, dtype=np.float32) / np.float32(255))
    return _of_array(np.asarray(image.convert("RGB")))


def _of_array(values: NDArray[Any]) -> Grey:
    """By its shape and type."""
    if values.ndim == 3 and values.shape[0] in (1, 3, 4) and values.shape[2] not in (1, 3, 4):
        values = np.moveaxis(values, 0, 2)
    if values.ndim not in (2, 3) or 0 in values.shape or (values.ndim == 3 and values.shape[2] not in (1, 3, 4)):
        raise ValueError(f"An array of shape {values.shape} was given; give height×width, or with 3 or 4 colours.")
    if not (np.issubdtype(values.dtype, np.number) or values.dtype == np.bool_) or np.iscomplexobj(values):
        raise ValueError(f"An array of {values.dtype} was given; give grey levels or colours as numbers.")
    if values.dtype != np.bool_ and not (np.isfinite(values).all() and values.min() > -1e-3):
        raise ValueError("An array with values below 0 or not finite was given; give fractions from 0 to 1.")
    if values.dtype == np.bool_:
        fractions = values.astype(np.float32)
    elif np.issubdtype(values.dtype, np.integer):
        # A mask has 0 and 1; what has more than 8 bits, has so many as its largest level needs.
        highest = int(values.max())
        most = 1 if highest <= 1 else 255 if values.dtype.itemsize == 1 else max(255, 2 ** highest.bit_length() - 1)
        fractions = values.astype(np.float32) / np.float32(most)
    else:
        fractions = values.astype(np.float32)
        if fractions.max() > 1.001:
            fractions = fractions / (255 if fractions.max() <= 255 else fractions.max())
    if fractions.ndim == 2:
        return _reduced(fractions)
    if fractions.shape[2] == 4:
        fractions = _on_paper(fractions[..., :3], fractions[..., 3:])
    if fractions.shape[2] == 1:
        return _reduced(fractions[..., 0])
    return _reduced(_of_colours(fractions))


def _on_paper(colours: Grey, opacity: Grey) -> Grey:
    """What is transparent becomes white, or black where all that is drawn is light."""
    drawn = float((colours.mean(2, keepdims=True) * opacity).sum() / max(float(opacity.sum()), 1e-6))
    paper = 1.0 if drawn < 0.6 else 0.0
    if opacity.min() > 0.99:
        return colours
    return colours * opacity + paper * (1 - opacity)


def _of_colours(colours: Grey) -> Grey:
    """Brightness, or where ink and paper differ more in colour, the direction of colour in which they differ most."""
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


def _reduced(grey: Grey) -> Grey:
    """By a whole factor, means of squares, where it is larger than need be."""
    factor = -(-max(grey.shape) // LARGEST_SIDE)
    if factor == 1:
        return grey
    # Of a picture of a few rows, no more than all of them become one.
    down, across = (min(factor, side) for side in grey.shape)
    height, width = grey.shape[0] // down, grey.shape[1] // across
    squares = grey[: height * down, : width * across].reshape(height, down, width, across)
    reduced: Grey = squares.mean((1, 3))
    return reduced
