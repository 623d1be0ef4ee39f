import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from lenet5.reproduce.experiment_cache import ExperimentCache, _do
from lenet5.reproduce.job import Job
from lenet5.reproduce.lenet5_run import LeNet5Run
from lenet5.tools.threads import using_threads
from lenet5.training.presets import PRESETS


@dataclass(frozen=True)
class Note(Job):
    """A job that writes its name, and fails where it is told to."""

    word: str
    length: int = 1

    @property
    def name(self) -> str:
        return self.word

    @property
    def passes(self) -> int:
        return self.length

    def is_done(self, folder: Path) -> bool:
        return (folder / "note").exists()

    def do(self, folder: Path, data: str | None) -> None:
        if self.word == "bad":
            raise ValueError("This one fails.")
        (folder / "note").write_text(f"{self.word} {data}")


@pytest.fixture
def cache(tmp_path: Path, mnist_folder: Path) -> ExperimentCache:
    return ExperimentCache(tmp_path / "runs", data=mnist_folder, seeds=2, backend="sequential", quick=True)


def test_jobs_are_done_once_each_in_a_folder_of_its_name(cache: ExperimentCache) -> None:
    seen: list[tuple[int, int]] = []
    cache.do([Note("a"), Note("b", 3), Note("a")], lambda done, of: seen.append((done, of)))
    assert (cache.folder / "a" / "note").read_text().startswith("a /")
    assert (cache.folder / "b" / "note").exists()
    assert seen[-1] == (4, 4)
    (cache.folder / "a" / "note").write_text("untouched")
    cache.do([Note("a"), Note("c")])
    assert (cache.folder / "a" / "note").read_text() == "untouched"
    assert (cache.folder / "c" / "note").exists()


def test_progress_is_told_while_jobs_are_under_way(cache: ExperimentCache) -> None:
    told = threading.Event()

    @dataclass(frozen=True)
    class Patient(Note):
        """Ends only when the progress before it has been told."""

        def do(self, folder: Path, data: str | None) -> None:
            if not told.wait(20):
                raise TimeoutError("Nobody was told of the first job.")
            super().do(folder, data)

    cache.do([Note("first", 2), Patient("second")], lambda done, of: told.set() if (done, of) == (2, 3) else None)
    assert (cache.folder / "second" / "note").exists()


def test_two_commands_do_not_do_the_same_job_twice(cache: ExperimentCache) -> None:
    _do(Note("a"), cache.folder / "a", "here")
    _do(Note("a"), cache.folder / "a", "again")
    assert (cache.folder / "a" / "note").read_text() == "a here"


def test_the_caller_keeps_its_threads(cache: ExperimentCache) -> None:
    before = torch.get_num_threads()
    with using_threads(2):
        cache.do([Note("a")])
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == before


def test_what_was_done_before_a_failure_is_kept(cache: ExperimentCache) -> None:
    with pytest.raises(ValueError, match="This one fails"):
        cache.do([Note("long", 5), Note("bad")])
    assert (cache.folder / "long" / "note").exists()


def test_a_backend_that_is_not_there_is_refused_in_a_sentence(
    tmp_path: Path, mnist_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="'slurm' was given; choose one of loky"):
        ExperimentCache(tmp_path, backend="slurm")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ValueError, match="backend ray was asked for and is not installed"):
        ExperimentCache(tmp_path, data=mnist_folder, backend="ray").do([Note("a")])
    assert not (tmp_path / "a").exists()


def test_no_seed_and_no_worker_are_refused(tmp_path: Path) -> None:
    for changes in ({"seeds": 0}, {"workers": 0}):
        with pytest.raises(ValueError, match="give 1 or more of each"):
            ExperimentCache(tmp_path, **changes)  # type: ignore[arg-type]


def test_other_choices_another_folder() -> None:
    preset = PRESETS["1998"]
    jobs = [LeNet5Run(preset, 1), LeNet5Run(preset, 2), LeNet5Run(preset, 1, 100), LeNet5Run(replace(preset, j=2.0), 1)]
    assert len({job.name for job in jobs}) == 4
    assert jobs[0].name == LeNet5Run(replace(preset), 1).name


