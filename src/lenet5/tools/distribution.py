"""The name that pip knows this package by: `lenet5` on the public index is somebody else's."""

from typing import Final

DISTRIBUTION: Final = "lenet5-1998"


def install_hint(extra: str) -> str:
    """The line to type for what an extra of `pyproject.toml` brings, such as "serve"."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"
