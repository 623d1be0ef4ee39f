"""The quick form of everything, as a user calls it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from lenet5.cli import app
from lenet5.data import load_dataset
from lenet5.reproduce import BEYOND, MODULES, NAMES
from lenet5.reproduce.report_writer import write_report

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, mnist_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("quick")
    where = ["--data", str(mnist_folder), "--out", str(folder), "--runs", str(folder / "runs")]
    result = CliRunner().invoke(app, ["reproduce", "all", "--quick", *where])
    assert result.exit_code == 0, result.output
    return folder


def test_every_table_and_figure_is_on_the_page_with_its_command_and_picture(made: Path) -> None:
    page = (made / "results.md").read_text()
    for name in NAMES:
        record = json.loads((made / "results" / f"{name}.json").read_text())
        assert record["title"] in page
        assert record["section"].strip() in page
        assert record["command"] == "lenet5 reproduce all --seeds 2 --quick"
        assert {"date", "machine", "version", "numbers"} <= record.keys()
        for picture in record["pictures"]:
            assert f"(results/{picture})" in page
            assert (made / "results" / picture).read_bytes().startswith(b"\x89PNG")
    assert "the quick form" in page


def test_the_numbers_are_those_of_a_network_that_learns(made: Path) -> None:
    numbers = json.loads((made / "results" / "fig5.json").read_text())["numbers"]
    assert len(numbers["train_error"]) == 2
    assert all(len(seeds) == 2 and 0 < max(seeds) < 20 for seeds in numbers["test_error"])
    table = json.loads((made / "results" / "table1.json").read_text())["numbers"]
    assert (table["parameters"], table["connections"]) == (60_000, 340_908)


def test_a_second_time_nothing_is_trained_again(made: Path, mnist_folder: Path) -> None:
    kinds = ("report.json", "outputs.safetensors")
    left = {path: path.stat().st_mtime_ns for kind in kinds for path in (made / "runs").rglob(kind)}
    assert {path.name for path in left} == set(kinds)
    where = ["--out", str(made), "--runs", str(made / "runs")]
    result = CliRunner().invoke(app, ["reproduce", "fig10", "--quick", "--data", str(mnist_folder), *where])
    assert result.exit_code == 0, result.output
    assert {path: path.stat().st_mtime_ns for path in left} == left


SLOW = ("ablations", "photos")
# Of which test_strings_of_digits.py sees to strings.
TRIED: Final = [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in BEYOND if name != "strings"
]


@pytest.mark.parametrize("name", TRIED)
def test_what_goes_beyond_the_paper_has_its_section_too(made: Path, mnist_folder: Path, name: str) -> None:
    where = ["--data", str(mnist_folder), "--out", str(made), "--runs", str(made / "runs")]
    result = CliRunner().invoke(app, ["reproduce", name, "--quick", *where])
    assert result.exit_code == 0, result.output
    record = json.loads((made / "results" / f"{name}.json").read_text())
    assert record["section"].strip() in (made / "results.md").read_text()
    assert "Figure 5: error after each pass" in (made / "results.md").read_text()


def test_the_weights_written_are_whole_models_without_a_path_of_this_machine(made: Path, mnist_folder: Path) -> None:
    from lenet5.training.checkpoint import load_model
    from lenet5.training.evaluation import answers, scores

    test = load_dataset("mnist", mnist_folder).test
    numbers = json.loads((made / "results" / "weights.json").read_text())["numbers"]
    for name in ("best", "1998"):
        network, config = load_model(made / "results" / f"{name}.safetensors")
        assert config.data is None
        assert scores(answers(network, test, "auto"), test.labels).as_dict() == numbers[name]


def test_the_results_in_the_documents_are_what_the_json_files_give(tmp_path: Path) -> None:
    shutil.copytree(DOCS / "results", tmp_path / "results", ignore=shutil.ignore_patterns("*.png"))
    assert write_report(tmp_path).read_text() == (DOCS / "results.md").read_text()


def test_a_record_under_a_name_of_before_is_read_unless_there_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    record = json.loads((DOCS / "results" / "table1.json").read_text())
    for name, title in (("silences", "Of before"), ("ablations", "Of today")):
        (tmp_path / "results" / f"{name}.json").write_text(json.dumps({**record, "name": name, "title": title}))
        assert f"## {title}\n" in write_report(tmp_path).read_text()
    assert "Of before" not in write_report(tmp_path).read_text()


def test_the_help_names_everything_without_pytorch() -> None:
    """The names come from the table, which needs neither PyTorch nor matplotlib."""
    code = (
        "import sys; from lenet5.cli.reproduce import reproduce; from lenet5.reproduce import MODULES; "
        "print(*MODULES, *({'torch', 'matplotlib', 'sklearn'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == list(MODULES)
    said = CliRunner().invoke(app, ["reproduce", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert all(name in said for name in MODULES)


def test_a_page_is_not_made_of_files_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    for content in ("{}", "[]", "no JSON"):
        (tmp_path / "results" / "fig5.json").write_text(content)
        with pytest.raises(ValueError, match=r"fig5\.json was not written by this version"):
            write_report(tmp_path)


def test_an_unknown_name_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["reproduce", "fig1", "--runs", str(tmp_path / "runs")])
    assert result.exit_code == 1
    assert "There is no 'fig1' to reproduce" in str(result.exception)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("option", ["--out", "--runs"])
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_trained(tmp_path: Path, option: str) -> None:
    (tmp_path / "file").touch()
    places = {"--out": tmp_path / "out", "--runs": tmp_path / "runs", option: tmp_path / "file"}
    given = [str(word) for pair in places.items() for word in pair]
    result = CliRunner().invoke(app, ["reproduce", "table1", *given])
    assert result.exit_code == 1
    assert "cannot be made (" in result.stderr
    assert f"give another {option}." in result.stderr
