"""A C99 header with the weights in it and a function that reads an image: for microcontrollers. Section II-B.

The program is `lenet5.h.in`, as readable as C allows; this fills in the numbers. Read back, it is compiled by the
compiler of the machine.
"""

import math
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
from lenet5.arrays import STATE_SHAPES, codes, parameter_shapes, table_i
from lenet5.export.comparison import TOLERANCE_OF_LOOPS, Comparison, beyond_rounding
from lenet5.export.compiler import compile_c, run_program
from lenet5.export.trained_network import TrainedNetwork, c5_kernels
from lenet5.version import __version__

__all__ = ["complaint", "fill_in", "float_constant", "initialiser", "read_back", "record_comparison", "write"]

complaint = partial(beyond_rounding, tolerance=TOLERANCE_OF_LOOPS)

UNMEASURED: Final = "It was not compared with the network."

# Bytes of Table I and the codes as they stand in the header: one a mark, and one at the end of each string.
DRAWING_BYTES: Final = sum(len(drawing) * (drawing.shape[1] + 1) for drawing in (table_i(), codes()))

# Of the layers whose states the header keeps.
KEPT_STATES: Final = sum(math.prod(STATE_SHAPES[name]) for name in ("S2", "S4", "C5", "F6"))

CLASSES: Final = STATE_SHAPES["OUTPUT"][0]
KERNEL: Final = parameter_shapes()["C1.weight"][1:]

# Reads images from its input until there are no more, and writes ten penalties and the answer for each.
_MAIN: Final = """\
#include <stdio.h>
#include "{header}"

int main(void)
{{
    uint8_t image[{pixels}];
    float out[{classes} + 1];
    while (fread(image, 1, sizeof image, stdin) == sizeof image) {{
        out[{classes}] = (float)lenet5_read(image, out);
        if (fwrite(out, sizeof out, 1, stdout) != 1)
            return 1;
    }}
    return 0;
}}
"""


def write(trained: TrainedNetwork, path: Path) -> None:
    """Write the header in float."""
    arrays = trained.parameters | {"C5.weight": c5_kernels(trained.parameters["C5.weight"])}
    values = {
        "AMPLITUDE": float_constant(paper.AMPLITUDE),
        "SLOPE": float_constant(paper.SLOPE),
        "BACKGROUND": float_constant(paper.BACKGROUND),
        "GREY_LEVEL": float_constant((paper.FOREGROUND - paper.BACKGROUND) / 255),
        "SCALE": float_constant(trained.scale),
        "FLASH": f"{4 * sum(p.size for p in arrays.values()) + DRAWING_BYTES:,}",
        "RAM": f"{4 * KEPT_STATES:,}",
        **{name: initialiser(p, float_constant) for name, p in arrays.items()},
    }
    path.write_text(fill_in("lenet5.h.in", trained, values), encoding="utf-8")


def fill_in(template: str, trained: TrainedNetwork, values: Mapping[str, str]) -> str:
    """A template of this folder with every @NAME@ replaced.

    Args:
        template: its file.
        trained: the network.
        values: by name, what takes the place of @NAME@; what all headers have is added.
    """
    common = {
        "VERSION": __version__,
        # The name of a file may have what ends a comment, or goes on with the next line.
        "NAME": re.sub(r"[^\w. /-]", "_", trained.name),
        "PRESET": trained.config.preset.name,
        "DATASET": trained.config.dataset,
        "MEASURED": UNMEASURED,
        "RUBBISH": float_constant(trained.j),
        "TABLE": ",\n".join(f'    "{row}"' for row in paper.TABLE_I.split()),
        "CODES": ",\n".join(_drawn(code) for code in bitmaps.signs()),
    }
    text = (Path(__file__).parent / template).read_text(encoding="utf-8")
    return re.sub(r"@([\w.]+)@", lambda mark: {**common, **values}[mark[1]], text)


def _drawn(code: list[float]) -> str:
    marks = "".join("#" if sign > 0 else "." for sign in code)
    rows = [f'    "{marks[start : start + bitmaps.COLUMNS]}"' for start in range(0, len(marks), bitmaps.COLUMNS)]
    return "\n".join(rows)


def float_constant(value: float) -> str:
    """A float constant of C, with the nine digits that give a float32 back."""
    digits = f"{value:.9g}"
    return f"{digits}f" if re.search("[.e]", digits) else f"{digits}.0f"


def initialiser(array: NDArray[np.generic], constant: Callable[[float], str]) -> str:
    """An array's initialiser in C, a kernel or a row a line."""
    if array.ndim == 1:
        return "{" + ", ".join(map(constant, array.tolist())) + "}"
    parts = [initialiser(part, constant) for part in array]
    return "{" + ", ".join(parts) + "}" if array.shape == KERNEL else "{\n" + ",\n".join(parts) + "}"


def record_comparison(path: Path, comparison: Comparison) -> None:
    """Write what was measured into the comment at the top of a header."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(UNMEASURED, _measured(comparison), 1), encoding="utf-8")


def _measured(comparison: Comparison) -> str:
    """A comparison in words, for a comment."""
    answers, error = str(comparison).split("; ")
    return f"Read back: {answers};\n * {error}."


def read_back(path: Path) -> Callable[[Tensor], Tensor]:
    """The header compiled into a program that reads images from its input.

    Raises:
        ValueError: the compiler does not take it, the program does not run, or an answer is not that of the smallest
            penalty.
    """

    def read(images: Tensor) -> Tensor:
        with TemporaryDirectory(prefix="lenet5-export-") as folder:
            source, program = Path(folder) / "main.c", Path(folder) / "main"
            names = {"header": path.absolute().as_posix(), "pixels": math.prod(images.shape[1:]), "classes": CLASSES}
            source.write_text(_MAIN.format(**names), encoding="utf-8")
            compile_c(source, program)
            written = run_program(program, images.numpy().tobytes())
        out = torch.from_numpy(np.frombuffer(written, dtype=np.float32).reshape(-1, CLASSES + 1).copy())
        penalties, answers = out[:, :CLASSES], out[:, CLASSES]
        if not torch.equal(penalties.argmin(1).float(), answers):
            raise ValueError(f"lenet5_read in {path} gives another answer than the smallest penalty's.")
        return penalties

    return read
