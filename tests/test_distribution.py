"""The package's name for pip: one name, ours, in every hint."""

import re
import tomllib
from pathlib import Path

import pytest

from lenet5.tools.distribution import DISTRIBUTION, install_hint

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# What would install a package of a stranger's, and what would install nothing.
NAMED = re.compile(r"\b(lenet5[\w.-]*)\[([\w,-]+)\]|pip3? install[^\n]*?\s['\"]?(lenet5[\w.-]*)")


def names_in(text: str) -> list[tuple[str, list[str]]]:
    """The names for pip in a text, each with the extras asked for."""
    return [(m[1] or m[3], m[2].split(",") if m[2] else []) for m in NAMED.finditer(text)]


def files() -> list[Path]:
    """What a reader may copy a line from."""
    texts = [path for path in (ROOT / "src").rglob("*") if path.suffix in (".py", ".html", ".js", ".md")]
    return [*texts, *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "benchmarks").glob("*.py")]


def test_pip_knows_the_package_by_a_name_that_is_not_a_strangers() -> None:
    assert PROJECT["name"] == DISTRIBUTION != "lenet5"
    assert PROJECT["scripts"] == {"lenet5": "lenet5.cli:main"}


def test_every_hint_names_the_package_and_an_extra_that_it_has() -> None:
    extras = PROJECT["optional-dependencies"]
    hints = [(file, *hint) for file in files() for hint in names_in(file.read_text())]
    hints += [(Path("pyproject.toml"), *hint) for group in extras.values() for line in group for hint in names_in(line)]
    assert len(hints) > 3
    assert [(file, name) for file, name, _ in hints if name != DISTRIBUTION] == []
    assert [(file, wanted) for file, _, wanted in hints if not set(wanted) <= extras.keys()] == []


def test_the_line_to_type_is_made_in_one_place() -> None:
    assert install_hint("serve") == "pip install 'lenet5-1998[serve]'"
    made = [path.name for path in (ROOT / "src").rglob("*.py") if "pip install" in path.read_text()]
    assert made == ["distribution.py"]


@pytest.mark.parametrize("hint", ["pip install lenet5", "pip install 'lenet5[serve]'", "the extra lenet5[serve]"])
def test_the_guard_of_the_hints_can_fail(hint: str) -> None:
    assert [name for name, _ in names_in(hint)] == ["lenet5"]
