"""What the service promises, for /openapi.json: the bodies it takes and every status that can come back."""

from typing import Any, Final

from lenet5.web.schemas import Error, PictureInJson

BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
FORM: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "description": "The picture, with a file name."}},
    }
}

PICTURE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A picture: its bytes (PNG, JPEG, WebP, BMP, TIFF, GIF), a form with a file, or JSON.",
        "content": {
            "image/png": BYTES,
            "image/jpeg": BYTES,
            "application/octet-stream": BYTES,
            "multipart/form-data": FORM,
            "application/json": {"schema": PictureInJson.model_json_schema()},
        },
    }
}

REASONS: Final = {
    400: "The body is empty, no picture, damaged, no JSON, or a form without a file.",
    408: "The body came too slowly.",
    413: "The body, or the picture once decoded, is too large.",
    415: "A content type that can hold no picture.",
    422: "JSON that holds no picture, or weights that are neither trained nor untrained.",
    429: "Too many requests are waiting.",
    503: "The answer took too long, or the service is stopping.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of these statuses, for FastAPI."""
    retry = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return {
        status: {"model": Error, "description": REASONS[status]} | ({"headers": retry} if status in (429, 503) else {})
        for status in statuses
    }
