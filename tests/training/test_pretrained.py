"""The networks that come with the package, on the paper's own test."""

import json
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

import lenet5
from lenet5 import paper
from lenet5.cli import app
from lenet5.training.checkpoint import load_model, segmenter_in
from lenet5.training.evaluation import answers, scores
from lenet5.training.model_file import open_model
from lenet5.training.run_folder import PRETRAINED, pretrained

CARD = Path(lenet5.__file__).parent / "pretrained" / "README.md"


@pytest.mark.parametrize("name", ["best", "1998"])
def test_it_is_lenet_5_ready_to_call_and_its_card_tells_of_it(name: str) -> None:
    network = lenet5.load_pretrained(name)
    assert sum(p.numel() for p in network.parameters()) == paper.PARAMETERS
    images = torch.zeros(2, 28, 28, dtype=torch.uint8)
    assert network(lenet5.to_input(images)).shape == (2, 10)
    _, config = load_model(pretrained(name))
    assert config.preset == lenet5.PRESETS[name]
    assert config.data is None
    assert f"`{name}.safetensors`" in CARD.read_text()
    assert pretrained(name).stat().st_size < 260_000


@pytest.mark.parametrize(("name", "shape"), [("numbers", (11, 15)), ("sdnn", (11, 3))])
def test_those_for_numbers_have_the_blanks_class_and_a_segmenter(name: str, shape: tuple[int, int]) -> None:
    network = lenet5.load_pretrained(name)
    assert sum(p.numel() for p in network.parameters()) == paper.PARAMETERS
    assert network(torch.zeros(2, 1, 32, 32)).shape == (2, 11)
    file = open_model(pretrained(name))
    assert file.config.preset == lenet5.PRESETS[name]
    assert file.config.data is None
    segmenter = segmenter_in(file)
    assert segmenter is not None
    assert segmenter.weights.shape == shape
    assert f"`{name}.safetensors`" in CARD.read_text()


def test_the_best_beats_the_network_of_1998_digit_by_digit(mnist_folder: Path) -> None:
    """Macro-F1 and every digit's F1 above those that figure 8 gives."""
    test = lenet5.load_dataset("mnist", mnist_folder).test
    result = scores(answers(lenet5.load_pretrained(), test, "auto"), test.labels)
    assert result.test_error <= 0.005
    assert result.macro_f1 > paper.MACRO_F1_1998
    for ours, theirs in zip(result.per_digit_f1, paper.PER_DIGIT_F1_1998, strict=True):
        assert ours > theirs


def test_that_of_1998_is_as_good_as_the_papers(mnist_folder: Path) -> None:
    test = lenet5.load_dataset("mnist", mnist_folder).test
    result = scores(answers(lenet5.load_pretrained("1998"), test, "auto"), test.labels)
    assert 100 * result.test_error == pytest.approx(paper.TEST_ERROR, abs=0.1)


@pytest.mark.parametrize("word", PRETRAINED)
def test_evaluate_takes_its_name(word: str, mnist_folder: Path) -> None:
    given = CliRunner().invoke(app, ["evaluate", word, "--data", str(mnist_folder), "--json"])
    assert given.exit_code == 0, given.output
    result = json.loads(given.stdout)
    assert result["patterns"] == 10_000
    assert result["macro_f1"] > 0.98


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="There is no pretrained network '2012'; choose one of 1998, best, numbers"):
        lenet5.load_pretrained("2012")
