from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lenet5.data import load_dataset
from lenet5.network import LeNet5
from lenet5.training.checkpoint import load_model, restore, save_checkpoint, save_model
from lenet5.training.config import Config
from lenet5.training.presets import PRESETS
from lenet5.training.run import Run
from lenet5.training.run_folder import CHECKPOINT
from lenet5.training.trainer import Trainer
from saved import edit

CONFIG = Config("digits", None, replace(PRESETS["digits"], curvature_patterns=10, scale=0.07), seed=9)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(path, LeNet5(0.07, seed=4), CONFIG, {"test_error": 0.5})
    return path


def test_a_model_comes_back_with_its_scale_and_weights(model: Path) -> None:
    network, config = load_model(model)
    images = torch.randn(2, 1, 32, 32)
    assert torch.equal(network(images), LeNet5(0.07, seed=4)(images))
    assert config == CONFIG


def test_a_model_is_about_240_kb(model: Path) -> None:
    assert 240_000 < model.stat().st_size < 245_000


def test_a_model_is_no_checkpoint(model: Path) -> None:
    dataset = load_dataset("digits", None)
    trainer = Trainer(CONFIG.preset, 9, dataset.train.first(20), dataset.test.first(20))
    with pytest.raises(ValueError, match="holds weights but no progress"):
        restore(model, trainer)
    save_checkpoint(model, trainer, CONFIG)
    restore(model, trainer)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There is no file"):
        load_model(tmp_path / "nothing.safetensors")
    with pytest.raises(ValueError, match=r"neither model\.safetensors nor checkpoint\.safetensors"):
        load_model(tmp_path)


@pytest.mark.parametrize("keep", [0, 7, 8, 200, -1])
def test_a_truncated_model_is_refused(model: Path, keep: int) -> None:
    model.write_bytes(model.read_bytes()[:keep])
    with pytest.raises(ValueError, match="is not a whole safetensors file"):
        load_model(model)


def test_somebody_elses_file_is_refused(tmp_path: Path, model: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(3)}, other)
    with pytest.raises(ValueError, match="was not written by lenet5"):
        load_model(other)
    save_file({"x": torch.zeros(3)}, other, {"config": "{nonsense"})
    with pytest.raises(ValueError, match="header that cannot be read"):
        load_model(other)
    edit(model, {"C1.weight": np.zeros((6, 5, 5), np.float32)})
    with pytest.raises(ValueError, match="not a LeNet-5's"):
        load_model(model)


@pytest.mark.parametrize("progress", ["{", "[]", "{}", '{"records": 3}', "[" * 9000])
def test_a_progress_that_cannot_be_read_names_the_file(tmp_path: Path, progress: str) -> None:
    run = Run.start(Config("digits", None, PRESETS["digits"], seed=1, train_size=20), tmp_path / "run")
    edit(run.folder / CHECKPOINT, progress=progress)
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors has a progress that cannot be read .*; train again"):
        Run.resume(run.folder)
