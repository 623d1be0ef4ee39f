"""Names that are imported when first used, so that what needs no PyTorch need not wait for it."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str], old_names: Mapping[str, str] | None = None) -> Callable[[str], Any]:
    """What a package's `__getattr__` is: looks a name up in the module that `homes` gives for it.

    old_names: names that a thing had before, and the one that it has now.
    The function returned raises AttributeError for a name that has no home.
    """

    def find(name: str) -> Any:
        name = (old_names or {}).get(name, name)
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return find
