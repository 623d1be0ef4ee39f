"""Dataclasses from JSON values; every field must be known and of its type."""

from typing import Any, TypeVar

import dacite

Record = TypeVar("Record")


def from_json(cls: type[Record], values: Any) -> Record:
    """A dataclass, and those within it, from dictionaries; lists become tuples where a field is one.

    Raises:
        ValueError: a field is missing, unknown or of another type; the sentence says which.
    """
    try:
        return dacite.from_dict(cls, values, dacite.Config(cast=[tuple], strict=True))
    except (dacite.DaciteError, AttributeError, TypeError) as error:
        raise ValueError(str(error)) from error
