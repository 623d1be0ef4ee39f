"""The ONNX file from bytes, in onnxruntime, beside the network that `lenet5 read` takes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from lenet5.data import Patterns
from lenet5.export import onnx_bytes as form
from lenet5.export.comparison import beyond_rounding, compare_with_network
from lenet5.export.trained_network import TrainedNetwork, load_trained_network
from lenet5.reading.inference import load_inference_network
from lenet5.training.calibration import Calibration


@pytest.mark.parametrize("model", ["pretrained", "pretrained-1998", "pretrained-numbers", "pretrained-reader"])
def test_bytes_give_the_probabilities_of_the_reader(model: str, digits: Patterns, tmp_path: Path) -> None:
    path = tmp_path / "lenet5.onnx"
    form.write(load_trained_network(model), path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    other = 255 - digits.images.numpy()[:20]  # what is no digit
    images = np.concatenate([digits.images.numpy(), other])
    (given,) = session.run(["probabilities"], {"images": images})
    reader = load_inference_network(model)
    likely, none = reader.posterior(reader.states(images, "OUTPUT"))
    np.testing.assert_allclose(given, np.column_stack([likely, none]), atol=1e-5)
    np.testing.assert_array_equal(given[:, :10].argmax(1), reader.penalties(images).argmin(1))


def test_the_file_says_what_it_reads(trained: TrainedNetwork) -> None:
    model = form.build(replace(trained, calibration=Calibration(0.5, 3.0)))
    (given,), (answer,) = model.graph.input, model.graph.output
    assert (given.name, given.type.tensor_type.elem_type) == ("images", onnx.TensorProto.UINT8)
    assert [d.dim_param or d.dim_value for d in given.type.tensor_type.shape.dim] == ["batch", 28, 28]
    assert [d.dim_param or d.dim_value for d in answer.type.tensor_type.shape.dim] == ["batch", 11]
    assert "0 the background, 255 the foreground" in model.doc_string
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert (properties["temperature"], properties["odds"]) == ("0.5", "3.0")


@pytest.mark.parametrize("wrong", [Calibration(1.01, 1.0), Calibration(1.0, 1.1)])
def test_another_calibration_is_caught(
    trained: TrainedNetwork, digits: Patterns, wrong: Calibration, tmp_path: Path
) -> None:
    path = tmp_path / "lenet5.onnx"
    right = trained.calibration
    changed = Calibration(right.temperature * wrong.temperature, right.odds * wrong.odds)
    form.write(replace(trained, calibration=changed), path)
    comparison = compare_with_network(trained, form.read_back(path), "digits", digits, probabilities=True)
    assert beyond_rounding(comparison) == "expected all answers equal and each probability to 1e-05"
