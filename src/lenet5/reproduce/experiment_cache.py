"""Where the reproductions train: jobs in parallel, each in its folder, done once and kept."""

import hashlib
import json
import logging
import os
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from torch import Tensor

from lenet5.data.load import load_dataset
from lenet5.data.patterns import Dataset
from lenet5.engine import select_engine
from lenet5.network import LeNet5, answer
from lenet5.tools.parent import end_with
from lenet5.tools.threads import using_threads
from lenet5.training.checkpoint import load_model
from lenet5.training.config import Config
from lenet5.training.evaluation import penalties
from lenet5.training.presets import Preset
from lenet5.training.progress import PassRecord
from lenet5.training.run import Run
from lenet5.training.run_folder import CHECKPOINT
from lenet5.training.trainer import new_network

# The quick form: enough to see every part at work, and nothing to draw conclusions from.
QUICK_PATTERNS: Final = 2_000
QUICK_PASSES: Final = 2

# joblib's own, and the clusters that it can hand jobs to.
BACKENDS: Final = ("loky", "multiprocessing", "threading", "sequential", "dask", "ray")

# How often the progress bar looks into the folders, in seconds.
LOOK_EVERY: Final = 0.5


class Job(ABC):
    """Something that takes long, is done in a folder of its own, and need not be done twice."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The folder's."""

    @property
    @abstractmethod
    def passes(self) -> int:
        """How much work it is, in passes of LeNet-5 through the training set."""

    @abstractmethod
    def do(self, folder: Path, data: str | None) -> None:
        """Do what is left of it; `data` is MNIST's folder."""

    @abstractmethod
    def is_done(self, folder: Path) -> bool:
        """Whether nothing is left of it."""

    def passes_done(self, folder: Path) -> int:
        """How far it is; a job that does not say is done or not."""
        return self.passes if self.is_done(folder) else 0


@dataclass(frozen=True)
class LeNet5Run(Job):
    """A training run of LeNet-5 on MNIST, by a preset and a seed, on the first `train_size` patterns or all.

    validation: leave the last so many training patterns out and judge on them instead of on the test set.
    """

    preset: Preset
    seed: int
    train_size: int | None = None
    validation: int = 0

    @property
    def name(self) -> str:
        """Preset, seed and a digest of every choice: other choices, another folder."""
        choices = (self.preset, self.train_size, *([self.validation] if self.validation else []))
        digest = hashlib.sha256(repr(choices).encode()).hexdigest()
        return f"{self.preset.name}-{digest[:8]}-seed{self.seed}"

    @property
    def passes(self) -> int:
        """Those of the preset."""
        return self.preset.passes

    def do(self, folder: Path, data: str | None) -> None:
        """Begin the run, or go on with it."""
        if (folder / CHECKPOINT).exists():
            run = Run.resume(folder, data=data)
        else:
            # A run that ended before its first checkpoint has left nothing to go on with.
            shutil.rmtree(folder)
            engine, _ = select_engine("auto", new_network(self.preset, seed=1), batch_size=self.preset.batch_size)
            config = Config("mnist", data, self.preset, self.seed, self.train_size, self.validation, engine=engine.name)
            run = Run.start(config, folder)
        run.train()
        run.finish(pictures=False)

    def is_done(self, folder: Path) -> bool:
        """Whether it has been judged."""
        return (folder / "report.json").exists()

    def passes_done(self, folder: Path) -> int:
        """The lines of its log."""
        log = folder / "log.jsonl"
        return log.read_text().count("\n") if log.exists() else 0


@dataclass(frozen=True)
class Trained:
    """What a run left: network, configuration, records of its passes, report, penalties of the test set, 10,000×10."""

    job: LeNet5Run
    network: LeNet5
    config: Config
    records: list[PassRecord]
    report: dict[str, Any]
    penalties: Tensor

    @property
    def answers(self) -> Tensor:
        """The digit that it reads in each test pattern."""
        return answer(self.penalties)


