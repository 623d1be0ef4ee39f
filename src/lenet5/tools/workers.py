"""Worker processes that can be killed, for work that may hang, use up memory or crash: reading a stranger's picture."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, TypeVar

T = TypeVar("T")
Prepare = Callable[[], object]

# Seconds that a worker may take to start, for it imports what the work needs.
START: Final = 60

OPENCV_NO_MEMORY: Final = -4


class TooMuchError(ValueError):
    """Work that took more time or more memory than it may."""


class CrashError(ValueError):
    """Work that brought its process down."""


class Workers:
    """A number of processes; each does one task at a time, and is replaced when it was killed or has died.

    A worker writes nothing on the standard output or the standard error.
    It ends with its parent, however that ends; at the latest when the time of its task is over.

    Args:
        number: of processes.
        seconds: that a task may take.
        megabytes: of memory that a task may take, beyond what a worker starts with; only Linux can limit it.
        prepare: called once in each worker before its first task, to import what tasks need; its time is not theirs.
    """

    def __init__(self, number: int, seconds: float = 5, megabytes: int = 1000, prepare: Prepare | None = None) -> None:
        self._threads = ThreadPoolExecutor(number, "worker")
        self._all = [_Worker(seconds, megabytes, prepare) for _ in range(number)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._all:
            self._idle.put(worker)
            # An empty task gets a worker ready.
            self.submit(bool)

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call a function in a worker; function, arguments and result are pickled.

        Returns:
            What the call returns or raises; `TooMuchError` or `CrashError` where it was cut off.
        """
        return self._threads.submit(self._do, function, arguments)

    def close(self) -> None:
        """Drop the tasks that wait, kill those that run, and end the workers."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._all:
            worker.close()

    def _do(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        worker = self._idle.get()
        try:
            return worker.do(function, arguments)
        finally:
            self._idle.put(worker)


class _Worker:
    """One process and the pipe to it. No lock or pipe is shared, so the death of one is nothing to the others."""

    def __init__(self, seconds: float, megabytes: int, prepare: Prepare | None) -> None:
        self._seconds, self._megabytes, self._prepare = seconds, megabytes, prepare
        self._closed = False
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, self._seconds, self._megabytes), daemon=True)
        self._process.start()
        theirs.close()
        self._ready = False

    def _replace(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()
        if not self._closed:
            self._start()

    def close(self) -> None:
        self._closed = True
        self._process.kill()

    def do(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        """A call in the process."""
        if not self._process.is_alive():
            self._replace()
        try:
            # Its start is not the task's time.
            if not self._ready:
                self._pipe.send(self._prepare)
                self._ready = self._pipe.poll(START) and self._pipe.recv()
            self._pipe.send((function, arguments))
            if not self._pipe.poll(self._seconds):
                self._replace()
                raise TooMuchError(f"It took more than {self._seconds:g} s; give a smaller or a simpler one.")
            result, error = self._pipe.recv()
        except (EOFError, ConnectionError):
            self._replace()
            raise CrashError("Its decoder crashed; give another file.") from None
        if isinstance(error, TooMuchError):
            self._replace()
        if error is not None:
            raise error
        return result  # type: ignore[no-any-return]  # what `function` returned


def _work(pipe: Connection, seconds: float, megabytes: int) -> None:
    """What a worker does: one task after another, until its parent is gone."""
    # Ctrl-C in a terminal is for the parent, which finishes what runs.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, ConnectionError):
        prepare: Prepare | None = pipe.recv()
        if prepare is not None:
            prepare()
        _limit_memory(megabytes)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        pipe.send(True)
        while True:
            function, arguments = pipe.recv()
            # The parent kills a worker that takes too long; where the parent is gone, the system does.
            _alarm(seconds + 1)
            pipe.send_bytes(_outcome(function, arguments, megabytes))
            _alarm(0)


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...], megabytes: int) -> bytes:
    """The pickled pair of result and error."""
    try:
        return pickle.dumps((function(*arguments), None))
    except Exception as error:
        if _for_memory(error):
            error = TooMuchError(f"It took more than {megabytes} MB of memory; give a smaller one.")
        elif not isinstance(error, ValueError):
            # A mistake of ours: where it was made is lost with the process otherwise.
            error.add_note(traceback.format_exc())
        return pickle.dumps((None, error))


def _for_memory(error: BaseException | None) -> bool:
    """Whether an exception, or one that led to it, says that there was no memory; OpenCV has a code for it."""
    if error is None:
        return False
    here = isinstance(error, MemoryError) or getattr(error, "code", 0) == OPENCV_NO_MEMORY
    return here or _for_memory(error.__cause__ or error.__context__)


def _limit_memory(megabytes: int) -> None:
    """Let this process have so much more memory than it has now."""
    with contextlib.suppress(ImportError, OSError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _alarm(seconds: float) -> None:
    """End this process after so many seconds, whatever it does then; 0: never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
