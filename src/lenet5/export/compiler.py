"""The C compiler of this machine, to read a header back with."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

# That there are no warnings is a test's to see: a newer compiler may have new ones.
COMPILER_FLAGS = ("-std=c99", "-O2")


def compiler() -> list[str]:
    """The command of the compiler: $CC, else cc, gcc or clang.

    Raises:
        ValueError: there is none.
    """
    named = shlex.split(os.environ.get("CC", ""))
    for command in [named] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(command[0]):
            return command
    missing = f"$CC names {named[0]}, which is not there" if named else "none of cc, gcc and clang is there"
    raise ValueError(
        f"A C header is compiled and compared before it is given out, and {missing}; install a C compiler, or give "
        "--unchecked to have the header as it is."
    )


def compile_c(source: Path, program: Path, flags: Sequence[str] = COMPILER_FLAGS) -> None:
    """Compile one source file to a program.

    Raises:
        ValueError: it fails; in the compiler's own words.
    """
    done = subprocess.run(
        [*compiler(), *flags, str(source), "-o", str(program), "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"The C compiler does not take {source.name}: {done.stderr.strip()[-2000:]}")


def run_program(program: Path, given: bytes) -> bytes:
    """What a compiled program writes when it is given this.

    Raises:
        ValueError: it does not run to its end.
    """
    try:
        return subprocess.run([program], input=given, capture_output=True, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(
            f"What {shlex.join(compiler())} compiled does not run here ({error}); let CC name the compiler for this "
            "machine, or give --unchecked."
        ) from error
