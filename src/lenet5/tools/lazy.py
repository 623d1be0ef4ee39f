"""Lazy imports: a name is imported when it is first used, so that what needs no PyTorch does not wait for it."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str], old_names: Mapping[str, str] | None = None) -> Callable[[str], Any]:
    """A package's `__getattr__`.

    Args:
        package: its name.
        homes: by public name, the module that has it.
        old_names: by former name, the one of today.

    Returns:
        A function from a name to what it stands for; it raises AttributeError for a name without a home.
    """

    def find(name: str) -> Any:
        name = (old_names or {}).get(name, name)
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return find
