"""Numbers that the paper prints or that were read off its figures, against the files they were read into."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from lenet5 import paper
from lenet5.data import load_dataset
from lenet5.data.input import to_input
from lenet5.training.evaluation import scores

READ_OFF = Path(__file__).parent / "data" / "paper"


def read(name: str) -> Any:
    return json.loads((READ_OFF / name).read_text())


def test_figure_5() -> None:
    curves = read("figures5_and_6.json")["fig5"]
    assert list(paper.FIGURE_5_TRAIN) == curves["train_pct"]
    assert list(paper.FIGURE_5_TEST) == curves["test_pct"]


def test_figure_6() -> None:
    curves = read("figures5_and_6.json")["fig6"]
    assert [n // 1000 for n in paper.FIGURE_6_TEST] == curves["size_k"]
    assert list(paper.FIGURE_6_TEST.values()) == pytest.approx(curves["test_pct"], abs=0.005)
    assert list(paper.FIGURE_6_TRAIN.values()) == pytest.approx(curves["train_pct"], abs=0.005)
    assert pytest.approx(curves["test_dist_pct_60k"], abs=0.005) == paper.FIGURE_6_TEST_DISTORTED


def test_figure_8_lists_82_digits() -> None:
    errors = read("figure8_errors.json")
    assert list(paper.FIGURE_8) == [(e["test_index"], e["true"], e["answer"]) for e in errors]


def test_figure_8_gives_the_scores_of_1998(mnist_folder: Path) -> None:
    """82 misread digits are 0.82 %; with the test labels they give macro-F1 and F1 digit by digit."""
    assert len(paper.FIGURE_8) == 82
    labels = load_dataset("mnist", mnist_folder).test.labels
    given = labels.clone()
    for index, true, answer in paper.FIGURE_8:
        assert int(labels[index]) == true
        given[index] = answer
    result = scores(given, labels)
    assert result.test_error == pytest.approx(0.0082)
    assert result.macro_f1 == pytest.approx(paper.MACRO_F1_1998, abs=5e-6)
    assert result.per_digit_f1 == pytest.approx(paper.PER_DIGIT_F1_1998, abs=5e-5)


def test_section_ii_b_the_grey_levels_make_the_mean_about_0(mnist_folder: Path) -> None:
    """The variance is said to be about 1; on MNIST's 32×32 field these grey levels give 0.12 (docs/decisions.md)."""
    field = to_input(load_dataset("mnist", mnist_folder).train.images[:5000], dtype=torch.float64)
    assert float(field.mean()) == pytest.approx(0, abs=0.05)
    assert float(field.var()) == pytest.approx(0.12, abs=0.01)


def test_section_iii_a_mnist_has_60_000_and_10_000_patterns(mnist_folder: Path) -> None:
    mnist = load_dataset("mnist", mnist_folder)
    assert (len(mnist.train), len(mnist.test)) == (paper.TRAIN_PATTERNS, paper.TEST_PATTERNS)
