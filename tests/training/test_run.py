"""A run's folder, and going on after Ctrl-C and after a real `kill -9`: bit for bit as if never stopped."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from lenet5.data import load_dataset
from lenet5.engine import unsupported_reason
from lenet5.network import LeNet5
from lenet5.training.checkpoint import load_model
from lenet5.training.config import Config
from lenet5.training.evaluation import answers, scores
from lenet5.training.presets import PRESETS
from lenet5.training.progress import Progress
from lenet5.training.run import Run
from lenet5.training.run_folder import CHECKPOINT, MODEL
from lenet5.training.trainer import DivergenceError
from strokes import drawn

PRESET = replace(PRESETS["digits"], passes=3, curvature_patterns=20, averaged=0.5)
CONFIG = Config("digits", None, PRESET, seed=1, train_size=50)


def lenet5(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    """The command line in its own process, as a user starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "lenet5", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def wait_for(condition: Any, process: subprocess.Popen[str]) -> None:
    """Until the condition holds, or fail with what the process said."""
    deadline = time.monotonic() + 60
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{process.communicate()}")
        time.sleep(0.02)


def state(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / CHECKPOINT)


def assert_same_run(one: Path, other: Path) -> None:
    """The same bits in weights and curvature, and the same report but for times."""
    first, second = state(one), state(other)
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert tensor.equal(second[name]), name
    reports = [json.loads((folder / "report.json").read_text()) for folder in (one, other)]
    for report in reports:
        del report["seconds"], report["samples_per_second"]
        for record in report["passes"]:
            del record["seconds"]
    assert reports[0] == reports[1]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    run = Run.start(CONFIG, folder)
    assert run.train()
    run.finish()
    return folder


PICTURES = (
    *("loss_over_time", "error_per_pass", "before_and_after", "misread_digits"),
    *("kernels_c1", "kernels_c3", "maps", "confusion_matrix"),
)


def test_the_folder_holds_what_the_design_promises(finished: Path) -> None:
    pictures = {f"figures/{name}.png" for name in PICTURES}
    wanted = {
        "config.json",
        "log.jsonl",
        "checkpoint.safetensors",
        "model.safetensors",
        "report.json",
        *pictures,
    }
    assert {str(p.relative_to(finished)) for p in finished.rglob("*") if p.is_file()} == wanted
    for name in pictures:
        assert (finished / name).read_bytes().startswith(b"\x89PNG")


def test_the_reports_names_are_a_contract(finished: Path) -> None:
    report = json.loads((finished / "report.json").read_text())
    assert report["dataset"] == "digits"
    assert report["preset"] == "digits"
    assert report["seed"] == 1
    assert report["engine"] == "torch"
    assert report["parameters"] == 60_000
    assert report["connections"] == 340_908
    assert report["seconds"] > 0
    assert report["samples_per_second"] == pytest.approx(150 / report["seconds"])
    assert len(report["per_digit_f1"]) == 10
    assert report["macro_f1"] == pytest.approx(sum(report["per_digit_f1"]) / 10)
    assert sum(map(sum, report["confusion"])) == 256
    right = sum(report["confusion"][digit][digit] for digit in range(10))
    assert report["test_error"] == pytest.approx(1 - right / 256)
    names = ["pass", "eta", "rate_min", "rate_max", "loss", "train_error", "test_error", "seconds"]
    assert [list(record) for record in report["passes"]] == [names] * 3
    assert (
        report["config"]
        == json.loads((finished / "config.json").read_text())
        == CONFIG.as_dict() | {"preset": json.loads(json.dumps(CONFIG.as_dict()["preset"]))}
    )


def test_the_log_has_a_line_a_pass_as_in_the_report(finished: Path) -> None:
    lines = [json.loads(line) for line in (finished / "log.jsonl").read_text().splitlines()]
    assert lines == json.loads((finished / "report.json").read_text())["passes"]


