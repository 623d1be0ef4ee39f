"""ONNX: the network as a graph of plain operators, for runtimes in any language. Section II-B, figure 2.

Input `fields`, N×1×H×W float32: background −0.1, foreground 1.175, a 28×28 image in the middle of 32×32. N, H and W
are free, H and W multiples of 4 from 32: a wider input gives more outputs, a set of penalties for each position of C5.
Output `penalties`, N×10×H'×W', 1×1 for 32×32: eq. 7; the smallest is the answer.

The graph is written out here, operator by operator, so that it holds none that runtimes choke on: Conv, AveragePool,
Mul, Add, Sub and Tanh, on four dimensions. A value is named after its layer: `C1.a` the total inputs, `C1` the states.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from lenet5 import paper
from lenet5.arrays import STATE_SHAPES, codes
from lenet5.export.comparison import beyond_rounding as complaint
from lenet5.export.comparison import input_batches
from lenet5.export.trained_network import TrainedNetwork, c3_kernels, c5_kernels
from lenet5.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["complaint", "read_back", "write"]

# Of 2021: what runtimes on phones and in browsers have too.
OPSET: Final = 17
IR_VERSION: Final = 8


@final
class Graph:
    """Nodes and constants, as they are added. `add` gives the name of the new value, which is its node's."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, name: str, *inputs: str, **attributes: Any) -> str:
        """A node of one output."""
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, value: "NDArray[np.float32] | Sequence[float] | float") -> str:
        """A constant array, float32."""
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=np.float32), name))
        return name


def write(trained: TrainedNetwork, path: Path) -> None:
    """Build the graph from the parameters, check it and save it."""
    save(build(trained), path)


def save(model: onnx.ModelProto, path: Path) -> None:
    """Check a model and write it."""
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def build(trained: TrainedNetwork) -> onnx.ModelProto:
    """The model: the layers in order, with what it reads and gives in its documentation and its properties."""
    graph, classes = Graph(), STATE_SHAPES["OUTPUT"][0]
    layers(graph, trained, "fields", codes())
    fields = helper.make_tensor_value_info("fields", TensorProto.FLOAT, ["batch", 1, "height", "width"])
    penalties = helper.make_tensor_value_info("penalties", TensorProto.FLOAT, ["batch", classes, "rows", "columns"])
    properties = {
        "background": paper.BACKGROUND,
        "ink": paper.FOREGROUND,
        "classes": " ".join(map(str, range(classes))),
        "rubbish_penalty": trained.j,
    }
    return model_of(graph, trained, fields, penalties, str(__doc__), properties)


def layers(graph: Graph, trained: TrainedNetwork, x: str, centres: NDArray[np.float32]) -> str:
    """All layers, from the value `x` of N×1×H×W to `penalties`, one for each of the centres, classes×84."""
    p = trained.parameters
    graph.constant("slope", paper.SLOPE)
    graph.constant("amplitude", paper.AMPLITUDE)
    x = _convolution(graph, "C1", x, p["C1.weight"][:, None], p["C1.bias"])
    x = _subsampling(graph, "S2", x, p["S2.coefficient"], p["S2.bias"])
    x = _convolution(graph, "C3", x, c3_kernels(p["C3.weight"]), p["C3.bias"])
    x = _subsampling(graph, "S4", x, p["S4.coefficient"], p["S4.bias"])
    x = _convolution(graph, "C5", x, c5_kernels(p["C5.weight"]), p["C5.bias"])
    # A full connection at every position is a convolution of 1×1.
    x = _convolution(graph, "F6", x, p["F6.weight"][:, :, None, None], p["F6.bias"])
    return _output(graph, x, trained.scale, centres)


def model_of(
    graph: Graph,
    trained: TrainedNetwork,
    given: onnx.ValueInfoProto,
    answer: onnx.ValueInfoProto,
    documentation: str,
    properties: dict[str, object],
) -> onnx.ModelProto:
    """The model of a graph from what it is given to its answer, with what is known of the network."""
    model = helper.make_model(
        helper.make_graph(graph.nodes, "LeNet-5", [given], [answer], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="lenet5",
        producer_version=__version__,
        doc_string=documentation,
    )
    known = {"rbf_scale": trained.scale, "trained_on": trained.config.dataset, "preset": trained.config.preset.name}
    helper.set_model_props(model, {name: str(value) for name, value in (properties | known).items()})
    return model


def _convolution(graph: Graph, name: str, x: str, kernels: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
    weight, bias_name = graph.constant(f"{name}.weight", kernels), graph.constant(f"{name}.bias", bias)
    return _squash(graph, name, graph.add("Conv", f"{name}.a", x, weight, bias_name))


def _subsampling(graph: Graph, name: str, x: str, coefficient: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
    # The sum of four is four times their mean, and a factor of four is exact.
    mean = graph.add("AveragePool", f"{name}.mean", x, kernel_shape=[2, 2], strides=[2, 2])
    four = graph.constant(f"{name}.coefficient_of_mean", 4 * coefficient[:, None, None])
    product = graph.add("Mul", f"{name}.product", mean, four)
    return _squash(
        graph, name, graph.add("Add", f"{name}.a", product, graph.constant(f"{name}.bias", bias[:, None, None]))
    )


def _squash(graph: Graph, name: str, a: str) -> str:
    """Eq. 5 and 6: A tanh(S a)."""
    bent = graph.add("Tanh", f"{name}.tanh", graph.add("Mul", f"{name}.scaled", a, "slope"))
    return graph.add("Mul", name, bent, "amplitude")


def _output(graph: Graph, x: str, scale: float, centres: NDArray[np.float32]) -> str:
    """Eq. 7. The centres are ±1: the penalty adds (x − 1)² where the code is foreground, else (x + 1)²."""
    one, drawn = graph.constant("OUTPUT.one", 1.0), centres[:, :, None, None]
    parts = []
    for part, operator, where in (("foreground", "Sub", drawn > 0), ("background", "Add", drawn < 0)):
        from_centre = graph.add(operator, f"OUTPUT.from_{part}", x, one)
        square = graph.add("Mul", f"OUTPUT.from_{part}_squared", from_centre, from_centre)
        mask = graph.constant(f"OUTPUT.{part}", np.float32(scale) * where)
        parts.append(graph.add("Conv", f"OUTPUT.of_{part}", square, mask))
    return graph.add("Add", "penalties", *parts)


def read_back(path: Path) -> Callable[[Tensor], Tensor]:
    """The file in onnxruntime."""
    session = session_of(path)

    def read(images: Tensor) -> Tensor:
        penalties = [session.run(None, {"fields": batch.numpy()})[0] for batch in input_batches(images)]
        return torch.from_numpy(np.concatenate(penalties)).flatten(1)

    return read


def session_of(path: Path) -> Any:
    """A file in onnxruntime, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
