"""The body of a request: received whole, no slower and no larger than is allowed, and the picture in it.

A picture comes as its bytes, as a form with a file, or in JSON.
"""

import asyncio
import base64
import binascii
import io
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from lenet5.web.http_errors import HTTPError
from lenet5.web.limits import MEGABYTE, Limits
from lenet5.web.schemas import PictureInJson

# A client that has sent too much hears of it only once it has sent all, so this many times the limit is listened to.
PATIENCE: Final = 4

CLOSE: Final = {"Connection": "close"}

MEDIA_TYPES: Final = "image/png (or another image/…), application/octet-stream, multipart/form-data or application/json"

# As Pillow calls them; each other format is one more decoder that a stranger can attack, and EPS starts Ghostscript.
PICTURE_FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")

# Parts of a form before its file.
LARGEST_FORM: Final = 100


async def whole_body(request: Request, limits: Limits, hold: Callable[[int], None]) -> bytes:
    """The bytes of the body, chunked or not.

    Args:
        request: whose body has not been read.
        limits: of the service.
        hold: told how many bytes more are held, or fewer; it may refuse them.

    Raises:
        HTTPError: 400 an empty body, 408 one too slow, 413 one too large.
    """
    announced = request.headers.get("content-length", "0")
    too_large = announced.isdigit() and int(announced) > limits.body
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > limits.body:
                    too_large = True
                    hold(-sum(map(len, chunks)))
                    chunks.clear()
                if size > PATIENCE * limits.body:
                    break
                if not too_large:
                    chunks.append(chunk)
                    hold(len(chunk))
    except TimeoutError:
        if not too_large:
            raise HTTPError(
                408, f"The body did not come within {limits.body_seconds:g} s; send it faster, or a smaller one.", CLOSE
            ) from None
    except ClientDisconnect:
        raise HTTPError(400, "The connection ended before the body did; send the whole of it.", CLOSE) from None
    finally:
        hold(-sum(map(len, chunks)))
    if too_large:
        raise HTTPError(
            413, f"The body is larger than {limits.body / MEGABYTE:g} MB; send a smaller picture, or a JPEG.", CLOSE
        )
    if not size:
        raise HTTPError(400, "The body is empty; send a picture.")
    return b"".join(chunks)


def check_media_type(content_type: str) -> str:
    """The media type of a body, in lower case, without its parameters.

    Raises:
        HTTPError: 415 a type that can hold no picture.
    """
    kind = content_type.partition(";")[0].strip().lower()
    known = ("", "application/octet-stream", "multipart/form-data", "application/json")
    if kind in known or re.fullmatch(r"image/[\w.+-]+", kind, re.ASCII):
        return kind
    raise HTTPError(415, f"A body of {kind[:80]} was sent; send {MEDIA_TYPES}.")


def picture_in(body: bytes, content_type: str, limits: Limits) -> Any:
    """The picture, as bytes or an array: what `read_by` takes.

    Raises:
        HTTPError: 400 no such body, 413 too many pixels, 415 a type that can hold no picture, 422 JSON without one.
    """
    kind = check_media_type(content_type)
    if kind == "application/json":
        return _of_json(body, limits)
    return check_pixels(_of_form(body, content_type) if kind == "multipart/form-data" else body, limits)


def check_pixels(content: bytes, limits: Limits) -> bytes:
    """The same bytes.

    Raises:
        HTTPError: 413 a picture that would fill the memory once decoded, however few its bytes.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=PICTURE_FORMATS) as image:
            width, height, kind = image.width, image.height, image.format
    except Image.DecompressionBombError as error:
        limit = f"{limits.pixels / 1e6:g} million pixels"
        raise HTTPError(413, f"The picture is far too large; send one of at most {limit}, or a JPEG.") from error
    except Exception:  # whatever is wrong with it, `read_by` says so in its own words
        return content
    if kind != "JPEG" and width * height > limits.pixels:
        limit = f"{limits.pixels / 1e6:g} million pixels"
        raise HTTPError(413, f"The picture has {width}×{height} pixels; send one of at most {limit}, or a JPEG.")
    return content


def _of_json(body: bytes, limits: Limits) -> Any:
    try:
        given = PictureInJson.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise HTTPError(400, f"The body is no JSON ({first['ctx']['error']}); send JSON, or the bytes.") from error
        where = ".".join(map(str, first["loc"])) or "The body"
        raise HTTPError(422, f"{where}: {first['msg'].removeprefix('Value error, ')}.") from error
    if given.pixels:
        return _grey_levels(given.pixels)
    text = given.image.strip()
    head, comma, rest = text.partition(",")
    if comma and head[:5].lower() == "data:" and head[-7:].lower() == ";base64":
        text = rest
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise HTTPError(422, f"image: not base64 ({error}); give base64, or a data: URL with it.") from error
    return check_pixels(content, limits)


def _grey_levels(rows: list[list[float]]) -> Any:
    """Grey levels from 0 to 1, of rows of such, or of levels up to 255."""
    if len({len(row) for row in rows}) != 1:
        raise HTTPError(422, "pixels: the rows are not of one length; give rows of as many grey levels each.")
    levels = np.array(rows, dtype=np.float32)
    return levels if levels.max() <= 1 else levels / 255


def _of_form(body: bytes, content_type: str) -> bytes:
    """The first file of a form."""
    from python_multipart import create_form_parser
    from python_multipart.exceptions import FormParserError

    files: list[bytes] = []
    parts = 0

    def count(_: Any) -> None:
        nonlocal parts
        parts += 1
        if parts > LARGEST_FORM:
            raise HTTPError(400, f"The form has more than {LARGEST_FORM} parts; send one with a file.")

    def keep(file: Any) -> None:
        count(file)
        if not files:
            file.file_object.seek(0)
            files.append(file.file_object.read())

    headers: dict[str, Any] = {"Content-Type": content_type.encode("latin-1", "replace")}
    try:
        # A limit above that of a body: no part goes to the disk.
        parser = create_form_parser(headers, count, keep, config={"MAX_MEMORY_FILE_SIZE": len(body) + 1})
        parser.write(body)
        parser.finalize()
        parser.close()
    except (FormParserError, ValueError, LookupError) as error:
        raise HTTPError(
            400, f"The form cannot be taken apart ({error}); send multipart/form-data with a file."
        ) from error
    if not files:
        raise HTTPError(
            400, "The form has no file; send the picture as a part with a file name: curl -F file=@picture.png"
        )
    return files[0]