def test_the_model_reads_as_the_report_says(finished: Path) -> None:
    report = json.loads((finished / "report.json").read_text())
    test = load_dataset("digits", None).test
    for path in (finished, finished / "model.safetensors", finished / CHECKPOINT):
        network, config = load_model(path)
        assert config == CONFIG
        result = scores(answers(network, test), test.labels)
        assert result.confusion == report["confusion"]


def test_the_readmes_snippet_runs(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (snippet,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    monkeypatch.chdir(finished.parent)
    finished.rename("NAME")
    Image.fromarray(255 - drawn(2)).save("photo.jpg")
    try:
        names: dict[str, Any] = {}
        exec(snippet.replace("runs/NAME", "NAME"), names)
    finally:
        Path("NAME").rename(finished)
    assert (names["reading"].digit, names["penalties"].shape) == (2, (1, 10))
    assert list(names["states"]) == ["C1", "S2", "C3", "S4", "C5", "F6", "OUTPUT"]


def test_output_that_is_closed_is_no_trouble(tmp_path: Path) -> None:
    command = f"exec '{sys.executable}' -m lenet5 train --train-size 20 --passes 1 --out run >&-"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stderr.count("Traceback")) == (0, 0), result.stderr
    assert (tmp_path / "run" / "report.json").exists()


def test_more_passes_go_on_as_if_asked_for_at_once(finished: Path, tmp_path: Path) -> None:
    short = Run.start(CONFIG.changed(passes=1), tmp_path / "short")
    short.train()
    short.finish()
    longer = Run.resume(tmp_path / "short", passes=3)
    longer.train()
    longer.finish()
    assert_same_run(finished, tmp_path / "short")


@pytest.fixture(scope="module", params=["torch", "native"])
def long(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """A command long enough for a checkpoint in the middle of the first pass, and for a signal to find it at work."""
    if request.param == "torch":
        return ("train", "--engine", "torch", "--passes", "2", "--train-size", "600", "--seed", "5")
    if unsupported_reason(LeNet5()) is not None:
        pytest.skip("the native engine was not built: no C++17 compiler was found")
    data = str(request.getfixturevalue("mnist_folder"))
    return ("train", "--engine", "native", "--dataset", "mnist", "--data", data, "--passes", "3", "--seed", "5")


def in_the_middle_of_a_pass(folder: Path) -> bool:
    """Whether the checkpoint that lies there was written within a pass."""
    path = folder / CHECKPOINT
    if not path.exists():
        return False
    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["progress"])["patterns_done"] > 0


@pytest.fixture(scope="module")
def uninterrupted(long: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("uninterrupted")
    process = lenet5(*long, "--out", "run", cwd=cwd)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return cwd / "run"


def test_kill_9_in_the_middle_of_a_pass_costs_no_bit(
    long: tuple[str, ...], uninterrupted: Path, tmp_path: Path
) -> None:
    process = lenet5(*long, "--out", "run", cwd=tmp_path)
    wait_for(lambda: in_the_middle_of_a_pass(tmp_path / "run"), process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "run" / "report.json").exists()
    assert load_model(tmp_path / "run")[1].seed == 5

    out, err = lenet5("train", "--resume", "run", cwd=tmp_path).communicate(timeout=120)
    assert "Weights, report and pictures: run" in out, err
    assert_same_run(uninterrupted, tmp_path / "run")


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_ctrl_c_says_how_to_go_on_and_costs_no_bit(
    long: tuple[str, ...], uninterrupted: Path, tmp_path: Path, number: signal.Signals
) -> None:
    process = lenet5(*long, "--out", "run", cwd=tmp_path)
    wait_for((tmp_path / "run" / CHECKPOINT).exists, process)
    time.sleep(0.7)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert "nothing is lost. Go on with: lenet5 train --resume run" in err
    assert "Traceback" not in err
    out, err = lenet5("train", "--resume", "run", cwd=tmp_path).communicate(timeout=120)
    assert "Weights, report and pictures: run" in out, err
    assert_same_run(uninterrupted, tmp_path / "run")


def test_divergence_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    run = Run.start(CONFIG, tmp_path / "run")

    def poison(progress: Progress) -> None:
        if (progress.passes_done, progress.patterns_done) == (1, 20):
            run.trainer.network.F6.bias.data[3] = float("nan")
            run.save()

    with pytest.raises(DivergenceError, match="the loss is nan at pattern 21 of pass 2"):
        run.train(on_update=poison)
    assert Run.resume(tmp_path / "run").trainer.progress.passes_done == 1
    assert all(tensor.isfinite().all() for tensor in state(tmp_path / "run").values())


def test_a_folder_in_use_is_refused_and_keeps_its_run(finished: Path) -> None:
    before = (finished / "report.json").read_bytes()
    with pytest.raises(ValueError, match=r"is there already; give another --out, or go on with that run: --resume"):
        Run.start(CONFIG, finished)
    assert (finished / "report.json").read_bytes() == before


def killed_before_its_first_checkpoint(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of a run that a signal ends between its configuration and its first checkpoint."""

    class KilledError(BaseException):
        pass

    def kill(_: Run) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save", kill)
        with pytest.raises(KilledError):
            Run.start(CONFIG, folder)
    assert {path.name for path in folder.iterdir()} == {"config.json"}


def test_a_run_killed_before_its_first_checkpoint_goes_on_from_its_start(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    killed_before_its_first_checkpoint(folder, monkeypatch)
    with pytest.raises(ValueError, match=f"is there already; give another --out, or go on with .*: --resume {folder}"):
        Run.start(CONFIG, folder)
    run = Run.resume(folder)
    assert run.config == CONFIG
    run.train()
    run.finish()
    assert_same_run(finished, folder)


def test_what_killed_writes_left_is_gone_after_the_run(finished: Path, tmp_path: Path) -> None:
    """Half-written files beside each of a run's own, as a kill at any moment may leave one."""
    folder = tmp_path / "run"
    folder.mkdir()
    # Killed before its configuration had its name: nothing has begun, so the folder is as good as empty.
    (folder / ".config.json.tmp").write_bytes(b'{"data')
    run = Run.start(CONFIG, folder)
    run.train(stop=lambda: run.trainer.progress.patterns_done == 20)
    (folder / "figures").mkdir()
    names = {str(path.relative_to(finished)) for path in finished.rglob("*") if path.is_file()}
    for name in names:
        (folder / name).with_name(f".{(folder / name).name}.tmp").write_bytes(b"half")
    resumed = Run.resume(folder)
    resumed.train()
    resumed.finish()
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == names
    assert_same_run(finished, folder)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"\xff", b'{"dataset": 3}'])
def test_a_configuration_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"config\.json cannot be read \(.*\); train again, in another folder"):
        Run.resume(tmp_path)


