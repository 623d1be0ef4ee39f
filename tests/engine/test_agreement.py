"""Edited layers, losses and steps: the native engine knows nothing of them, and must not be taken for them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lenet5.cli import main
from lenet5.data.input import to_input
from lenet5.engine import NATIVE, TENSORS, CannotRunError, select_engine, unsupported_reason
from lenet5.engine.extension import PACKAGE, extension
from lenet5.layers import convolution, layer, subsampling
from lenet5.layers.connections import full, random
from lenet5.layers.rbf import EuclideanRBF
from lenet5.layers.subsampling import Subsampling
from lenet5.loss import MAPLoss, MLELoss
from lenet5.network import LeNet5
from lenet5.reading import inference as frozen
from lenet5.reading.inference import InferenceNetwork, load_inference_network
from lenet5.sdlm import SDLM

pytestmark = pytest.mark.skipif(isinstance(extension(), str), reason="the native engine was not built")

IMAGES = torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(2))

Patch = pytest.MonkeyPatch


def relu(patch: Patch) -> str:
    patch.setattr(layer, "squash_", lambda a: a.clamp_(min=0))
    return r"C1's states differ by \d"


def amplitude(patch: Patch) -> str:
    patch.setattr(layer, "squash_", lambda a: a.mul_(2 / 3).tanh_().mul_(1.716))
    return r"C1's states differ by 6\.\de-05"


def derivative(patch: Patch) -> str:
    patch.setattr(layer, "squash_derivative", torch.ones_like)
    return r"F6\.bias, which an update by MLELoss moves by up to .*, differs by"


def max_pooling(patch: Patch) -> str:
    patch.setattr(subsampling, "sum_of_four", lambda x: torch.nn.functional.max_pool2d(x, 2))
    return r"S2's states differ by"


def absolute_distance(patch: Patch) -> str:
    patch.setattr(EuclideanRBF, "forward", lambda self, x: self.scale * self._differences(x).abs().sum(2))
    return r"OUTPUT's states differ by"


def shrunken_gradient(patch: Patch) -> str:
    spread = convolution.spread
    patch.setattr(convolution, "spread", lambda delta, kernels: 0.999 * spread(delta, kernels))
    return r"S4\.bias, which an update by MLELoss"


def map_loss(patch: Patch) -> str:
    before = MAPLoss.__call__
    patch.setattr(MAPLoss, "__call__", lambda self, y, labels: before(self, y, labels) + 0.01 * y.mean())
    return r"MAPLoss differs by"


def mle_gradient(patch: Patch) -> str:
    """The same value, and half the derivative."""
    before = MLELoss.__call__

    def halved(self: MLELoss, y: Tensor, labels: Tensor) -> Tensor:
        value = before(self, y, labels)
        return value / 2 + value.detach() / 2

    patch.setattr(MLELoss, "__call__", halved)
    return r"F6\.bias, which an update by MLELoss"


def weight_decay(patch: Patch) -> str:
    def decaying(parameters: list[Tensor], gradients: list[Tensor], rates: list[Tensor]) -> None:
        with torch.no_grad():
            for w, g, rate in zip(parameters, gradients, rates, strict=True):
                w.sub_(rate * (g + 0.01 * w))

    patch.setattr("lenet5.sdlm.sdlm_step", decaying)
    return r"F6\.bias, which an update by MLELoss"


def momentum(patch: Patch) -> str:
    """The first update is the same."""
    memory: dict[int, Tensor] = {}

    def remembering(parameters: list[Tensor], gradients: list[Tensor], rates: list[Tensor]) -> None:
        with torch.no_grad():
            for w, g, rate in zip(parameters, gradients, rates, strict=True):
                memory[id(w)] = 0.9 * memory.get(id(w), torch.zeros_like(g)) + g
                w.sub_(rate * memory[id(w)])

    patch.setattr("lenet5.sdlm.sdlm_step", remembering)
    return r"F6\.bias, which an update by MLELoss"


EDITS: list[Callable[[Patch], str]] = [
    *(relu, amplitude, derivative, max_pooling, absolute_distance, shrunken_gradient),
    *(map_loss, mle_gradient, weight_decay, momentum),
]


@pytest.mark.parametrize("edit", EDITS, ids=[edit.__name__ for edit in EDITS])
def test_what_was_edited_goes_by_the_tensor_path_and_is_named(edit: Callable[[Patch], str], monkeypatch: Patch) -> None:
    differs = edit(monkeypatch)
    network = LeNet5(0.2)
    engine, reason = select_engine("auto", network)
    assert engine is TENSORS
    assert re.match(f"the native engine does not do what the layers do: {differs}", str(reason)), reason
    with pytest.raises(CannotRunError, match=r"--engine native cannot be had: .*differs? by .*; give --engine torch"):
        select_engine("native", network)
    assert select_engine("torch", network) == (TENSORS, None)
    before = [p.detach().clone() for p in network.parameters()]
    optimiser = SDLM(network, eta=1, mu=1)
    with pytest.raises(CannotRunError, match="The tensor path must run this: the native engine does not do"):
        NATIVE.train(network, optimiser, MAPLoss(1.0), IMAGES, torch.arange(5), torch.arange(5))
    with pytest.raises(CannotRunError, match="The tensor path must run this"):
        NATIVE.penalties(network, IMAGES)
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))


def test_one_layer_of_one_network_edited_or_replaced() -> None:
    network = LeNet5(0.2)
    network.S2.forward = lambda x: x[:, :, ::2, ::2]
    assert "S2's states differ by" in str(unsupported_reason(network))

    class Average(Subsampling):
        def total_input(self, x: Tensor) -> Tensor:
            return super().total_input(x / 4)

    network = LeNet5(0.2)
    network.S4 = Average(16)
    assert "S4's states differ by" in str(unsupported_reason(network))
    network = LeNet5(0.2)
    network.S4 = torch.nn.Identity()
    assert "the native engine does not do what the layers do: it refuses them" in str(unsupported_reason(network))
    assert unsupported_reason(LeNet5(0.2)) is None


@pytest.mark.parametrize("scale", [1e-4, 0.01, 0.2, 1.0, 50.0])
@pytest.mark.parametrize("table", [None, full(6, 16), random(6, 16, 2, torch.Generator().manual_seed(3))])
def test_layers_as_they_are_agree_whatever_the_scale_and_the_table(scale: float, table: Tensor | None) -> None:
    network = LeNet5(scale, table=table)
    before = [p.detach().clone() for p in network.parameters()]
    with torch.inference_mode():
        assert select_engine("native", network) == (NATIVE, None)
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))
    assert all(p.grad is None for p in network.parameters())
    assert unsupported_reason(LeNet5(scale, table=table).requires_grad_(False)) is None


def test_edited_codes_are_the_engines_too() -> None:
    network = LeNet5(0.2)
    network.OUTPUT.codes.mul_(-1)
    assert select_engine("auto", network) == (NATIVE, None)
    with torch.no_grad():
        torch.testing.assert_close(NATIVE.penalties(network, IMAGES), network(to_input(IMAGES)), rtol=1e-5, atol=1e-4)


def test_a_loss_derived_from_another_is_not_the_other() -> None:
    class Doubled(MAPLoss):
        def __call__(self, y: Tensor, labels: Tensor) -> Tensor:
            return 2 * super().__call__(y, labels)

    network = LeNet5(0.2)
    optimiser = SDLM(network, eta=1, mu=1)
    with pytest.raises(CannotRunError, match=r"knows the losses of eq\. 8 and 9 alone"):
        NATIVE.train(network, optimiser, Doubled(1.0), IMAGES, torch.arange(5), torch.arange(5))


def layers_own(network: InferenceNetwork) -> np.ndarray:
    return network._states_by_tensors(IMAGES.numpy(), "OUTPUT")


def test_reading_asks_the_layers_where_they_are_loaded(monkeypatch: Patch) -> None:
    assert load_inference_network()._engine is extension()
    monkeypatch.setattr(layer, "squash_", lambda a: a.clamp_(min=0))
    edited = load_inference_network()
    assert edited._engine is None
    np.testing.assert_array_equal(edited.penalties(IMAGES.numpy()), layers_own(edited))


def test_reading_asks_the_layers_where_the_codes_are_others(monkeypatch: Patch) -> None:
    monkeypatch.setattr("lenet5.bitmaps.codes", lambda **_: -torch.from_numpy(frozen.codes()))
    edited = load_inference_network()
    assert edited._engine is None
    np.testing.assert_array_equal(edited.penalties(IMAGES.numpy()), layers_own(edited))


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, engine included, whose squashing function is max(0, a)."""
    home = tmp_path_factory.mktemp("edited")
    shutil.copytree(PACKAGE, home / "lenet5", ignore=shutil.ignore_patterns("__pycache__"))
    module = extension()
    assert not isinstance(module, str)
    shutil.copy(str(module.__file__), home / "lenet5" / "engine")
    file = home / "lenet5" / "layers" / "squash.py"
    text = file.read_text()
    line = "    return a.mul_(SLOPE).tanh_().mul_(AMPLITUDE)\n"
    assert line in text
    file.write_text(text.replace(line, "    return a.clamp_(min=0)\n"))
    return home


