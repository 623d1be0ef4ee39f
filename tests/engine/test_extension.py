"""Whether there is a native engine here, and which layers it knows."""

import shutil
from pathlib import Path
from unittest.mock import Mock

import pytest

from lenet5.engine import extension as home
from lenet5.engine.extension import DEFINITION, PACKAGE, PROVED_EQUAL_TO, digest_of_definition, extension


@pytest.fixture
def anew() -> None:
    """The module is looked for again, in this test and after it."""
    extension.cache_clear()
    yield
    extension.cache_clear()


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModuleNotFoundError("No module named 'lenet5.engine._native'"), "no native engine was built for this machine"),
        (ImportError("it was built for processors with avx"), "the native engine does not run here: it was built for"),
    ],
)
def test_why_there_is_none_is_said(error: ImportError, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "import_module", Mock(side_effect=error))
    assert str(extension()).startswith(reason)


def test_the_engine_was_proved_equal_to_these_layers() -> None:
    """Fails after any edit of the files that define the network, for the engine may not know of it.

    Where the other tests of this folder pass, it still does the same: put the digest below into engine/extension.py.
    Until then reading a picture loads PyTorch, to compare the two.
    """
    assert digest_of_definition() == PROVED_EQUAL_TO


def test_an_edit_of_any_of_its_files_is_another_definition(tmp_path: Path) -> None:
    for pattern in DEFINITION:
        for file in PACKAGE.glob(pattern):
            copy = tmp_path / file.relative_to(PACKAGE)
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(file, copy)
    assert digest_of_definition(tmp_path) == PROVED_EQUAL_TO
    for file in sorted(tmp_path.rglob("*.py")):
        before = file.read_bytes()
        file.write_bytes(before + b"#\n")
        assert digest_of_definition(tmp_path) != PROVED_EQUAL_TO, file.name
        file.write_bytes(before)
    (tmp_path / "layers" / "squash.py").unlink()
    assert digest_of_definition(tmp_path) != PROVED_EQUAL_TO
    assert digest_of_definition(tmp_path / "nowhere") == ""
