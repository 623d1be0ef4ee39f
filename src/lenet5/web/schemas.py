"""The shapes of what is asked and answered, for checking JSON and for the service's description at /docs."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Grey = Annotated[float, Field(ge=0, le=255, allow_inf_nan=False)]
Digit = Annotated[int, Field(ge=0, le=9)]
Fraction = Annotated[float, Field(ge=0, le=1)]

ONE_OF: dict[str, Any] = {"oneOf": [{"required": ["image"]}, {"required": ["pixels"]}]}


class PictureInJson(BaseModel):
    """A picture in JSON: either `image` or `pixels`."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra=ONE_OF)

    image: Annotated[str, Field(min_length=1, description="A picture file in base64, or a data: URL of it.")] = ""
    pixels: Annotated[
        list[Annotated[list[Grey], Field(min_length=1, fail_fast=True)]],
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


class Error(BaseModel):
    """Why a request was refused, in a sentence."""

    error: str


class DigitRead(BaseModel):
    """A mark of several, `digit` null where it is none.

    `box`: left, top, right, bottom, in fractions of the picture.
    """

    digit: Digit | None
    probability: Fraction
    runner_up: Digit
    rubbish: Fraction
    box: Annotated[list[float], Field(min_length=4, max_length=4)]


class ReadingMade(BaseModel):
    """What is on a picture.

    `digit` is null where the rubbish class wins and where the page is empty, which `note` then says; `text` and
    `digits` are there where there are several marks and one of them is a digit, `pages` where the file has several, of
    which the first is read.
    """

    digit: Digit | None
    probability: Fraction | None
    runner_up: Digit | None
    rubbish: Fraction | None
    text: str = ""
    digits: list[DigitRead] = []
    pages: int = 1
    note: str = ""


class StatesMade(ReadingMade):
    """A reading with all that led to it; null where the page is empty.

    `pattern`: 28×28 bytes, ink 255, what the network saw · `states`: of each layer, maps × rows × columns, of F6 84 and
    of OUTPUT ten, the penalties · `posterior`: eq. 9 · `box`: where on the picture, in fractions of it.
    """

    weights: Literal["trained", "untrained"]
    pattern: list[list[int]] | None
    box: list[float] | None
    posterior: list[float] | None
    states: dict[str, Any] | None


class WeightsThere(BaseModel):
    """All 60,000 weights by layer, the wiring of C3 (Table I), the codes of figure 3, and s and j of eq. 7 and 9."""

    weights: Literal["trained", "untrained"]
    scale: float
    j: float
    table: list[str]
    codes: list[list[int]]
    parameters: dict[str, Any]


class Health(BaseModel):
    """That the service runs: its version, its model, and how many requests are being read or wait."""

    status: Literal["ok", "stopping"]
    version: str
    model: str
    waiting: int
