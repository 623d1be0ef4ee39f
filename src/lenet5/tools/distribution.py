"""The name of this package for pip; `lenet5` on the public index is somebody else's."""

from typing import Final

DISTRIBUTION: Final = "lenet5-1998"


def install_hint(extra: str) -> str:
    """The command that installs an extra of `pyproject.toml`, such as "serve"."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"