class ExperimentCache:
    """MNIST, the seeds, and the folder in which jobs are done.

    folder: where · data: MNIST's folder, None for the usual places · seeds: how many, from 1 · workers: jobs at a
    time · backend: joblib's, whose workers must see `folder` · quick: 2,000 patterns and 2 passes instead of all.
    Raises ValueError for no seeds, no workers and an unknown backend.
    """

    def __init__(
        self,
        folder: Path,
        *,
        data: Path | None = None,
        seeds: int = 5,
        workers: int = 1,
        backend: str = "loky",
        quick: bool = False,
    ) -> None:
        if seeds < 1 or workers < 1:
            raise ValueError(f"{seeds} seeds and {workers} workers were given; give 1 or more of each.")
        if backend not in BACKENDS:
            raise ValueError(f"The backend {backend!r} was given; choose one of {', '.join(BACKENDS)}.")
        self.folder = folder.absolute()
        self.data = data
        self.seeds = range(1, seeds + 1)
        self.workers = workers
        self.backend = backend
        self.quick = quick
        self._trained: dict[str, Trained] = {}

    @cached_property
    def dataset(self) -> Dataset:
        """MNIST; in the quick form with the first 2,000 training patterns."""
        mnist = load_dataset("mnist", self.data)
        return replace(mnist, train=mnist.train.first(QUICK_PATTERNS)) if self.quick else mnist

    def runs(self, preset: Preset, train_size: int | None = None) -> list[LeNet5Run]:
        """A run of the preset for each seed."""
        if self.quick:
            preset = replace(preset, passes=min(QUICK_PASSES, preset.passes))
            train_size = QUICK_PATTERNS * (train_size or 60_000) // 60_000
        return [LeNet5Run(preset, seed, train_size) for seed in self.seeds]

    def do(self, jobs: Iterable[Job], on_progress: Callable[[int, int], None] = lambda *_: None) -> None:
        """Do what is not done yet, `workers` jobs at a time; on_progress is told the passes done, and of how many.

        Raises ValueError for a backend that is not installed, and when a worker ends before its job.
        """
        every = {job.name: job for job in jobs}
        left = [job for job in every.values() if not job.is_done(self.folder / job.name)]
        if not left:
            return
        import joblib

        data = None if self.data is None else str(self.data.absolute())
        _ = self.dataset  # looked for, or downloaded, once and not by every worker
        of = sum(job.passes for job in every.values())
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(LOOK_EVERY):
                on_progress(sum(job.passes_done(self.folder / job.name) for job in every.values()), of)

        watch = threading.Thread(target=look, daemon=True)
        watch.start()
        try:
            with self._cluster(), joblib.parallel_config(self.backend, n_jobs=self.workers, **self._for_each_worker()):
                joblib.Parallel()(
                    joblib.delayed(_do)(job, self.folder / job.name, data) for job in _longest_first(left)
                )
        except BrokenExecutor as error:
            raise ValueError(
                f"A worker ended before its job, perhaps for lack of memory ({error}); what is done is kept. "
                "Go on with fewer --workers."
            ) from error
        finally:
            ended.set()
            watch.join()
        on_progress(of, of)

    def trained(self, preset: Preset, train_size: int | None = None) -> list[Trained]:
        """What the runs of `runs` left."""
        return [self.load(job) for job in self.runs(preset, train_size)]

    def load(self, job: LeNet5Run) -> Trained:
        """What a run left. Read once and kept, as several figures show the same runs."""
        if job.name not in self._trained:
            folder = self.folder / job.name
            network, config = load_model(folder)
            report = json.loads((folder / "report.json").read_text())
            records = [PassRecord.from_dict(record) for record in report["passes"]]
            read = penalties(network, self.dataset.test, "auto")
            self._trained[job.name] = Trained(job, network, config, records, report, read)
        return self._trained[job.name]

    def _for_each_worker(self) -> dict[str, Any]:
        """What joblib is to do in a new worker: where it is a child of this process, see that it ends with it.

        Else it trains on after a `kill -9` of this process, through all the jobs that it was sent.
        """
        if self.backend not in ("loky", "multiprocessing"):
            return {}
        return {"initializer": end_with, "initargs": (os.getpid(),)}

    @contextmanager
    def _cluster(self) -> Iterator[None]:
        """The cluster that the backend stands for, where it stands for one; raises ValueError where it is not here.

        Dask's is that of $DASK_SCHEDULER_ADDRESS, Ray's that of $RAY_ADDRESS, else one on this machine.
        """
        try:
            if self.backend == "dask":
                from dask.distributed import Client
            elif self.backend == "ray":
                from ray.util.joblib import register_ray

                register_ray()
        except ImportError as error:
            raise ValueError(
                f"The backend {self.backend} was asked for and is not installed ({error}); install it, or give "
                "--backend loky."
            ) from error
        if self.backend != "dask":
            yield
            return
        with Client():
            yield


def _longest_first(jobs: Sequence[Job]) -> list[Job]:
    """So that no long one is left to the end, when nothing else keeps the other cores busy."""
    return sorted(jobs, key=lambda job: -job.passes)


def _do(job: Job, folder: Path, data: str | None) -> None:
    """In a worker: on one thread, as every core has a job of its own; and alone, as other labs may share the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with using_threads(1), _alone(folder):
        if not job.is_done(folder):
            job.do(folder, data)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other command works in the folder; where one does, say so and wait."""
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logging.getLogger(__name__).warning("%s is being made by another command; waiting for it.", folder)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
