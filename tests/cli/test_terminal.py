"""What a terminal of any width shows while and after a run trains, drawn by a terminal in software."""

import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from lenet5.engine import unsupported_reason
from lenet5.network import LeNet5

pty = pytest.importorskip("pty", reason="a terminal in software takes a POSIX system")
pyte = pytest.importorskip("pyte")

ROWS = 40

# One process for all runs, as importing takes longer than they do. Before each part it sets the terminal's width, and
# says so in the stream; between passes of the last run the terminal is made narrower.
SCRIPT = """
import fcntl, os, struct, sys, termios
from lenet5 import cli
from lenet5.training import run
from lenet5.training import run_figures
import lenet5.cli.train

def set_width(columns):
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    os.write(1, b"<WIDTH %d>" % columns)

run_figures.draw = lambda *_: None
real_save = run.Run.save
for number, setting in enumerate(sys.argv[1:]):
    widths, engine = setting.split(":")
    first, *later = map(int, widths.split(","))
    set_width(first)

    def save(self, later=later):
        real_save(self)
        if later and self.trainer.progress.passes_done == 1:
            set_width(later.pop(0))

    run.Run.save = save
    sys.argv = f"lenet5 train --engine {engine} --train-size 200 --passes 3 --out run{number}".split()
    try:
        cli.main()
    except SystemExit as ended:
        assert not ended.code, ended.code
"""

NATIVE = ["60:native", "80:native", "140:native"] if unsupported_reason(LeNet5()) is None else []
SETTINGS = [*NATIVE, "80:torch", "140,60:torch"]

LINES = (
    r"LeNet-5 on digits: preset digits, seed 1, {engine} engine",
    r"200 patterns to train on, 256 to test; folder run\d",
    r"pass 1/3  η 0.001  loss \d\.\d{{4}}  error train \d+\.\d\d%  test \d+\.\d\d%  [\d,]+/s",
    r"pass 2/3  η 0.001  loss \d\.\d{{4}}  error train \d+\.\d\d%  test \d+\.\d\d%  [\d,]+/s",
    r"pass 3/3  η 0.001  loss \d\.\d{{4}}  error train \d+\.\d\d%  test \d+\.\d\d%  [\d,]+/s",
    r"Test error \d+\.\d\d%, macro-F1 0\.\d{{4}} \(untrained: \d+\.\d\d%, 0\.\d{{4}}\)",
    r"Weights, report and pictures: run\d",
)


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[int, bytes]]]:
    """What each run wrote to the terminal, in parts with the width that it then had."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *SETTINGS],
        cwd=tmp_path_factory.mktemp("terminal"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"},
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 65536):
                written += part
        except OSError:  # how Linux says that nobody writes to it any more
            pass
        os.close(ours)
    assert process.returncode == 0, written.decode()
    marks = [*re.finditer(rb"<WIDTH (\d+)>", written)]
    ends = [mark.start() for mark in marks[1:]] + [len(written)]
    parts = [(int(mark[1]), written[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    return {setting: [parts.pop(0) for _ in setting.split(",")] for setting in SETTINGS}


def shown(parts: list[tuple[int, bytes]]) -> list[list[str]]:
    """Every screen that the terminal showed, one for each piece of the stream that moves the cursor back."""
    screen = pyte.Screen(parts[0][0], ROWS)
    stream = pyte.ByteStream(screen)
    screens = []
    for width, written in parts:
        screen.resize(columns=width)
        for begin, end in pairwise([0, *(m.start() for m in re.finditer(rb"\r", written)), len(written)]):
            stream.feed(written[begin:end])
            screens.append([line.rstrip() for line in screen.display if line.strip()])
    return screens


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_last_screen_holds_the_lines_and_nothing_of_the_bar(
    streams: dict[str, list[tuple[int, bytes]]], setting: str
) -> None:
    last = shown(streams[setting])[-1]
    wanted = "".join(LINES).format(engine=setting.split(":")[1]).replace(" ", "")
    assert re.fullmatch(wanted, "".join(last).replace(" ", "")), last
    if min(width for width, _ in streams[setting]) >= 80:
        assert len(last) == len(LINES), last


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_bar_is_one_line_below_all_others(streams: dict[str, list[tuple[int, bytes]]], setting: str) -> None:
    screens = shown(streams[setting])
    with_bar = [screen for screen in screens if any(re.search("[━╸╺]", line) for line in screen)]
    assert with_bar
    for screen in with_bar:
        *above, bar = screen
        assert re.match(r"pass [123]/3 [━╸╺]+ +\d+ %", bar), screen
        assert not any(re.search("[━╸╺]", line) for line in above), screen
        assert not re.search(r"nan|\b0/s", bar), screen