def python(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with the packages of this one, but without what makes this tree its lenet5."""
    path = os.pathsep.join([str(home), *(p for p in sys.path if p.endswith("-packages"))])
    command = [sys.executable, "-S", *arguments]
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)


def test_an_edited_file_is_noticed_and_native_refused(edited: Path) -> None:
    done = python(edited, "-m", "lenet5", "train", "--engine", "native", "--train-size", "20", "--out", "run")
    assert done.returncode == 1
    assert "--engine native cannot be had: the native engine does not do what the layers do: C1's" in done.stderr
    assert not (edited / "run").exists()


def test_training_says_that_it_goes_by_the_tensor_path(
    tmp_path: Path, monkeypatch: Patch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(layer, "squash_", lambda a: a.clamp_(min=0))
    monkeypatch.setattr(
        "sys.argv", ["lenet5", "train", "--passes", "1", "--train-size", "20", "--out", str(tmp_path / "a")]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert not ended.value.code
    assert "On the tensor path: the native engine does not do what the layers do: C1's states differ by" in err
    assert "torch engine" in out


READ = """
import sys, numpy
from lenet5.engine.extension import extension
from lenet5.reading.inference import load_inference_network
network = load_inference_network()
pattern = numpy.arange(784, dtype=numpy.uint8).reshape(1, 28, 28)
given = network.penalties(pattern)
loaded = "torch" in sys.modules
print("native" if network._engine is extension() else "layers", loaded)
if loaded:
    numpy.testing.assert_allclose(given, network._states_by_tensors(pattern, "OUTPUT"), rtol=1e-4)
"""


def test_reading_with_an_edited_file_goes_by_the_layers(edited: Path, tmp_path: Path) -> None:
    done = python(edited, "-c", READ)
    assert (done.stdout, done.stderr) == ("layers True\n", "")
    # A comment changes the file and nothing else: the layers are loaded, asked, and found to agree.
    shutil.copytree(edited / "lenet5", tmp_path / "lenet5")
    file = tmp_path / "lenet5" / "layers" / "squash.py"
    file.write_text((PACKAGE / "layers" / "squash.py").read_text() + "# Nothing else.\n")
    done = python(tmp_path, "-c", READ)
    assert (done.stdout, done.stderr) == ("native True\n", "")
    shutil.copy(PACKAGE / "layers" / "squash.py", file)
    done = python(tmp_path, "-c", READ)
    assert (done.stdout, done.stderr) == ("native False\n", "")
