"""Numbers: touching digits, grammars, posteriors, boxes, and what is no number."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lenet5.data.digits import load_digits
from lenet5.data.line import ROWS
from lenet5.data.strings import Strings, write_strings
from lenet5.data.writing import Writing
from lenet5.graphs.grammar import matching, of_length, one_of
from lenet5.graphs.interpretation import interpret
from lenet5.graphs.recognition import recognition_graph
from lenet5.reading.line_image import line_image
from lenet5.reading.normalisation import normalise
from lenet5.reading.reader import load_network, read

TEST = load_digits().test


def written(length: int, touching: float, count: int = 40) -> Strings:
    return write_strings(TEST, count, Writing.plain(length, touching), np.random.default_rng(4))


def page_of(strings: Strings, n: int) -> np.ndarray:
    """Dark on light, three times as large."""
    line = np.kron(strings.line(n), np.ones((3, 3), np.uint8))
    return 255 - np.pad(line, 40)


@pytest.mark.parametrize(("length", "touching", "least"), [(3, 0.0, 0.75), (3, 1.0, 0.6), (5, 0.5, 0.5)])
def test_numbers_are_read_touching_or_not(length: int, touching: float, least: float) -> None:
    """Of digits of another set than the network was trained on: the share of whole numbers that is right."""
    strings = written(length, touching)
    right = [read(page_of(strings, n)).text == strings.text(n) for n in range(len(strings))]
    assert np.mean(right) >= least


def test_a_number_has_a_posterior_a_runner_up_and_each_digit_a_box() -> None:
    strings = written(4, 1.0)
    readings = [read(page_of(strings, n)) for n in range(len(strings))]
    right = [reading for n, reading in enumerate(readings) if reading.text == strings.text(n)]
    assert len(right) > 10
    for reading in right:
        (number,) = reading.numbers
        assert number.text == reading.text
        assert 0 < number.probability <= 1
        assert number.runner_up != number.text
        edges = [mark.box for mark in reading.marks]
        assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in edges)
        middles = [(box[0] + box[2]) / 2 for box in edges]
        assert middles == sorted(middles)
        assert [mark.number for mark in reading.marks] == [0] * 4
        answer = reading.as_dict()
        assert answer["numbers"][0]["text"] == reading.text
        assert json.loads(json.dumps(answer)) == answer
    # The surer, the more often right.
    sure = sorted(range(len(readings)), key=lambda n: -(readings[n].numbers[0].probability))
    halves = [[readings[n].text == strings.text(n) for n in half] for half in (sure[:20], sure[20:])]
    assert np.mean(halves[0]) >= np.mean(halves[1])


def test_what_can_occur_helps() -> None:
    """Among few numbers, of a length, of a pattern: right at least as often, and never anything else."""
    strings = written(4, 1.0)
    texts = [strings.text(n) for n in range(len(strings))]
    free = [read(page_of(strings, n)).text == text for n, text in enumerate(texts)]
    among = [read(page_of(strings, n), grammar=one_of(texts)) for n in range(len(strings))]
    assert {reading.text for reading in among} <= {*texts, ""}
    assert sum(reading.text == text for reading, text in zip(among, texts, strict=True)) >= max(sum(free), 36)
    of_four = [read(page_of(strings, n), grammar=of_length(4)).text for n in range(len(strings))]
    assert {len(text) for text in of_four} == {4}
    assert sum(a == b for a, b in zip(of_four, texts, strict=True)) >= sum(free)
    dated = [read(page_of(strings, n), grammar=matching("dd.dd")).text for n in range(10)]
    assert [text.replace(".", "") for text in dated] == of_four[:10]


def test_where_nothing_that_can_occur_is_there_it_is_said() -> None:
    strings = written(2, 0.0, 1)
    reading = read(page_of(strings, 0), grammar=of_length(200))
    assert reading.text == ""
    assert "No number here that can occur." in reading.note
    assert reading.as_dict()["numbers"][0]["text"] == ""


def test_a_wide_gap_ends_a_number() -> None:
    one, other = (page_of(written(2, 0.0, 2), n) for n in (0, 1))
    height = max(len(one), len(other))
    apart = [np.pad(page, ((0, height - len(page)), (0, 150)), constant_values=255) for page in (one, other)]
    reading = read(np.hstack(apart))
    assert len(reading.numbers) == 2
    assert reading.text == "".join(number.text for number in reading.numbers)
    assert [mark.number for mark in reading.marks] == [0, 0, 1, 1]


def test_a_line_is_where_its_segments_are_on_the_page() -> None:
    page = page_of(written(3, 1.0, 1), 0)
    normalised = normalise(page.astype(np.float32) / 255)
    image = line_image(normalised.segments, normalised.foreground)
    assert image is not None
    assert image.line.shape[0] == ROWS
    rows, columns = np.nonzero(image.line >= 64)
    whole = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    rows, columns = np.nonzero(page < 255 - 64)
    on_page = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert image.box_on_page(whole) == pytest.approx(on_page, abs=6)


def test_with_and_without_the_engine_a_line_says_the_same() -> None:
    network = load_network("pretrained-numbers")
    strings = written(3, 1.0, 3)
    for n in range(3):
        segmentation = network.segmentation(np.ascontiguousarray(strings.line(n)))
        penalties = network.arc_penalties(segmentation)
        by_engine = network.interpretations(segmentation, penalties)
        by_graphs = interpret(recognition_graph(segmentation, penalties))
        assert [one.labels for one in by_engine] == [one.labels for one in by_graphs]
        for one, other in zip(by_engine, by_graphs, strict=True):
            assert one.posterior == pytest.approx(other.posterior, abs=1e-5)
            assert one.path == other.path
            given = network.string_posterior(segmentation, penalties, other.labels)  # type: ignore[arg-type]
            assert given == pytest.approx(one.posterior, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--length", "0"], "A length of 0 was given; give a number of digits"),
        (["--length", "four"], "--length four was given; give a number of digits"),
        (["--length", "5-2"], "A length of 5 to 2 was given"),
        (["--pattern", "abc"], "The pattern 'abc' was given"),
        (["--among", "nowhere.txt"], "The list nowhere.txt cannot be read"),
        (["--length", "3", "--pattern", "ddd"], "Several of --length, --among and --pattern were given"),
    ],
)
def test_a_grammar_that_is_none_is_refused_in_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lenet5", "read", "x.png", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
