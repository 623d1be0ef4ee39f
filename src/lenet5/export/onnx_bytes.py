"""ONNX from bytes to probabilities: what stands before and behind the network is in the graph too. Eq. 9.

Input `images`, N×28×28 uint8: as MNIST has them, 0 the background, 255 the foreground, a light digit on dark.
Output `probabilities`, N×11 float32: of the digits 0 to 9, and last that it is no digit; a row sums to 1.

They are those that `lenet5 read` takes: calibrated where the model's file has a calibration, else as trained.
"""

from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from lenet5 import paper
from lenet5.arrays import codes
from lenet5.export.comparison import COMPARED_AT_A_TIME
from lenet5.export.comparison import beyond_rounding as complaint
from lenet5.export.onnx import Graph, layers, model_of, save, session_of
from lenet5.export.trained_network import TrainedNetwork
from lenet5.training.calibration import DIGITS

__all__ = ["complaint", "read_back", "write"]

SIDE = 28


def write(trained: TrainedNetwork, path: Path) -> None:
    """Build the graph from the parameters, check it and save it."""
    save(build(trained), path)


def build(trained: TrainedNetwork) -> onnx.ModelProto:
    """The model: bytes to the network's input, its layers, and eq. 9."""
    graph = Graph()
    penalties = layers(graph, trained, _input(graph), codes(blank=trained.blank))
    _posterior(graph, trained, penalties)
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", SIDE, SIDE])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", DIGITS + 1])
    properties = {
        "classes": " ".join([*map(str, range(DIGITS)), "none"]),
        "rubbish_penalty": trained.j,
        "temperature": trained.calibration.temperature,
        "odds": trained.calibration.odds,
    }
    return model_of(graph, trained, images, probabilities, str(__doc__), properties)


def _input(graph: Graph) -> str:
    """Section II-B: grey levels, in the middle of the larger input."""
    margin = (paper.INPUT_SIZE - SIDE) // 2
    graph.constant("grey_level", (paper.FOREGROUND - paper.BACKGROUND) / 255)
    graph.constant("background", paper.BACKGROUND)
    _whole_numbers(graph, "channel", [1])
    _whole_numbers(graph, "margins", 2 * [0, 0, margin, margin])
    levels = graph.add("Mul", "levels", graph.add("Cast", "bytes", "images", to=TensorProto.FLOAT), "grey_level")
    values = graph.add("Unsqueeze", "values", graph.add("Add", "greys", levels, "background"), "channel")
    return graph.add("Pad", "fields", values, "margins", "background")


def _posterior(graph: Graph, trained: TrainedNetwork, penalties: str) -> None:
    """A class more, the rubbish class, whose penalty is j; all that is no digit is one in the end."""
    temperature, odds = trained.calibration
    classes = DIGITS + trained.blank
    graph.constant("minus_temperature", -temperature)
    graph.constant("rubbish", -temperature * trained.j)
    graph.constant("log_odds", [0.0] * DIGITS + [log(odds)] * (classes + 1 - DIGITS))
    _whole_numbers(graph, "rubbish_class", [0, 0, 0, 1])
    flat = graph.add("Flatten", "flat", penalties)
    digits = graph.add("Mul", "log_likely", flat, "minus_temperature")
    with_rubbish = graph.add("Pad", "with_rubbish", digits, "rubbish_class", "rubbish")
    likely = graph.add("Softmax", "likely", graph.add("Add", "with_odds", with_rubbish, "log_odds"), axis=1)
    together = np.eye(classes + 1, DIGITS + 1, dtype=np.float32)
    together[DIGITS:, DIGITS] = 1
    graph.add("MatMul", "probabilities", likely, graph.constant("together", together))


def _whole_numbers(graph: Graph, name: str, values: list[int]) -> None:
    graph.constants.append(numpy_helper.from_array(np.array(values, dtype=np.int64), name))


def read_back(path: Path) -> Callable[[Tensor], Tensor]:
    """The file in onnxruntime: from N×28×28 uint8 images to N×11 probabilities."""
    session = session_of(path)

    def read(images: Tensor) -> Tensor:
        batches = torch.split(images, COMPARED_AT_A_TIME)
        return torch.from_numpy(np.concatenate([session.run(None, {"images": b.numpy()})[0] for b in batches]))

    return read
