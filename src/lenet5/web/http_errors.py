"""Requests that are not answered: one sentence that says why, as JSON, with the status that fits."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

# Characters of a sentence: what was sent may be named in it, and may be of any length.
LONGEST: Final = 400


class HTTPError(Exception):
    """A request refused: its status and a sentence. `headers`: what else the answer says, as Retry-After."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        # All of them, for a worker's refusal is pickled.
        super().__init__(status, sentence, headers)
        self.status = status
        self.sentence = sentence
        self.headers = headers


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response of compact JSON."""
    return Response(json_bytes(content), status, headers, "application/json")


def sentence_of(text: str) -> str:
    """The same, without its middle where it is long: the end says what to do."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def as_error(sentence: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that is refused."""
    return as_json({"error": sentence_of(sentence)}, status, headers)


def json_bytes(content: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def refused(request: Request, refusal: Exception) -> Response:  # noqa: ARG001 the signature is Starlette's
    """The answer to a `HTTPError`."""
    if not isinstance(refusal, HTTPError):
        raise refusal
    return as_error(refusal.sentence, refusal.status, refusal.headers)


async def no_such(request: Request, error: Exception) -> Response:
    """The answer to a wrong path or method."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        sentence = f"There is no {request.url.path} here; the page is at / and the service's description at /docs."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "another method")
        sentence = f"{request.method} was used on {request.url.path}; use {allowed}."
    else:
        sentence = str(error.detail)
    return as_error(sentence, error.status_code, error.headers)


async def mistake(request: Request, error: Exception) -> Response:  # noqa: ARG001 the signature is Starlette's
    """The answer where the service itself is at fault; the log has the rest."""
    return as_error("The service made a mistake; its log says which.", HTTPStatus.INTERNAL_SERVER_ERROR)
