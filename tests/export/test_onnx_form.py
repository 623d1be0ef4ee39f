"""The ONNX file in onnxruntime, beside the network."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor

from lenet5 import bitmaps, paper
from lenet5.data import Patterns
from lenet5.export import onnx as form
from lenet5.export.trained_network import TrainedNetwork


@pytest.fixture(scope="module")
def file(trained: TrainedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "lenet5.onnx"
    form.write(trained, path)
    return path


@pytest.fixture(scope="module")
def session(file: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(
    ("batch", "height", "width", "positions"),
    [(1, 32, 32, (1, 1)), (7, 32, 32, (1, 1)), (2, 32, 64, (1, 9)), (1, 40, 48, (3, 5)), (3, 36, 32, (2, 1))],
)
def test_any_number_of_images_of_any_size(
    trained: TrainedNetwork,
    session: onnxruntime.InferenceSession,
    batch: int,
    height: int,
    width: int,
    positions: tuple[int, int],
) -> None:
    fields = torch.rand(batch, 1, height, width) * (paper.FOREGROUND - paper.BACKGROUND) + paper.BACKGROUND
    (given,) = session.run(["penalties"], {"fields": fields.numpy()})
    with torch.no_grad():
        expected = trained.network(fields)
    assert given.shape == (batch, 10, *positions)
    np.testing.assert_allclose(given, expected.numpy().reshape(given.shape), rtol=1e-5, atol=1e-5)


def test_a_wider_field_holds_the_answers_of_its_parts(
    session: onnxruntime.InferenceSession, digits: Patterns, penalties: Tensor
) -> None:
    """The position of C5 that sees a 32×32 part alone gives what that part gives: every fourth pixel is one."""
    fields = torch.full((1, 1, 32, 64), paper.BACKGROUND)
    levels = torch.tensor(paper.BACKGROUND) + (paper.FOREGROUND - paper.BACKGROUND) / 255 * digits.images[:2].float()
    fields[0, 0, 2:30, 2:30], fields[0, 0, 2:30, 34:62] = levels[0], levels[1]
    (given,) = session.run(None, {"fields": fields.numpy()})
    np.testing.assert_allclose(given[0, :, 0, 0], penalties[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(given[0, :, 0, 8], penalties[1], rtol=1e-5, atol=1e-5)


def test_all_of_mnist_is_read_alike(file: Path, mnist: Patterns, mnist_penalties: Tensor) -> None:
    given = form.read_back(file)(mnist.images)
    assert int((given.argmin(1) == mnist_penalties.argmin(1)).sum()) == 10_000
    torch.testing.assert_close(given, mnist_penalties, rtol=1e-5, atol=1e-5)


def test_the_graph_is_plain_and_says_what_it_reads(trained: TrainedNetwork, file: Path) -> None:
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    assert {node.op_type for node in model.graph.node} == {"Conv", "AveragePool", "Mul", "Add", "Sub", "Tanh"}
    assert {name for name in paper.LAYERS if name != "OUTPUT"} <= {node.name for node in model.graph.node}
    sizes = [[d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim] for value in model.graph.input]
    assert sizes == [["batch", 1, "height", "width"]]
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert (float(properties["background"]), float(properties["ink"])) == (paper.BACKGROUND, paper.FOREGROUND)
    assert float(properties["rbf_scale"]) == trained.scale
    assert "fields" in model.doc_string


def test_the_codes_are_those_of_figure_3(file: Path, trained: TrainedNetwork) -> None:
    constants = {c.name: onnx.numpy_helper.to_array(c) for c in onnx.load(file).graph.initializer}
    drawn = (constants["OUTPUT.foreground"] - constants["OUTPUT.background"])[:, :, 0, 0] / np.float32(trained.scale)
    assert drawn.tolist() == bitmaps.signs()
