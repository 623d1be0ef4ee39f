"""Worker processes: what work may do to them, and that nothing of it is done to anything else."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lenet5.tools.workers import CrashError, TooMuchError, Workers


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Two, of 2 seconds and 200 MB, which have imported this module when their first task comes."""
    made = Workers(2, seconds=2, megabytes=200, prepare=partial(allocate, 1))
    yield made
    made.close()


def endless() -> None:
    """Hold the interpreter in C, where no signal handler of Python runs."""
    re.match(r"(a+)+b", "a" * 60)


def allocate(megabytes: int) -> int:
    return int(np.ones(megabytes * 1_000_000 // 8).sum())


def swallowed() -> None:
    """As decoders do: no memory becomes an error of another kind."""
    try:
        allocate(400)
    except Exception as error:
        raise ValueError("The picture is damaged.") from error


def segfault() -> None:
    ctypes.string_at(0)


def fail() -> None:
    raise ValueError("No picture.")


def mistake() -> None:
    raise ZeroDivisionError("Ours.")


def loud() -> int:
    os.write(1, b"decoder's warning\n" * 1000)
    return os.write(2, b"decoder's warning\n" * 1000)


HARM: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "sleeps": (partial(time.sleep, 60), TooMuchError, r"^It took more than 2 s; "),
    "never ends": (endless, TooMuchError, r"^It took more than 2 s; "),
    "allocates": (partial(allocate, 400), TooMuchError, r"^It took more than 200 MB "),
    "allocates and hides it": (swallowed, TooMuchError, r"^It took more than 200 MB "),
    "aborts": (os.abort, CrashError, "crashed"),
    "segfaults": (segfault, CrashError, "crashed"),
    "exits": (partial(os._exit, 0), CrashError, "crashed"),
    "raises": (fail, ValueError, r"^No picture\.$"),
    "has a mistake": (mistake, ZeroDivisionError, r"^Ours\."),
    "gives what cannot be sent": (Path.cwd().iterdir, TypeError, "pickle"),
}


@pytest.mark.parametrize("kind", HARM)
def test_harm_is_one_sentence_and_the_next_task_is_done(workers: Workers, kind: str) -> None:
    work, error, sentence = HARM[kind]
    with pytest.raises(error, match=sentence):
        workers.submit(work).result(20)
    assert [workers.submit(pow, 2, n).result(20) for n in range(4)] == [1, 2, 4, 8]
    assert workers.submit(allocate, 80).result(20) == 10_000_000


def test_one_task_does_not_hold_up_another() -> None:
    workers = Workers(2, seconds=3, prepare=partial(allocate, 1))
    try:
        for future in [workers.submit(time.sleep, 0.2) for _ in range(2)]:
            future.result(20)
        slow = workers.submit(endless)
        began = time.perf_counter()
        for _ in range(100):
            workers.submit(pow, 2, 3).result(20)
        assert time.perf_counter() - began < 1
        assert not slow.done()
    finally:
        workers.close()


def test_a_worker_killed_from_outside_is_replaced(workers: Workers) -> None:
    for _ in range(4):
        os.kill(workers.submit(os.getpid).result(20), signal.SIGKILL)
        time.sleep(0.05)
    assert workers.submit(os.getpid).result(20) != os.getpid()


def test_workers_are_silent(workers: Workers, capfd: pytest.CaptureFixture[str]) -> None:
    assert workers.submit(loud).result(20) == 18_000
    assert capfd.readouterr() == ("", "")


PROGRAM = """
import os, sys, time
from lenet5.tools.workers import Workers
from test_workers import endless
if __name__ == "__main__":
    workers = Workers(3, seconds=1, prepare=os.getpid)
    pids = {workers.submit(os.getpid).result() for _ in range(30)}
    busy = workers.submit(endless)
    time.sleep(0.2)
    print(*(worker._process.pid for worker in workers._all), flush=True)
    time.sleep(60)
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """The idle ones at once, and one that hears nothing when its time is over."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=path) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 3
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
        parent.kill()
    ends = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < ends, "a worker outlives its parent"
        time.sleep(0.05)
