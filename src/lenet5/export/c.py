"""A C99 header with the weights in it and a function that reads an image: for microcontrollers. Section II-B.

The program is `lenet5.h.in`, as readable as C allows; this fills in the numbers. Read back, it is compiled by the
compiler of the machine.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lenet5 import bitmaps, paper
from lenet5.export.comparison import TOLERANCE_OF_LOOPS, Comparison, beyond_rounding
from lenet5.export.compiler import compile_c, run
from lenet5.export.trained import Trained
from lenet5.version import __version__

__all__ = ["complaint", "filled_in", "nested", "number", "reader", "sign", "write"]

complaint = partial(beyond_rounding, tolerance=TOLERANCE_OF_LOOPS)

UNMEASURED: Final = "It was not compared with the network."

# Table I and the codes as they stand in the header, a byte each and one at the end of each string.
DRAWINGS: Final = 6 * 17 + 10 * 85

# The states that the header keeps: S2, S4, C5 and F6.
STATES: Final = 6 * 14 * 14 + 16 * 5 * 5 + 120 + 84

# Reads images from its input until there are no more, and writes ten penalties and the answer for each.
_MAIN: Final = """\
#include <stdio.h>
#include "{header}"

int main(void)
{{
    uint8_t image[784];
    float out[11];
    while (fread(image, 1, sizeof image, stdin) == sizeof image) {{
        out[10] = (float)lenet5_read(image, out);
        if (fwrite(out, sizeof out, 1, stdout) != 1)
            return 1;
    }}
    return 0;
}}
"""


def write(trained: Trained, path: Path) -> None:
    """Write the header in float."""
    arrays = {name: p.reshape(SHAPES[name]) if name in SHAPES else p for name, p in trained.parameters.items()}
    values = {
        "AMPLITUDE": number(paper.AMPLITUDE),
        "SLOPE": number(paper.SLOPE),
        "BACKGROUND": number(paper.BACKGROUND),
        "GREY_LEVEL": number((paper.FOREGROUND - paper.BACKGROUND) / 255),
        "SCALE": number(trained.scale),
        "FLASH": f"{4 * sum(p.size for p in arrays.values()) + DRAWINGS:,}",
        "RAM": f"{4 * STATES:,}",
        **{name: nested(p, number) for name, p in arrays.items()},
    }
    path.write_text(filled_in("lenet5.h.in", trained, values), encoding="utf-8")


# C5's kernels lie side by side in the network; in C they have the indices of the equation.
SHAPES: Final = {"C5.weight": (120, 16, 5, 5)}


def filled_in(template: str, trained: Trained, values: Mapping[str, str]) -> str:
    """A template of this folder with every @NAME@ replaced: by `values`, and by what all headers have."""
    common = {
        "VERSION": __version__,
        # The name of a file may have what ends a comment, or goes on with the next line.
        "NAME": re.sub(r"[^\w. /-]", "_", trained.name),
        "PRESET": trained.config.preset.name,
        "DATASET": trained.config.dataset,
        "MEASURED": UNMEASURED,
        "RUBBISH": number(trained.j),
        "TABLE": ",\n".join(f'    "{row}"' for row in paper.TABLE_I.split()),
        "CODES": ",\n".join(_drawn(code) for code in bitmaps.signs()),
    }
    text = (Path(__file__).parent / template).read_text(encoding="utf-8")
    return re.sub(r"@([\w.]+)@", lambda mark: {**common, **values}[mark[1]], text)


def _drawn(code: list[float]) -> str:
    marks = "".join("#" if sign > 0 else "." for sign in code)
    rows = [f'    "{marks[start : start + bitmaps.COLUMNS]}"' for start in range(0, len(marks), bitmaps.COLUMNS)]
    return "\n".join(rows)


def number(value: float) -> str:
    """A float constant of C, with the nine digits that give a float32 back."""
    digits = f"{value:.9g}"
    return f"{digits}f" if re.search("[.e]", digits) else f"{digits}.0f"


def nested(array: NDArray[np.generic], form: Callable[[float], str]) -> str:
    """An array's initialiser, a kernel or a row a line."""
    if array.ndim == 1:
        return "{" + ", ".join(map(form, array.tolist())) + "}"
    parts = [nested(part, form) for part in array]
    return "{" + ", ".join(parts) + "}" if array.shape == (5, 5) else "{\n" + ",\n".join(parts) + "}"


def sign(path: Path, comparison: Comparison) -> None:
    """Write what was measured into the comment at the top of a header."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(UNMEASURED, measured(comparison), 1), encoding="utf-8")


def measured(comparison: Comparison) -> str:
    """A comparison in words, for a comment."""
    answers, error = str(comparison).split("; ")
    return f"Read back: {answers};\n * {error}."


def reader(path: Path) -> Callable[[Tensor], Tensor]:
    """The header compiled into a program that reads images from its input.

    Raises ValueError where the compiler does not take it or the program does not run, and where an answer is not that
    of the smallest penalty.
    """

    def read(images: Tensor) -> Tensor:
        with TemporaryDirectory(prefix="lenet5-export-") as folder:
            source, program = Path(folder) / "main.c", Path(folder) / "main"
            source.write_text(_MAIN.format(header=path.absolute().as_posix()), encoding="utf-8")
            compile_c(source, program)
            written = run(program, images.numpy().tobytes())
        out = torch.from_numpy(np.frombuffer(written, dtype=np.float32).reshape(-1, 11).copy())
        if not torch.equal(out[:, :10].argmin(1).float(), out[:, 10]):
            raise ValueError(f"lenet5_read in {path} gives another answer than the smallest penalty's.")
        return out[:, :10]

    return read
