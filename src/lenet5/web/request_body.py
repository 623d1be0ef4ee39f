"""The body of a request, received whole: no more of it than is allowed, and no slower."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request

from lenet5.web.http_errors import HTTPError
from lenet5.web.limits import MEGABYTE, Limits

# A client that has sent too much hears of it only once it has sent all, so this many times the limit is listened to.
PATIENCE: Final = 4

CLOSE: Final = {"Connection": "close"}


async def whole_body(request: Request, limits: Limits, hold: Callable[[int], None]) -> bytes:
    """The bytes of the body; refuses one that is empty (400), too slow (408) or too large (413), chunked or not.

    hold: told how many bytes more are held, or fewer; it may refuse them.
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
