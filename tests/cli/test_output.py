"""Where the output goes: an encoding without Greek letters, a reader that is gone, a full disk, nowhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lenet5.training.run_folder import CHECKPOINT

LENET5 = f"'{sys.executable}' -m lenet5"
SHORT = "train --train-size 60 --passes 3 --out run"
FULL = Path("/dev/full")


def shell(line: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A line as a user types it; what it says on standard error in UTF-8."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    return subprocess.run(["bash", "-c", line], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


def test_an_encoding_that_lacks_a_letter_ends_nothing(tmp_path: Path) -> None:
    ended = shell(f"{LENET5} {SHORT}", tmp_path, PYTHONIOENCODING="cp1252")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("  eta 0.001 ") == 3
    assert (tmp_path / "run" / "report.json").exists()


def test_what_an_encoding_lacks_is_written_in_ascii(tmp_path: Path) -> None:
    script = "from lenet5.cli.output import open_streams; open_streams(); print('η 1×2 … \\u4e09 \\udc80 é')"
    ended = shell(f'"{sys.executable}" -c "{script}"', tmp_path, PYTHONIOENCODING="ascii")
    assert ended.stdout == "eta 1x2 ... \\u4e09 \\udc80 \\xe9\n"


def test_training_whose_reader_is_gone_stops_with_a_sentence_and_can_go_on(tmp_path: Path) -> None:
    """After two lines before the training and that of the first pass."""
    ended = shell(f"{LENET5} {SHORT} | head -n 3; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert ended.stdout.count("\n") == 3
    assert (ended.returncode, ended.stderr.count("\n")) == (141, 1)
    assert ended.stderr.startswith("lenet5: standard output cannot be written (Broken pipe); stopped in pass ")
    assert ended.stderr.endswith("; nothing is lost. Go on with: lenet5 train --resume run\n")
    assert (tmp_path / "run" / CHECKPOINT).exists()
    assert shell(f"{LENET5} train --resume run", tmp_path).returncode == 0
    assert len(json.loads((tmp_path / "run" / "report.json").read_text())["passes"]) == 3


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_output_that_is_full_is_one_sentence(tmp_path: Path) -> None:
    full = "lenet5: standard output cannot be written (No space left on device)"
    ended = shell(f"{LENET5} {SHORT} > /dev/full", tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert ended.stderr.startswith(f"{full}; stopped in pass 1 after 0 patterns; nothing is lost.")
    ended = shell(f"{LENET5} --help > /dev/full", tmp_path)
    assert (ended.returncode, ended.stderr) == (1, f"{full}\n")
    assert shell(f"{LENET5} --help > /dev/full 2>&1", tmp_path).returncode == 1


@pytest.mark.parametrize("command", ["--help", "summary", "evaluate pretrained --dataset digits"])
def test_other_commands_whose_reader_is_gone_end_without_a_word(tmp_path: Path, command: str) -> None:
    assert shell(f"{LENET5} {command} | true", tmp_path).stderr == ""


def test_a_closed_stream_is_given_to_no_file(tmp_path: Path) -> None:
    """Where descriptors 0 to 2 are closed, the next file would get one, and with it all that is printed."""
    script = (
        "from lenet5.cli.output import open_streams; open_streams()\n"
        "file = open('file', 'w')\n"
        "print('said')\n"
        "file.write(str(file.fileno()))"
    )
    ended = shell(f'"{sys.executable}" -c "{script}" <&- >&- 2>&-', tmp_path)
    assert ended.returncode == 0
    assert int((tmp_path / "file").read_text()) > 2
