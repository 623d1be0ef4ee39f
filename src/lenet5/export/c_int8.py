"""The C header in int8: a quarter of the memory, and integers in every inner loop. Section II-B.

A state x is kept as q = 127 x / A, from −127 to 127 whatever the image, for squashed states lie within ±A; a weight as
r = w / u, u = max |w| / 127 over its map. A total input is then Σ r q in the unit u A/127, and its bias with it. C1
reads the grey levels g as bytes instead, x = −0.1 + 0.005 g: its unit is 0.005 u, and its bias takes in −0.1 Σ w. So
no image is needed to find a scale. `lenet5_int8.h.in` has the rest.

*Departs:* the paper's states and weights are real numbers.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5 import paper
from lenet5.arrays import STATE_SHAPES, codes, table_i
from lenet5.export.c import DRAWING_BYTES, KEPT_STATES, fill_in, float_constant, initialiser, read_back
from lenet5.export.comparison import beyond_a_tenth_of_a_point as complaint
from lenet5.export.trained_network import TrainedNetwork, c5_kernels

__all__ = ["complaint", "read_back", "write"]

# What one step of a state is, and of a grey level, in the paper's units.
STATE_STEP: Final = paper.AMPLITUDE / 127
GREY_STEP: Final = (paper.FOREGROUND - paper.BACKGROUND) / 255

# Steps of the table of tanh in 1, and the fraction bits of the multipliers that lead to them.
TANH_STEPS: Final = 256
FRACTION: Final = 24

# A bias must leave an int32 room for the sum.
LARGEST_BIAS: Final = 2**30


def write(trained: TrainedNetwork, path: Path) -> None:
    """Write the header in int8."""
    p = trained.parameters
    tanh = tanh_table()
    arrays: dict[str, NDArray[np.int32]] = {}
    flash = len(tanh) + DRAWING_BYTES
    # Which map each row of a layer's weights belongs to.
    maps = {name: np.arange(shape[0]) for name, shape in STATE_SHAPES.items() if name != "OUTPUT"}
    maps["C3"] = table_i().T.nonzero()[0]
    maps["C5"] = maps["C5"].repeat(STATE_SHAPES["S4"][0])
    for layer, of_map in maps.items():
        weight_name = f"{layer}.{'coefficient' if layer in ('S2', 'S4') else 'weight'}"
        weight, bias = p[weight_name].astype(np.float64), p[f"{layer}.bias"].astype(np.float64)
        step = STATE_STEP
        if layer == "C1":
            step, bias = GREY_STEP, bias + paper.BACKGROUND * weight.sum((1, 2))
        weights, biases, multipliers = quantised(weight, bias, of_map, step)
        arrays |= {weight_name: weights, f"{layer}.bias": biases, f"{layer}.multiplier": multipliers}
        flash += weights.size + 4 * (biases.size + multipliers.size)
    arrays["C5.weight"] = c5_kernels(arrays["C5.weight"])
    values = {
        "OF_SQUARES": float_constant(trained.scale * STATE_STEP**2),
        "OF_PRODUCTS": float_constant(2 * trained.scale * STATE_STEP),
        "OF_CODES": float_constant(trained.scale * codes().shape[1]),
        "TANH_STEPS": str(len(tanh)),
        "TANH": initialiser(tanh, str),
        "FLASH": f"{flash:,}",
        "RAM": f"{KEPT_STATES:,}",
        **{name: initialiser(a, str) for name, a in arrays.items()},
    }
    path.write_text(fill_in("lenet5_int8.h.in", trained, values), encoding="utf-8")


def quantised(
    weight: NDArray[np.float64], bias: NDArray[np.float64], of_map: NDArray[np.intp], step: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """A layer's weights in ±127, its biases, and the multipliers that bring its total inputs to steps of the table.

    Args:
        weight: a row a kernel, coefficient or unit.
        bias: one a map.
        of_map: which map each of weight's rows belongs to.
        step: what one step of the states below is.

    Raises:
        ValueError: the weights are too large for the multipliers, which trained ones are not.
    """
    largest = np.zeros(len(bias))
    np.maximum.at(largest, of_map, np.abs(weight).reshape(len(weight), -1).max(1))
    # A map whose bias dwarfs its weights needs a coarser unit, for the bias to fit.
    unit = np.maximum(np.maximum(largest / 127, np.abs(bias) / (step * LARGEST_BIAS)), 1e-12)
    multipliers = np.rint(paper.SLOPE * unit * step * TANH_STEPS * 2.0**FRACTION)
    if not (multipliers < 2**31).all():
        raise ValueError(f"Weights of up to {largest.max():g} were given; the int8 form takes up to some thousands.")
    per_row = unit[of_map].reshape(-1, *[1] * (weight.ndim - 1))
    return _whole(weight / per_row), _whole(bias / (unit * step)), _whole(multipliers)


def _whole(numbers: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(numbers).astype(np.int32)


def tanh_table() -> NDArray[np.int32]:
    """127 tanh(k / 256), rounded, for k = 0, 1 … until it is 127 for good."""
    states = _whole(127 * np.tanh(np.arange(8 * TANH_STEPS) / TANH_STEPS))
    return states[: int(np.argmax(states == 127)) + 1]
