"""JSON: everything that it takes to run the network elsewhere, in numbers that a person can look up. Section II-B.

    format        "lenet5", and format_version 1 · written_by: this package and its version
    input         height, width: 32×32 · background, ink: its grey levels, of the foreground too, −0.1 and 1.175 ·
                  image: height and width of the image in it, 28×28, the row and column (top, left) where it begins, and
                  the bytes of background ("paper") and foreground ("ink"), 0 and 255, linear in between
    squash        amplitude A and slope S of f(a) = A tanh(S a), eq. 6; the states of all layers but OUTPUT
    layers        in order, each with its name, kind and size, maps × height × width:
      convolution       kernel_size k · reads: for each map the maps below that it reads, Table I for C3 ·
                        weight: k×k kernels, for each map in the order of its reads · bias: one a map
                        a[o,y,x] = bias[o] + Σ_i Σ_ab weight[o→i][a][b] x[i,y+a,x+b]
      subsampling       coefficient and bias, one a map: a[c,y,x] = coefficient[c] Σ_ab x[c,2y+a,2x+b] + bias[c]
      full_connection   weight, units × inputs, and bias, one a unit: a[o] = bias[o] + Σ_i weight[o][i] x[i]
      rbf               codes: classes × inputs, ±1 · scale s: y[i] = s Σ_j (x[j] − codes[i][j])², eq. 7
    answer        "argmin": the class of the smallest penalty y
    rubbish       j: the penalty of what is no digit, eq. 9; its posterior is e^−j / (e^−j + Σ e^−y)
    scores        of the test set, as the training recorded them; may be empty

A float is the shortest decimal that gives the float32 back.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lenet5 import paper
from lenet5.arrays import STATE_SHAPES, codes, parameter_shapes, table_i
from lenet5.export.comparison import beyond_rounding as complaint
from lenet5.export.comparison import input_batches
from lenet5.export.trained_network import TrainedNetwork
from lenet5.reading.normalisation import IMAGE
from lenet5.version import __version__

__all__ = ["complaint", "read_back", "write"]


def write(trained: TrainedNetwork, path: Path) -> None:
    """Write the document, a layer a line."""
    lines = [f"{json.dumps(name)}: {_lines(value)}" for name, value in document(trained).items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def document(trained: TrainedNetwork) -> dict[str, Any]:
    """What is written, by the schema above."""
    size, margin = paper.INPUT_SIZE, (paper.INPUT_SIZE - IMAGE) // 2
    image = {"height": IMAGE, "width": IMAGE, "top": margin, "left": margin, "paper": 0, "ink": 255}
    levels = {"background": paper.BACKGROUND, "ink": paper.FOREGROUND}
    return {
        "format": "lenet5",
        "format_version": 1,
        "written_by": f"lenet5 {__version__}",
        "input": {"height": size, "width": size, **levels, "image": image},
        "squash": {"amplitude": paper.AMPLITUDE, "slope": paper.SLOPE},
        "layers": _layers(trained),
        "answer": "argmin",
        "rubbish": {"j": trained.j},
        "trained": {"model": trained.name, "dataset": trained.config.dataset, "preset": trained.config.preset.name},
        "scores": trained.scores,
    }


def _layers(trained: TrainedNetwork) -> list[dict[str, Any]]:
    reads = {
        "C1": [[0]] * STATE_SHAPES["C1"][0],
        "C3": [column.nonzero()[0].tolist() for column in table_i().T],
        "C5": [list(range(STATE_SHAPES["S4"][0]))] * STATE_SHAPES["C5"][0],
    }
    layers = []
    for name, (size, _, _) in paper.LAYERS.items():
        own = {key.split(".")[1]: _numbers(p) for key, p in trained.parameters.items() if key.startswith(f"{name}.")}
        layer: dict[str, Any] = {"name": name, "kind": _KINDS[name], "size": list(size)}
        if name in reads:
            layer |= {"kernel_size": parameter_shapes()[f"{name}.weight"][-1], "reads": reads[name]}
        if name == "OUTPUT":
            own = {"codes": codes().astype(int).tolist(), "scale": trained.scale}
        layers.append(layer | own)
    return layers


_KINDS: Final = {
    **dict.fromkeys(("C1", "C3", "C5"), "convolution"),
    **dict.fromkeys(("S2", "S4"), "subsampling"),
    "F6": "full_connection",
    "OUTPUT": "rbf",
}


def _numbers(array: NDArray[np.float32]) -> Any:
    """Nested lists of the shortest decimals that give each float32 back."""
    if array.ndim > 1:
        return [_numbers(part) for part in array]
    return [float(str(number)) for number in array]


def _lines(value: Any) -> str:
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(item) for item in value) + "\n]"
    return json.dumps(value)


def read_back(path: Path) -> Callable[[Tensor], Tensor]:
    """The file in a forward pass of NumPy's, which knows nothing but the document."""
    content = json.loads(path.read_text(encoding="utf-8"))

    def read(images: Tensor) -> Tensor:
        return torch.from_numpy(np.concatenate([forward(content, x.numpy()) for x in input_batches(images)]))

    return read


def forward(content: dict[str, Any], x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The penalties of a document of the schema above.

    Args:
        content: the document.
        x: the input, N×1×32×32.

    Returns:
        N×10; the smallest is the answer.
    """
    amplitude, slope = (np.float32(content["squash"][name]) for name in ("amplitude", "slope"))
    *squashed, output = content["layers"]
    for layer in squashed:
        x = amplitude * np.tanh(slope * _TOTAL_INPUTS[layer["kind"]](layer, x))
    apart = x[:, None] - np.array(output["codes"], dtype=np.float32)
    penalties: NDArray[np.float32] = np.float32(output["scale"]) * np.square(apart).sum(2)
    return penalties


def _convolution(layer: dict[str, Any], x: NDArray[np.float32]) -> NDArray[np.float32]:
    k, kernels = layer["kernel_size"], iter(np.array(layer["weight"], dtype=np.float32))
    dense = np.zeros((len(layer["reads"]), x.shape[1], k, k), dtype=np.float32)
    for o, maps in enumerate(layer["reads"]):
        for i in maps:
            dense[o, i] = next(kernels)
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
    a = np.tensordot(windows, dense, axes=((1, 4, 5), (1, 2, 3))) + np.array(layer["bias"], dtype=np.float32)
    return np.moveaxis(a, 3, 1)


def _subsampling(layer: dict[str, Any], x: NDArray[np.float32]) -> NDArray[np.float32]:
    coefficient, bias = (np.array(layer[name], dtype=np.float32)[:, None, None] for name in ("coefficient", "bias"))
    n, maps, height, width = x.shape
    of_four: NDArray[np.float32] = x.reshape(n, maps, height // 2, 2, width // 2, 2).sum((3, 5))
    return coefficient * of_four + bias


def _full_connection(layer: dict[str, Any], x: NDArray[np.float32]) -> NDArray[np.float32]:
    weight, bias = (np.array(layer[name], dtype=np.float32) for name in ("weight", "bias"))
    return x.reshape(len(x), -1) @ weight.T + bias


_TOTAL_INPUTS: Final = {
    "convolution": _convolution,
    "subsampling": _subsampling,
    "full_connection": _full_connection,
}
