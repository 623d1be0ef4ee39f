"""The states of every layer as pictures: maps side by side, F6 as the drawing that it imitates."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.bitmaps import COLUMNS, ROWS, signs

# States are drawn between these, the foreground dark; f(±1) = ±1, and the white line between maps is the lightest.
LIGHTEST: Final = -1.2
DARKEST: Final = 1.2

State = NDArray[np.float32]


def pictures_of_states(states: Mapping[str, State], columns: int = 8) -> dict[str, State]:
    """One picture a layer, and "code", the code nearest to F6's states, which is the answer's.

    Maps stand side by side. C5's 120 units are 8 rows of 15; F6's 84 are 12 rows of 7, as the codes in figure 3.

    Args:
        states: of one pattern, by layer: maps C×H×W or units, C1, S2, C3, S4, C5, F6 and OUTPUT.
        columns: maps a row in C3 and S4.
    """
    nearest = np.array(signs()[int(states["OUTPUT"].argmin())], dtype=np.float32)
    return {
        "C1": tiles(states["C1"], 3),
        "S2": tiles(states["S2"], 3),
        "C3": tiles(states["C3"], columns),
        "S4": tiles(states["S4"], columns),
        "C5": states["C5"].reshape(8, 15),
        "F6": states["F6"].reshape(ROWS, COLUMNS),
        "code": nearest.reshape(ROWS, COLUMNS),
    }


def tiles(maps: State, columns: int) -> State:
    """Maps side by side in rows of `columns`, a white line between them: C×H×W → one picture."""
    count, height, width = maps.shape
    framed = np.full((count, height + 1, width + 1), LIGHTEST, dtype=maps.dtype)
    framed[:, :-1, :-1] = maps
    rows = framed.reshape(count // columns, columns, height + 1, width + 1)
    return rows.transpose(0, 2, 1, 3).reshape(-1, columns * (width + 1))
