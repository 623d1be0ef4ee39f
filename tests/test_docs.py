"""The files, functions and tests that the documents mention exist, and the guard can fail."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *(path.relative_to(ROOT).as_posix() for folder in ("docs", "tests/data") for path in (ROOT / folder).rglob("*.md")),
]

# A path from the root of the repository (in a link, perhaps after ./ or ../), and a name in it after ::
MENTION = re.compile(r"(?<![\w./-])(?:\.{1,2}/)?((?:src|tests|docs|benchmarks)/[\w./-]*)(?:::([\w.]+))?")

# A link to a file beside the document or to a heading, of this page or of that one; what has a scheme lies elsewhere.
LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)#?([^)\s]*)\)")

# What docs/decisions.md may have, so that it is read to its end.
MOST_LINES = 120
MOST_LINES_OF_A_SECTION = 6


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


def anchors(text: str) -> set[str]:
    """The names that links to a page's headings have."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(text: str, page: Path) -> list[str]:
    """The links of a text, as it stands on a page, that lead to no file or no heading."""
    broken = []
    for file, heading in LINK.findall(text):
        target = page.parent / file if file else page
        there = target.exists() and (not heading or heading in anchors(target.read_text() if file else text))
        if not there:
            broken.append(f"{file}#{heading}" if heading else file)
    return broken


def too_long(text: str) -> list[str]:
    """What of a page of decisions is longer than is read: the page, or the section of this title."""
    long = ["the page"] if len(text.splitlines()) > MOST_LINES else []
    for section in text.split("\n## ")[1:]:
        title, *lines = section.strip().splitlines()
        if len([line for line in lines if line]) > MOST_LINES_OF_A_SECTION:
            long.append(title)
    return long


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_what_a_document_mentions_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    assert missing(text) == []
    assert broken_links(text, ROOT / document) == []


def test_the_decisions_are_short_enough_to_be_read() -> None:
    assert too_long((ROOT / "docs/decisions.md").read_text()) == []


def test_the_guard_of_the_documents_can_fail() -> None:
    here = "tests/test_docs.py"
    assert missing(f"`{here}`, `{here}::MENTION` and [this](../{here}); under `src/`, see docs/.") == []
    assert missing("(benchmarks/none.py)") == ["benchmarks/none.py"]
    assert missing("see ../docs/none.md.") == ["docs/none.md"]
    assert missing(f"`{here}::test_none`") == [f"{here}::test_none"]
    assert missing("`src/lenet5/loss.py::MAPLoss.posterior` or `.prior`") == []
    assert missing("`src/lenet5/loss.py::MAPLoss.prior`") == ["src/lenet5/loss.py::MAPLoss.prior"]


def test_the_guard_of_the_links_can_fail() -> None:
    page = ROOT / "docs/log.md"
    assert (
        broken_links(
            "# A page: ours\n[a](notation.md#index-letters) [b](#a-page-ours) [c](https://example.org/x)", page
        )
        == []
    )
    assert broken_links("[a](nowhere.md) [b](notation.md#nothing) [c](#nothing)", page) == [
        *("nowhere.md", "notation.md#nothing", "#nothing"),
    ]


def test_the_guard_of_the_length_can_fail() -> None:
    assert too_long("# A\n\n## B\n\n" + "line\n" * 6) == []
    assert too_long("# A\n\n## B\n\n" + "line\n" * 7) == ["B"]
    assert too_long("line\n" * 121) == ["the page"]
