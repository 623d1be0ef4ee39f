"""Runs that are killed with -9 at any moment, again and again: each ends with the bytes of one that never was.

Half of the kills come after a time, half at a step of writing: before a folder is made, before a file that was opened
is written to, and before one that was written has its name.

`pytest -m slow tests/fuzz/test_fuzz_kills.py -s` prints the figures.
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lenet5.engine import unsupported_reason
from lenet5.network import LeNet5
from lenet5.training.presets import PRESETS
from saved import read

pytestmark = pytest.mark.slow

KILLS = 240
STEPS = 30
EVERY = list(product(PRESETS, ("native", "torch")))
TRAIN = ("train", "--dataset", "digits", "--passes", "2", "--train-size", "300", "--seed", "7")
FOLDER = "run"

# A server that has everything imported, so that a command begins at once and a kill hits it at work.
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(
    ["lenet5.cli", "lenet5.training.run", "lenet5.training.run_figures", "lenet5.data.digits"]
)


def command(arguments: tuple[str, ...], cwd: Path, step: int | None) -> None:
    """The command line in a process of its own, killed at a step of writing, if any, counted from 1.

    Checkpoints come fifty times as often as ever, so that kills hit them too.
    """
    steps = 0

    def kill_at_the_step(event: str, _: Any) -> None:
        nonlocal steps
        if event in ("os.mkdir", "fcntl.flock", "os.rename"):
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(cwd)
    sys.addaudithook(kill_at_the_step)
    output = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(output, 1)
    os.dup2(output, 2)
    import torch

    import lenet5.training.run
    from lenet5.cli import main

    torch.set_num_threads(1)
    lenet5.training.run.CHECKPOINT_EVERY = 0.02
    sys.argv = ["lenet5", *arguments]
    main()


def killed(arguments: tuple[str, ...], cwd: Path, *, seconds: float | None = None, step: int | None = None) -> bool:
    """Run a command, and kill it after so many seconds or at a step; False where it was done before."""
    process = context.Process(target=command, args=(arguments, cwd, step))
    process.start()
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode in (0, -9), (cwd / "output").read_text()
    return process.exitcode != 0


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        times = ("seconds", "samples_per_second")
        return {name: without_times(item) for name, item in value.items() if name not in times}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def content(folder: Path) -> dict[str, Any]:
    """Everything in a folder, byte for byte but for the seconds that things took."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        if path.name == "checkpoint.safetensors":
            arrays, header = read(path)
            found[name] = {key: a.tobytes() for key, a in arrays.items()}
            found[name] |= {"config": header["config"], "progress": without_times(json.loads(header["progress"]))}
        elif path.name == "report.json":
            found[name] = without_times(json.loads(path.read_text()))
        elif path.name == "log.jsonl":
            found[name] = [without_times(json.loads(line)) for line in path.read_text().splitlines()]
        else:
            found[name] = path.read_bytes()
    return found


def stage(folder: Path) -> str:
    """How far a run was when it was killed."""
    for name, reached in (
        ("report.json", "after its report"),
        ("model.safetensors", "between model and report"),
        ("checkpoint.safetensors", "after its first checkpoint"),
        ("config.json", "before its first checkpoint"),
    ):
        if (folder / name).exists():
            return reached
    return "before it had its folder"


@pytest.mark.parametrize(("preset", "engine"), EVERY)
def test_runs_killed_again_and_again_end_as_if_never_killed(preset: str, engine: str, tmp_path: Path) -> None:
    if engine == "native" and (reason := unsupported_reason(LeNet5())):
        pytest.skip(reason)
    start = (*TRAIN, "--preset", preset, "--engine", engine, "--out", FOLDER)
    (tmp_path / "whole").mkdir()
    began = time.monotonic()
    assert not killed(start, tmp_path / "whole")
    whole_seconds = time.monotonic() - began
    whole = content(tmp_path / "whole" / FOLDER)
    assert not [name for name in whole if name.endswith(".tmp")]

    numbers = random.Random(f"{preset} {engine}")
    kills, runs, left = 0, 0, 0
    stages: Counter[str] = Counter()
    while kills < KILLS // len(EVERY):
        runs += 1
        cwd = tmp_path / str(runs)
        cwd.mkdir()
        folder = cwd / FOLDER
        arguments = start
        while killed(
            arguments,
            cwd,
            seconds=numbers.uniform(0, whole_seconds) if kills % 2 else None,
            step=None if kills % 2 else numbers.randint(1, STEPS),
        ):
            kills += 1
            stages[stage(folder)] += 1
            unfinished = {str(path.relative_to(folder)) for path in cwd.rglob(".*") if path.is_file()}
            assert unfinished <= {str(Path(name).with_name(f".{Path(name).name}.tmp")) for name in whole}
            left += len(unfinished)
            arguments = ("train", "--resume", FOLDER) if (folder / "config.json").exists() else start
            if kills >= KILLS // len(EVERY) and numbers.random() < 0.5:
                assert not killed(arguments, cwd)
                break
        assert content(folder) == whole
    print(f"\n{preset}, {engine}: {kills} kills of {runs} runs, {left} unfinished files taken over; {dict(stages)}")
