"""Errors of HTTP: one sentence that says why, as JSON, with the status that fits."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

# Characters of a sentence: what was sent may be named in it, and may be of any length.
LONGEST_SENTENCE: Final = 400


@final
class HTTPError(Exception):
    """A request that is not served.

    Attributes:
        status: of HTTP.
        sentence: what was given, what was expected, what to do.
        headers: what else the answer says, as Retry-After.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        # All of them, for a worker's error is pickled.
        super().__init__(status, sentence, headers)
        self.status = status
        self.sentence = sentence
        self.headers = headers


def as_json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response of compact JSON."""
    return Response(json_bytes(content), status, headers, "application/json")


def sentence_of(text: str) -> str:
    """The same, without its middle where it is long: the end says what to do."""
    return (
        text if len(text) <= LONGEST_SENTENCE else f"{text[: LONGEST_SENTENCE // 2]} … {text[-LONGEST_SENTENCE // 2 :]}"
    )


def as_error(sentence: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The response to a request that is not served."""
    return as_json({"error": sentence_of(sentence)}, status, headers)


def json_bytes(content: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def http_error(request: Request, error: Exception) -> Response:  # noqa: ARG001 the signature is Starlette's
    """The response to an `HTTPError`."""
    if not isinstance(error, HTTPError):
        raise error
    return as_error(error.sentence, error.status, error.headers)


async def wrong_path_or_method(request: Request, error: Exception) -> Response:
    """The response to a wrong path or method."""
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


async def internal_error(request: Request, error: Exception) -> Response:  # noqa: ARG001 the signature is Starlette's
    """The response where the service itself is at fault; the log has the rest."""
    return as_error("The service made a mistake; its log says which.", HTTPStatus.INTERNAL_SERVER_ERROR)
