"""Where the reproductions train: jobs in parallel, each in its folder, done once and kept."""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from lenet5.data.load import load_dataset
from lenet5.data.patterns import Dataset
from lenet5.reproduce.job import Job
from lenet5.reproduce.lenet5_run import LeNet5Run, RunResult, load_result
from lenet5.tools.parent import end_with
from lenet5.tools.threads import using_threads
from lenet5.training.presets import Preset

# The quick form: enough to see every part at work, and nothing to draw conclusions from.
QUICK_PATTERNS: Final = 2_000
QUICK_PASSES: Final = 2

# joblib's own, and the clusters that it can hand jobs to.
BACKENDS: Final = ("loky", "multiprocessing", "threading", "sequential", "dask", "ray")

# How often the progress bar looks into the folders, in seconds.
LOOK_EVERY: Final = 0.5


class ExperimentCache:
    """MNIST, the seeds, and the folder in which jobs are done.

    Args:
        folder: where.
        data: MNIST's folder, None for the usual places.
        seeds: how many, from 1.
        workers: jobs at a time.
        backend: joblib's, whose workers must see `folder`.
        quick: 2,000 patterns and 2 passes instead of all.

    Raises:
        ValueError: no seeds, no workers, or an unknown backend.
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
        self._results: dict[str, RunResult] = {}

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
        """Do what is not done yet, `workers` jobs at a time.

        Args:
            jobs: each is done once, however often it is in here.
            on_progress: called with the passes done, and of how many.

        Raises:
            ValueError: the backend is not installed, or a worker ended before its job.
        """
        every = {job.name: job for job in jobs}
        left = [job for job in every.values() if not job.is_done(self.folder / job.name)]
        if not left:
            return
        import joblib

        data = None if self.data is None else str(self.data.absolute())
        _ = self.dataset  # looked for, or downloaded, once and not by every worker
        total = sum(job.passes for job in every.values())
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(LOOK_EVERY):
                on_progress(sum(job.passes_done(self.folder / job.name) for job in every.values()), total)

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
        on_progress(total, total)

    def results(self, preset: Preset, train_size: int | None = None) -> list[RunResult]:
        """What the runs of `runs` left."""
        return [self.load(job) for job in self.runs(preset, train_size)]

    def load(self, job: LeNet5Run) -> RunResult:
        """What a run left. Read once and kept, as several figures show the same runs."""
        if job.name not in self._results:
            self._results[job.name] = load_result(job, self.folder / job.name, self.dataset.test)
        return self._results[job.name]

    def _for_each_worker(self) -> dict[str, Any]:
        """What joblib is to do in a new worker: where it is a child of this process, see that it ends with it.

        Else it trains on after a `kill -9` of this process, through all the jobs that it was sent.
        """
        if self.backend not in ("loky", "multiprocessing"):
            return {}
        return {"initializer": end_with, "initargs": (os.getpid(),)}

    @contextmanager
    def _cluster(self) -> Iterator[None]:
        """The cluster that the backend stands for, where it stands for one.

        Dask's is that of $DASK_SCHEDULER_ADDRESS, Ray's that of $RAY_ADDRESS, else one on this machine.

        Raises:
            ValueError: the backend is not installed.
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
    """In a worker: on one thread, as every core has a job; and alone, as other commands may share the folder."""
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
