"""The paper's facts as NumPy arrays and shapes: Table I, the codes, the grey levels, the states, the parameters.

Whatever does without PyTorch takes them from here: reading, the exports, the checks of the engine, the page.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5 import bitmaps, paper

# The states of one pattern, by layer: maps × height × width, of F6 and OUTPUT units.
STATE_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    name: size[:1] if name in ("F6", "OUTPUT") else size for name, (size, _, _) in paper.LAYERS.items()
}

# Section II-B: the input that each of the 256 grey levels of a byte becomes; 0 is the background.
GREY_LEVELS: Final = np.float32(paper.BACKGROUND) + np.float32((paper.FOREGROUND - paper.BACKGROUND) / 255) * np.arange(
    256, dtype=np.float32
)


def table_i() -> NDArray[np.bool_]:
    """Table I, 6×16: True where the C3 map of the column reads the S2 map of the row."""
    return np.array([[mark == "X" for mark in row] for row in paper.TABLE_I.split()])


def codes(*, blank: bool = False) -> NDArray[np.float32]:
    """The centres of the RBF units, figure 3: classes×84, ±1; see `bitmaps.codes`."""
    return np.array(bitmaps.signs(blank=blank), dtype=np.float32)


def parameter_shapes() -> dict[str, tuple[int, ...]]:
    """The shapes of the twelve parameters, by name and in the order of the layers."""
    kernels = paper.TABLE_I.count("X")
    return {
        "C1.weight": (6, 5, 5),
        "C1.bias": (6,),
        "S2.coefficient": (6,),
        "S2.bias": (6,),
        "C3.weight": (kernels, 5, 5),
        "C3.bias": (16,),
        "S4.coefficient": (16,),
        "S4.bias": (16,),
        "C5.weight": (16 * 120, 5, 5),
        "C5.bias": (120,),
        "F6.weight": (84, 120),
        "F6.bias": (84,),
    }