def test_the_same_seed_is_the_same_file(finished: Path, tmp_path: Path) -> None:
    again = Run.start(CONFIG, tmp_path / "run")
    again.train()
    again.finish(pictures=False)
    assert (tmp_path / "run" / MODEL).read_bytes() == (finished / MODEL).read_bytes()


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """A limit on the size of files, in bytes: the full disk that needs no mount."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


WAY_ON = "checkpoint.safetensors cannot be written .*What was saved before is whole; .*: lenet5 train --resume {}$"


def test_a_disk_full_from_the_start_leaves_an_empty_folder(tmp_path: Path) -> None:
    with no_file_longer_than(500), pytest.raises(ValueError, match=r"run cannot be written \(.*\); give another --out"):
        Run.start(CONFIG, tmp_path / "run")
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.parametrize(
    ("size", "left"), [(50_000, {"config.json"}), (600_000, {"config.json", CHECKPOINT, "log.jsonl"})]
)
def test_a_disk_full_at_the_first_checkpoint_or_later_costs_no_bit(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, left: set[str]
) -> None:
    """600 kB are enough for weights and curvature, not for the mean besides, which is there from the middle on."""
    folder = tmp_path / "run"
    monkeypatch.setattr("lenet5.training.run.CHECKPOINT_EVERY", -1)
    with no_file_longer_than(size), pytest.raises(ValueError, match=WAY_ON.format(folder)):
        Run.start(CONFIG, folder).train()
    assert {path.name for path in folder.iterdir()} == left
    resumed = Run.resume(folder)
    assert resumed.trainer.progress.patterns_done == (25 if CHECKPOINT in left else 0)
    resumed.train()
    resumed.finish()
    assert_same_run(finished, folder)


def test_a_disk_full_at_the_end_costs_no_bit(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = Run.start(CONFIG, folder)
    run.train()
    with (
        no_file_longer_than(100_000),
        pytest.raises(ValueError, match=r"run/model\.safetensors cannot be written .*: lenet5 train --resume .*/run$"),
    ):
        run.finish()
    resumed = Run.resume(folder)
    resumed.train()
    resumed.finish()
    assert_same_run(finished, folder)


def test_on_the_command_line_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    command = f"ulimit -f 100; exec '{sys.executable}' -m lenet5 train --passes 1 --train-size 20 --out run"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert re.search("lenet5: run/" + WAY_ON.format("run"), done.stderr.strip())


@pytest.mark.parametrize("name", ["a" * 300, "file/run"])
def test_a_folder_that_cannot_be_is_a_sentence_with_its_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=f"{tmp_path / name} cannot be .*; give another --out"):
        Run.start(CONFIG, tmp_path / name)


def test_nothing_to_go_on_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no run to go on with in .*: it has no checkpoint"):
        Run.resume(tmp_path)


def test_fewer_passes_than_are_done_are_refused(finished: Path) -> None:
    with pytest.raises(ValueError, match=r"2 passes were asked for; the run in .* has done 3"):
        Run.resume(finished, passes=2)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for device in ("cuda:77", "abacus"):
        with pytest.raises(ValueError, match=f"The device '{device}' was asked for and cannot be used here"):
            Run.start(replace(CONFIG, device=device), tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_a_run_whose_engine_is_not_here_says_so_when_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if unsupported_reason(LeNet5()) is not None:
        pytest.skip("the native engine was not built: no C++17 compiler was found")
    Run.start(replace(CONFIG, engine="native"), tmp_path / "run")
    monkeypatch.setattr("lenet5.engine.native.extension", lambda: "no native engine was built")
    with pytest.raises(
        ValueError,
        match=r"native engine on cpu, which cannot be had here \(.*no native engine was built",
    ):
        Run.resume(tmp_path / "run")


def test_a_validation_split_leaves_the_test_set_alone(tmp_path: Path) -> None:
    run = Run.start(replace(CONFIG, train_size=None, validation=37), tmp_path / "run")
    train = load_dataset("digits", None).train
    assert len(run.train_patterns) == len(train) - 37
    assert run.evaluation_set.images.equal(train.images[-37:])
    with pytest.raises(ValueError, match="some must be left to train on"):
        Run.start(replace(CONFIG, validation=len(train)), tmp_path / "other")


def test_of_two_runs_begun_at_once_in_a_folder_one_is_refused(tmp_path: Path) -> None:
    command = ("train", "--train-size", "100", "--out", "race")
    processes = [lenet5(*command, "--seed", seed, cwd=tmp_path) for seed in ("1", "2")]
    said = [process.communicate(timeout=120) for process in processes]
    codes = [process.returncode for process in processes]
    assert sorted(codes) == [0, 1], said
    winner = codes.index(0) + 1
    assert json.loads((tmp_path / "race" / "report.json").read_text())["seed"] == winner
    assert said[2 - winner][1].count("\n") == 1
