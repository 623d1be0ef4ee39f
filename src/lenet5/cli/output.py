"""Standard output and standard error as a command finds them: of any encoding, closed, full, or read by nobody."""

import codecs
import errno
import io
import os
import sys
from pathlib import Path
from typing import Any, Final, final

import typer

# How to write what an encoding lacks; any other character becomes its number, as \u2192.
IN_ASCII: Final = {
    "η": "eta", "ε": "epsilon", "μ": "mu", "×": "x", "±": "+-", "·": ".", "…": "...", "−": "-", "–": "-", "’": "'",
}  # fmt: skip


@final
class LostOutputError(OSError):
    """Standard output cannot be written any more: its reader is gone, or its disk is full."""

    def __str__(self) -> str:
        """What is wrong, for people."""
        return f"standard output cannot be written ({self.strerror})"

    @property
    def exit_status(self) -> int:
        """As shells have it for a program whose reader is gone, 128 + SIGPIPE, else 1."""
        return 141 if self.errno == errno.EPIPE else 1


@final
class Output:
    """Standard output for a command whose work is not lost with it.

    Attributes:
        lost: why it cannot be written any more, None while it can.
    """

    def __init__(self) -> None:
        self.lost: LostOutputError | None = None

    def say(self, text: str) -> None:
        """Print a line, unless the output is lost."""
        if self.lost is None:
            try:
                typer.echo(text)
            except LostOutputError as error:
                self.lost = error


def open_streams() -> None:
    """Make standard output and error writable in any encoding, and open a closed stream on nothing.

    A closed descriptor would go to the next file that is opened, and what is printed would end in that file.
    """
    codecs.register_error("in_ascii", _in_ascii)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 it lasts as long as the process
    if (out := sys.__stdout__) is not None and sys.stdout is out:
        to_descriptor = io.BufferedWriter(_Descriptor(out.fileno(), "w", closefd=False))
        sys.stdout = io.TextIOWrapper(to_descriptor, out.encoding, line_buffering=out.line_buffering)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="in_ascii")


@final
class _Descriptor(io.FileIO):
    """What standard output writes to; it is lost only once, and what is still to come then goes nowhere."""

    def write(self, content: Any) -> int:
        """Write some bytes.

        Raises:
            LostOutputError: they cannot be written.
        """
        try:
            return super().write(content)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            raise LostOutputError(error.errno, error.strerror) from error


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(IN_ASCII.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lacking), error.end
