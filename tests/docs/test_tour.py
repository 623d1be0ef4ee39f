"""docs/tour.py runs from its first cell to its last, and what it trains learns."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOUR = Path(__file__).parents[2] / "docs/tour.py"
PICTURES = {"loss.png", "before_and_after.png", "kernels.png", "maps.png"}


def toured(folder: Path, *arguments: str) -> str:
    """What the tour prints."""
    command = [sys.executable, str(TOUR), *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert {path.name for path in (folder / "tour").iterdir()} == PICTURES
    return ended.stdout


def test_the_quick_tour_shows_the_lines_and_makes_the_pictures(tmp_path: Path) -> None:
    out = toured(tmp_path, "--quick")
    for lines in ("def squash(", "C3=Convolution(table_i()", "def derivatives(", "pass 1: training error"):
        assert lines in out


@pytest.mark.slow
def test_the_whole_tour_trains_within_two_minutes_to_fewer_than_five_in_a_hundred(tmp_path: Path) -> None:
    errors = re.findall(r"test error ([\d.]+)%", toured(tmp_path))
    assert len(errors) == 8
    assert float(errors[-1]) < 5
