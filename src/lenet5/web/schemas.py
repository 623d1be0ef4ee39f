"""What the service takes and answers, by which JSON is checked and /openapi.json is written."""

from typing import Annotated, Any, Final, Literal, Self, final, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

GreyLevel = Annotated[float, Field(ge=0, le=255, allow_inf_nan=False)]
Digit = Annotated[int, Field(ge=0, le=9)]
Fraction = Annotated[float, Field(ge=0, le=1)]
WeightsName = Literal["trained", "untrained"]

ONE_OF: dict[str, Any] = {"oneOf": [{"required": ["image"]}, {"required": ["pixels"]}]}


@final
class PictureInJson(BaseModel):
    """A picture in JSON: either `image` or `pixels`."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra=ONE_OF)

    image: Annotated[str, Field(min_length=1, description="A picture file in base64, or a data: URL of it.")] = ""
    pixels: Annotated[
        list[Annotated[list[GreyLevel], Field(min_length=1, fail_fast=True)]],
        Field(
            min_length=1,
            fail_fast=True,
            description="Rows of one length: grey levels, 0 black to 255 white, or 0 to 1 where none is above 1.",
        ),
    ] = []

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if ("image" in self.model_fields_set) == ("pixels" in self.model_fields_set):
            raise ValueError("give either image, a file in base64, or pixels, rows of grey levels")
        return self


@final
class Error(BaseModel):
    """Why a request was refused, in a sentence."""

    error: str


@final
class DigitRead(BaseModel):
    """A segment of several, `digit` null where it is none.

    `box`: left, top, right, bottom, in fractions of the picture.
    `number`: which of `numbers` it belongs to, from 0.
    `unsure`: whether it is a guess, rather another than this digit.
    `sign`: the sign between two digits that it is, by its form; empty for none.
    """

    digit: Digit | None
    probability: Fraction
    runner_up: Digit
    rubbish: Fraction
    box: Annotated[list[float], Field(min_length=4, max_length=4)]
    number: int
    unsure: bool = False
    sign: str = ""


@final
class NumberRead(BaseModel):
    """Digits that stand together, read as a whole: the text, how likely it is, and the second likeliest."""

    text: str
    probability: Fraction
    runner_up: str | None
    box: Annotated[list[float], Field(min_length=4, max_length=4)]
    unsure: bool = False


class _Reading(BaseModel):
    digit: Digit | None
    probability: Fraction | None
    runner_up: Digit | None
    rubbish: Fraction | None
    unsure: bool = False
    text: str = ""
    digits: list[DigitRead] = []
    numbers: list[NumberRead] = []
    pages: int = 1
    turned: int = 0
    note: str = ""


@final
class ReadingMade(_Reading):
    """What is on a picture.

    `digit` is null where the rubbish class wins and where the page is empty, which `note` then says.
    `text`, `digits` and `numbers` are there where there are several segments and one of them is a digit.
    `pages` is there where the file has several, of which the first is read.
    """


@final
class StatesMade(_Reading):
    """A reading with all that led to it; null where the page is empty.

    `pattern`: what the network saw, 28×28 bytes, foreground 255.
    `states`: of each layer, maps × rows × columns, of F6 84 and of OUTPUT ten, the penalties.
    `posterior`: eq. 9, of the ten digits.
    `box`: left, top, right, bottom, in fractions of the picture.
    """

    weights: WeightsName
    pattern: list[list[int]] | None
    box: list[float] | None
    posterior: list[float] | None
    states: dict[str, Any] | None


@final
class WeightsThere(BaseModel):
    """All 60,000 weights by layer, the wiring of C3 (Table I), the codes of figure 3, and s and j of eq. 7 and 9."""

    weights: WeightsName
    scale: float
    j: float
    table: list[str]
    codes: list[list[int]]
    parameters: dict[str, Any]


@final
class Health(BaseModel):
    """That the service runs: its version, its model, and how many requests are being read or wait."""

    status: Literal["ok", "stopping"]
    version: str
    model: str
    waiting: int


_BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_FORM: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "description": "The picture, with a file name."}},
    }
}

PICTURE_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A picture: its bytes (PNG, JPEG, WebP, BMP, TIFF, GIF), a form with a file, or JSON.",
        "content": {
            "image/png": _BYTES,
            "image/jpeg": _BYTES,
            "application/octet-stream": _BYTES,
            "multipart/form-data": _FORM,
            "application/json": {"schema": PictureInJson.model_json_schema()},
        },
    }
}

WEIGHTS_QUERY: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "weights",
            "in": "query",
            "description": "The network after training, or before.",
            "schema": {"type": "string", "enum": list(get_args(WeightsName)), "default": "trained"},
        }
    ]
}

_REASONS: Final = {
    400: "The body is empty, no picture, damaged, no JSON, or a form without a file.",
    408: "The body came too slowly.",
    413: "The body, or the picture once decoded, is too large.",
    415: "A content type that can hold no picture.",
    422: "JSON that holds no picture, or weights that are neither trained nor untrained.",
    429: "Too many requests are waiting.",
    503: "The answer took too long, or the service is stopping.",
}


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of error statuses, for FastAPI."""
    retry = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return {
        status: {"model": Error, "description": _REASONS[status]} | ({"headers": retry} if status in (429, 503) else {})
        for status in statuses
    }
