"""The files, functions and tests that the documents mention exist, and the guard can fail."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]

# A path from the root of the repository (in a link, perhaps after ./ or ../), and a name in it after ::
MENTION = re.compile(r"(?<![\w./-])(?:\.{1,2}/)?((?:src|tests|docs|benchmarks)/[\w./-]*)(?:::([\w.]+))?")


def defined(body: list[ast.stmt], prefix: str = "") -> set[str]:
    """The functions, classes and constants in a module, and the methods as Class.method."""
    names = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(prefix + name)
            case ast.ClassDef(name=name, body=inner):
                names |= {prefix + name, *defined(inner, f"{prefix}{name}.")}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(prefix + name)
    return names


def missing(text: str) -> list[str]:
    """What a text mentions and the repository does not have."""
    absent = []
    for path, name in MENTION.findall(text):
        path, name = path.rstrip("."), name.rstrip(".")  # the end of a sentence is no part of it
        if not (ROOT / path).exists():
            absent.append(path)
        elif name and name not in defined(ast.parse((ROOT / path).read_text()).body):
            absent.append(f"{path}::{name}")
    return absent


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_what_a_document_mentions_exists(document: str) -> None:
    assert missing((ROOT / document).read_text()) == []


def test_the_guard_of_the_documents_can_fail() -> None:
    here = "tests/test_docs.py"
    assert missing(f"`{here}`, `{here}::MENTION` and [this](../{here}); under `src/`, see docs/.") == []
    assert missing("(benchmarks/none.py)") == ["benchmarks/none.py"]
    assert missing("see ../docs/none.md.") == ["docs/none.md"]
    assert missing(f"`{here}::test_none`") == [f"{here}::test_none"]
    assert missing("`src/lenet5/loss.py::MAPLoss.posterior` or `.prior`") == []
    assert missing("`src/lenet5/loss.py::MAPLoss.prior`") == ["src/lenet5/loss.py::MAPLoss.prior"]
