import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lenet5.tools.files import WriteError, temporary, write_atomically, write_json

# Writes content of a process's own to a file, again and again, so that a mixture of two would show.
WRITER = """
import sys
from pathlib import Path
from lenet5.tools.files import write_atomically
path, letter, times = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
for number in range(times):
    write_atomically(path, letter * (100_000 + 1000 * (number % 50)))
"""

# Waits for a file, then takes a name that nothing may have yet.
CLAIMER = """
import sys, time
from pathlib import Path
from lenet5.tools.files import write_atomically
path, letter = Path(sys.argv[1]), sys.argv[2]
print(flush=True)
while not path.with_name("go").exists():
    pass
try:
    write_atomically(path, (letter * 100_000).encode(), new=True)
    print("mine")
except FileExistsError:
    print("taken")
"""


def python(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_replaces_the_content_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"one")

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_json_keeps_floats_bit_for_bit(tmp_path: Path) -> None:
    value = [0.1, 1 / 3, 1e-300]
    write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_text()) == value


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o027, 0o640), (0o022, 0o644), (0o002, 0o664)])
def test_who_may_read_a_file_is_the_umasks_choice(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "a.bin", b"one")
    finally:
        os.umask(before)
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == mode


def test_a_killed_write_leaves_one_file_that_the_next_write_takes_over(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")
    left = set()
    for _ in range(12):
        process = python(WRITER, path, "x", 10**9)
        while path.read_bytes() == b"old" and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        left |= set(tmp_path.iterdir())
        assert set(path.read_bytes()) == {ord("x")}
        write_atomically(path, b"old")
        assert list(tmp_path.iterdir()) == [path]
    assert left <= {path, temporary(path)}


def test_an_unfinished_file_of_any_length_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    temporary(path).write_bytes(b"half of something longer")
    write_atomically(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def test_processes_that_write_at_once_leave_the_whole_content_of_one(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    write_atomically(path, b"")
    processes = [python(WRITER, path, letter, 60) for letter in "abc"]
    seen = set()
    while any(process.poll() is None for process in processes):
        content = path.read_bytes()
        seen.add(content[:1])
        assert len(set(content)) <= 1
        assert len(content) % 1000 == 0
    assert [process.communicate()[1] for process in processes] == [""] * 3
    assert len(seen) > 1
    assert list(tmp_path.iterdir()) == [path]


def test_of_processes_that_take_a_new_name_at_once_one_has_it(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    processes = [python(CLAIMER, path, letter) for letter in "abcd"]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    (tmp_path / "go").touch()
    said = [process.communicate()[0].strip() for process in processes]
    assert sorted(said) == ["mine", "taken", "taken", "taken"]
    assert path.read_bytes() == b"abcd"[said.index("mine")].to_bytes() * 100_000
    assert set(tmp_path.iterdir()) == {path, tmp_path / "go"}


def test_a_name_that_is_taken_is_refused_and_kept(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.bin", b"one", new=True)
    with pytest.raises(FileExistsError, match=r"a\.bin is there already"):
        write_atomically(tmp_path / "a.bin", b"two", new=True)
    assert (tmp_path / "a.bin").read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.bin"]


def test_a_disk_that_takes_no_more_is_told_with_the_path(tmp_path: Path) -> None:
    """A limit on the size of files is the full disk that needs no mount: a part is written, then no more."""
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(WriteError) as caught:
            write_atomically(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(caught.value) == f"{path} cannot be written (File too large)"
    assert caught.value.errno == errno.EFBIG
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_whatever_else_is_in_the_way_is_told_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path, reason in (
        (tmp_path / ("a" * 300), "File name too long"),
        (tmp_path / "nowhere" / "a.bin", "No such file or directory"),
        (tmp_path / "file" / "a.bin", "Not a directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(WriteError) as caught:
            write_atomically(path, b"one")
        assert str(caught.value) == f"{path} cannot be written ({reason})"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
