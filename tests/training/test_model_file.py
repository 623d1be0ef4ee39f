"""The one opener of models and checkpoints: what was written comes back, and nothing else is let in."""

import hashlib
import json
import logging
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from lenet5.export.trained_network import load_trained_network
from lenet5.network import LeNet5
from lenet5.reading.inference import load_inference_network
from lenet5.training.checkpoint import load_model, model_file
from lenet5.training.config import Config
from lenet5.training.model_file import content_of, open_model
from lenet5.training.presets import PRESETS
from lenet5.training.run import Run
from lenet5.training.run_folder import CHECKPOINT, MODEL, pretrained
from saved import edit, read

CONFIG = Config("digits", None, replace(PRESETS["tuned"], passes=2, curvature_patterns=10), seed=1, train_size=30)
ARRAYS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(7), "c": np.float32([0.1, -0.0])}
HEADER = {"config": "{}", "scores": 'é "quoted" \\ text', "a": ""}

# Everything that takes a model: what reads and serves, what evaluates, what exports.
OPENERS: list[Callable[[Path], object]] = [load_inference_network, load_model, load_trained_network]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copy(pretrained("best"), tmp_path / MODEL))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run.start(CONFIG, tmp_path_factory.mktemp("runs") / "run")
    run.train(stop=lambda: run.trainer.progress.patterns_done >= 28)
    return run


@pytest.fixture
def checkpoint(run: Run, tmp_path: Path) -> Path:
    """A run's checkpoint with everything that one can hold: records, a curve, curvature and a mean."""
    return Path(shutil.copy(run.folder / CHECKPOINT, tmp_path / CHECKPOINT))


def refusal(path: Path) -> str:
    """The one sentence with which every opener refuses a file."""
    said = set()
    for opener in OPENERS:
        with pytest.raises(ValueError, match=str(path)) as caught:
            opener(path)
        said.add(str(caught.value))
    (sentence,) = said
    assert "\n" not in sentence
    return sentence


def test_safetensors_itself_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content_of(ARRAYS, HEADER))
    arrays, header = read(path)
    assert header == {**HEADER, "sha256": header["sha256"]}
    for found in (arrays, safetensors.numpy.load_file(path)):
        assert found.keys() == ARRAYS.keys()
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(found[name], array, strict=True)
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


def test_the_digest_is_of_names_types_shapes_elements_and_header() -> None:
    described = json.dumps(
        [
            sorted([key, value] for key, value in HEADER.items()),
            [["a", "int64", []], ["b", "float32", [2, 3]], ["c", "float32", [2]]],
        ]
    ).encode()
    elements = b"".join(ARRAYS[name].tobytes() for name in "abc")
    assert hashlib.sha256(described + elements).hexdigest().encode() in content_of(ARRAYS, HEADER)


