"""Strings of test digits: the measures against plain counting, and the paper's own graphs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lenet5.cli import app
from lenet5.data import load_dataset
from lenet5.reading.reader import SDNN, load_network
from lenet5.reproduce import fig20, fig25, fig28
from lenet5.reproduce.outcomes import Outcome
from lenet5.reproduce.strings import rejection


def test_rejection_keeps_the_surest() -> None:
    outcomes = [Outcome(3, n % 10 != 9 or n < 50, 1 - n / 100) for n in range(100)]
    outcomes += [Outcome(8, right=False, posterior=1.0)] * 5  # of another length, not counted
    found = rejection(outcomes)
    assert found["all"] == pytest.approx(0.95)
    assert found["surest 80 %"] == pytest.approx(77 / 80)
    # One wrong of so many: plain counting from the surest on.
    for limit, name in ((0.01, "read at 1 % wrong"), (0.005, "read at 0.5 % wrong")):
        kept = [k for k in range(1, 101) if sum(not o.right for o in outcomes[:k]) / k <= limit]
        assert found[name] == pytest.approx(max(kept) / 100)


def test_the_papers_numbers_come_out() -> None:
    numbers = fig20.measure(fig20.the_graph())
    assert {name: round(numbers[name], 9) for name in fig20.PRINTED} == fig20.PRINTED
    assert numbers["C_forw"] < numbers["C_vit"]
    assert numbers["E_dforw"] == pytest.approx(numbers["C_cforw"] - numbers["C_forw"])
    assert fig28.measure() == fig28.PRINTED


def test_the_papers_five_lines_are_read_right(mnist_folder: Path) -> None:
    lines = fig25.the_papers(mnist_folder)
    if not lines:
        pytest.skip(f"the paper's inputs were looked for in {mnist_folder.parent / 'paper'}")
    network = load_network(SDNN)
    found = [fig25.read(network, text, of_line) for text, of_line in lines.items()]
    assert [line.found[0].text for line in found] == list(fig25.TEXTS)
    # Figure 25 prints nine outputs; at the middle of each digit ours is that digit.
    for line in found:
        assert set(line.text) <= set(fig25.outputs_in_words(line))


def test_without_the_papers_lines_the_same_numbers_are_written(tmp_path: Path, mnist_folder: Path) -> None:
    assert fig25.the_papers(tmp_path) == {}
    assert fig25.the_papers(None) == {}
    assert list(fig25.written(load_dataset("mnist", mnist_folder).test)) == list(fig25.TEXTS)


@pytest.mark.slow
def test_strings_are_read_and_written_about(tmp_path: Path, mnist_folder: Path) -> None:
    """The quick form, as a user calls it."""
    where = ["--data", str(mnist_folder), "--out", str(tmp_path), "--runs", str(tmp_path / "runs")]
    result = CliRunner().invoke(app, ["reproduce", "strings", "--quick", *where])
    assert result.exit_code == 0, result.output
    numbers = json.loads((tmp_path / "results" / "strings.json").read_text())["numbers"]
    for system in ("right", "right by the HOS", "right by the SDNN"):
        assert set(numbers[system]) == {"none", "half", "all"}
    assert [(row["system"], row["criterion"]) for row in numbers["training"]] == [
        (system, criterion)
        for system in ("HOS", "SDNN")
        for criterion in ("viterbi", "discriminative_viterbi", "forward", "discriminative_forward")
    ]
    assert numbers["grammars"]["nothing known"] <= numbers["grammars"]["among 2,000 numbers"]
    assert numbers["rejection"]["none"]["all"] > 0.8