def test_a_run_that_was_stopped_goes_on_and_ends_with_the_same_bits(cache: ExperimentCache) -> None:
    """Killed before the first checkpoint, and after a pass."""
    from lenet5.training.checkpoint import load_model
    from lenet5.training.run import Run

    job = cache.runs(PRESETS["1998"])[0]
    cache.do([job])
    whole = cache.load(job)
    assert len(whole.records) == 2
    assert whole.penalties.shape == (10_000, 10)

    early, late = cache.folder / "early", cache.folder / "late"
    early.mkdir()
    (early / "config.json").write_text("{}")
    (early / ".checkpoint.safetensors.x1y2").write_bytes(b"half of it")
    config = json.loads((cache.folder / job.name / "config.json").read_text())
    job.do(early, config["data"])
    run = Run.start(Run.resume(cache.folder / job.name).config, late)
    run.train(stop=lambda: run.trainer.progress.passes_done == 1)
    assert job.passes_done(late) == 1
    assert not job.is_done(late)
    job.do(late, config["data"])
    for folder in (early, late):
        network, _ = load_model(folder)
        pairs = zip(network.parameters(), whole.network.parameters(), strict=True)
        assert all(bool((a == b).all()) for a, b in pairs)
        assert job.is_done(folder)


def test_parallel_workers_do_what_one_does(tmp_path: Path, mnist_folder: Path) -> None:
    names = []
    for backend, workers in (("loky", 2), ("sequential", 1)):
        cache = ExperimentCache(
            tmp_path / backend, data=mnist_folder, seeds=2, workers=workers, backend=backend, quick=True
        )
        jobs = [LeNet5Run(replace(job.preset, passes=1), job.seed, 300) for job in cache.runs(PRESETS["tuned"])]
        cache.do(jobs)
        names.append([cache.load(job).report["confusion"] for job in jobs])
    assert names[0] == names[1]


def test_a_folder_that_another_command_works_in_is_waited_for_aloud(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "a"
    with FileLock(tmp_path / ".a.lock"):
        waiting = threading.Thread(target=_do, args=(Note("a"), folder, None))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert not (folder / "note").exists()
        (folder / "note").write_text("theirs")
    waiting.join(10)
    assert not waiting.is_alive()
    assert (folder / "note").read_text() == "theirs"
    assert caplog.messages == [f"{folder} is being made by another command; waiting for it."]


# Four jobs of a minute for two workers, each of which says that it has begun.
HEAD = """
import sys, time
from dataclasses import dataclass
from pathlib import Path
from lenet5.reproduce.experiment_cache import ExperimentCache
from lenet5.reproduce.job import Job

@dataclass(frozen=True)
class Slow(Job):
    word: str
    passes = 1
    @property
    def name(self):
        return self.word
    def is_done(self, folder):
        return False
    def do(self, folder, data):
        (folder / "begun").touch()
        time.sleep(60)

data, runs, backend = sys.argv[1:]
ExperimentCache(Path(runs), data=Path(data), workers=2, backend=backend).do([Slow(word) for word in "abcd"])
"""


def alive_in_session(number: int) -> set[int]:
    """The processes of a session that have not ended, by their numbers."""
    alive = set()
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = file.read_text().rpartition(")")[2].split()[:4]
            if int(session) == number and state != "Z":
                alive.add(int(file.parent.name))
    return alive


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_workers_end_with_a_head_that_was_killed(tmp_path: Path, mnist_folder: Path, backend: str) -> None:
    """Within seconds, and without taking the jobs that were already sent to them."""
    head = subprocess.Popen(
        [sys.executable, "-c", HEAD, str(mnist_folder), str(tmp_path), backend], start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.glob("*/begun"))) < 2 and head.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(alive_in_session(head.pid)) > 2
        head.kill()
        head.wait()
        deadline = time.monotonic() + 10
        while alive_in_session(head.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert alive_in_session(head.pid) == set()
        assert len(list(tmp_path.glob("*/begun"))) == 2
    finally:
        with suppress(ProcessLookupError):
            os.killpg(head.pid, signal.SIGKILL)
        head.wait()