def test_the_same_network_is_the_same_bytes_in_every_process() -> None:
    """Every write orders a dictionary anew in Rust, and every process in Python, but for PYTHONHASHSEED."""
    network = LeNet5(seed=1)
    files = {model_file(network, CONFIG, {"test_error": 0.25, "macro_f1": 0.5}) for _ in range(10)}
    assert len(files) == 1
    program = (
        "import sys, numpy as np; from lenet5.training.model_file import content_of\n"
        "texts = {name: name for name in {'config', 'scores', 'progress', 'more'}}\n"
        "sys.stdout.buffer.write(content_of({name: np.zeros(3) for name in {'a', 'b', 'c', 'd'}}, texts))"
    )
    environments = [{**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2")]
    written = [subprocess.run([sys.executable, "-c", program], env=e, capture_output=True) for e in environments]
    assert written[0].stdout == written[1].stdout != b""


@pytest.mark.parametrize("kind", ["model", "checkpoint"])
def test_damage_anywhere_is_seen_by_every_opener(kind: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(kind)
    whole = path.read_bytes()
    numbers = random.Random(19)
    header = int.from_bytes(whole[:8], "little")
    places = [numbers.randrange(8, 8 + header) for _ in range(15)]
    places += [numbers.randrange(8 + header, len(whole)) for _ in range(15)]
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << numbers.randrange(8)
        path.write_bytes(damaged)
        refusal(path)
    page = 4096 * (len(whole) // 8192)
    path.write_bytes(whole[:page] + bytes(4096) + whole[page + 4096 :])
    assert "is damaged: its digest is not that of its content; train again, or give another" in refusal(path)
    path.write_bytes(whole)
    for opener in OPENERS:
        opener(path)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(model: Path, number: float) -> None:
    arrays, _ = read(model)
    arrays["C5.weight"][7, 2, 2] = number
    edit(model, arrays)
    assert "has weights that are not finite numbers" in refusal(model)


def test_a_curvature_that_is_not_finite_is_refused(checkpoint: Path) -> None:
    arrays, _ = read(checkpoint)
    arrays["curvature/F6.bias"][0] = np.nan
    edit(checkpoint, arrays)
    assert "has weights that are not finite numbers" in refusal(checkpoint)


def test_other_arrays_than_a_networks_are_refused(model: Path) -> None:
    whole, _ = read(model)
    for arrays in (
        {name: a for name, a in whole.items() if name != "C1.bias"},
        {**whole, "C1.more": np.zeros(3, np.float32)},
        {**whole, "C1.bias": np.zeros(7, np.float32)},
        {**whole, "C1.bias": np.zeros(6)},
        {**whole, "C1.bias": np.zeros(6, np.int32)},
        {f"network/{name}": a for name, a in whole.items()},
        {},
    ):
        edit(model, arrays)
        assert "which is not a LeNet-5's" in refusal(model)


WRONG: list[Any] = [None, True, 2.5, -1, 0, 10**400, "x", "", [], [[]], [[1]], [[None, 1]], [["a", 1]], {}, {"a": 1}]


def wrongly_typed(values: dict[str, Any]) -> list[dict[str, Any]]:
    """A record with each of its fields of each wrong type, each one missing, and one unknown."""
    found = []
    for name in values:
        found += [{**values, name: wrong} for wrong in WRONG if type(wrong) is not type(values[name])]
        found.append({key: value for key, value in values.items() if key != name})
    return [*found, {**values, "unknown": 1}]


def test_wrongly_typed_headers_are_sentences(model: Path) -> None:
    """What is let in, as a whole number where a fraction is meant, is let in by all."""
    _, header = read(model)
    config = json.loads(header["config"])
    config["preset"]["distortions"] = {}
    headers = [json.dumps(one) for one in wrongly_typed(config)]
    headers += [json.dumps({**config, "preset": one}) for one in wrongly_typed(config["preset"])]
    headers += ["", "{", "null", "3", "[]", '"text"', "NaN", "[" * 9000, '{"a":' * 9000]
    arrays, _ = read(model)
    refused = 0
    for text in headers:
        edit(model, arrays, config=text)
        outcomes = set()
        for opener in OPENERS:
            try:
                opener(model)
                outcomes.add("")
            except ValueError as error:
                outcomes.add(str(error))
        (outcome,) = outcomes
        assert not outcome or outcome.startswith(f"{model} has a header that cannot be read"), text
        refused += bool(outcome)
    assert refused > 0.9 * len(headers)


def test_a_field_that_is_unknown_or_missing_is_named(model: Path) -> None:
    config = json.loads(read(model)[1]["config"])
    preset = config["preset"]
    for values, name in (
        ({**config, "unknown": 1}, "unknown"),
        ({**config, "preset": {**preset, "unknown": 1}}, "unknown"),
        ({**config, "preset": {**preset, "distortions": {"unknown": 1}}}, "unknown"),
        ({key: value for key, value in config.items() if key != "seed"}, "seed"),
        ({**config, "preset": {key: value for key, value in preset.items() if key != "scale"}}, "scale"),
    ):
        edit(model, config=json.dumps(values))
        assert re.search(rf'header that cannot be read \(.*"(preset\.)?{name}"', refusal(model))


@pytest.mark.parametrize("scores", ["", "[1]", "{", "NaN", "3"])
def test_scores_that_are_no_record_are_a_sentence(model: Path, scores: str) -> None:
    edit(model, scores=scores)
    with pytest.raises(ValueError, match="has scores that cannot be read"):
        load_trained_network(model)


def test_a_file_of_an_older_version_is_read_and_said_to_have_no_digest_once(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arrays, header = read(model)
    del header["sha256"]
    safetensors.numpy.save_file(arrays, model, header)
    with caplog.at_level(logging.WARNING):
        for opener in (*OPENERS, *OPENERS):
            opener(model)
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{model} has no digest")
    assert "lenet5 train --resume" in record.getMessage()


def test_on_the_command_line_that_is_one_line_on_standard_error(model: Path) -> None:
    arrays, header = read(model)
    del header["sha256"]
    safetensors.numpy.save_file(arrays, model, header)
    command = [sys.executable, "-m", "lenet5", "read", "nothing.png", "--model", str(model)]
    said = subprocess.run(command, capture_output=True, text=True).stderr
    assert said.count("has no digest") == 1
    assert "Traceback" not in said


def test_what_to_do_depends_on_what_is_there(run: Run, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(run.folder, tmp_path / "run"))
    shutil.copy(pretrained("best"), folder / MODEL)
    for name, way_on in (
        (MODEL, "lenet5 train --resume {} writes"),
        (CHECKPOINT, "delete it, and lenet5 train --resume {}"),
    ):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[:-2] + b"??")
        assert way_on.format(folder) in refusal(folder / name)
        (folder / name).write_bytes(whole)


def test_the_shipped_networks_have_digests() -> None:
    for name in ("best", "1998"):
        _, header = read(pretrained(name))
        assert len(header["sha256"]) == 64
        assert open_model(pretrained(name)).header.keys() == {"config", "scores"}
