"""A bar on a terminal's standard error: one line in a terminal of any width, and gone at the end."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

# In columns: so short that the line still fits when the terminal is made narrower meanwhile.
BAR_WIDTH = 12


@contextmanager
def progress_bar(*columns: "str | ProgressColumn") -> Iterator["Progress"]:
    """A bar with such columns; nothing is drawn where standard error is no terminal that can erase a line."""
    from rich.console import Console
    from rich.progress import Progress

    can_erase = sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
    # Lines printed meanwhile are not for rich to redirect, which wraps or glues them: see `lifted`.
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not can_erase,
    ) as bar:
        yield bar


@contextmanager
def lifted(bar: "Progress") -> Iterator[None]:
    """Off the terminal while a line is printed."""
    if bar.disable:
        yield
        return
    bar.stop()
    try:
        yield
    finally:
        bar.start()
