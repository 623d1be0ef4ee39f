"""The frozen network against the layers, and files that hold none."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from lenet5.arrays import GREY_LEVELS, STATE_SHAPES, parameter_shapes
from lenet5.bitmaps import codes
from lenet5.data.input import to_input
from lenet5.network import LeNet5
from lenet5.reading.inference import load_inference_network
from lenet5.training.checkpoint import load_pretrained
from lenet5.training.run_folder import pretrained
from saved import edit, read

PATTERNS = torch.randint(256, (7, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("by_tensors", [False, True])
def test_every_layers_states_are_the_layers_own(by_tensors: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_pretrained()
    frozen = load_inference_network("pretrained")
    if by_tensors:
        monkeypatch.setattr(frozen, "_engine", None)
    with torch.no_grad():
        expected = network.states(to_input(PATTERNS))
    for layer, shape in STATE_SHAPES.items():
        found = frozen.states(PATTERNS.numpy(), layer)
        assert found.shape == (7, *shape)
        np.testing.assert_allclose(found, expected[layer].numpy(), rtol=2e-4, atol=2e-4)
    np.testing.assert_array_equal(frozen.penalties(PATTERNS.numpy()), frozen.states(PATTERNS.numpy(), "OUTPUT"))


def test_levels_codes_and_shapes_are_the_layers_own() -> None:
    every = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    np.testing.assert_array_equal(GREY_LEVELS, to_input(every)[0, 0, 8:24, 8:24].flatten().numpy())
    np.testing.assert_array_equal(load_inference_network()._codes, codes().numpy())
    shapes = {name: tuple(p.shape) for name, p in LeNet5().named_parameters()}
    assert list(parameter_shapes().items()) == list(shapes.items())


def test_what_holds_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="The layer 'C2' was given; choose one of C1, S2"):
        load_inference_network().states(PATTERNS.numpy(), "C2")
    (tmp_path / "none.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        load_inference_network(tmp_path / "none.safetensors")
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="was not written by lenet5"):
        load_inference_network(tmp_path / "other.safetensors")
    header = {"config": read(pretrained("best"))[1]["config"]}
    part = tmp_path / "part.safetensors"
    shutil.copy(pretrained("best"), part)
    edit(part, {"C1.weight": np.zeros((6, 5, 5), np.float32)})
    with pytest.raises(ValueError, match="which is not a LeNet-5's"):
        load_inference_network(part)
    edit(part, config="{}")
    with pytest.raises(ValueError, match="has a header that cannot be read"):
        load_inference_network(part)
    halves = {name: torch.zeros(shape, dtype=torch.bfloat16) for name, shape in parameter_shapes().items()}
    safetensors.torch.save_file(halves, tmp_path / "halves.safetensors", header)
    # NumPy knows bfloat16 once some other library has taught it.
    with pytest.raises(ValueError, match="bfloat16"):
        load_inference_network(tmp_path / "halves.safetensors")
