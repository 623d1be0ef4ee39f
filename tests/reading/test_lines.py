"""Reading order: by pages whose lines are known, at every angle that lines are written at."""

import numpy as np
import pytest

from lenet5.reading.lines import in_reading_order
from lenet5.reading.segment import Segment


def at(x: float, y: float, width: float, height: float) -> Segment:
    """A segment around a point."""
    top, left = round(y - height / 2), round(x - width / 2)
    mask = np.ones((round(height), round(width)), dtype=bool)
    return Segment(top, top + mask.shape[0], left, left + mask.shape[1], mask)


def page(lengths: list[int], degrees: float, seed: int) -> list[list[Segment]]:
    """Lines of so many digits 40 pixels high, each a little out of line and of its own size, turned as a whole."""
    random = np.random.default_rng(seed)
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    lines = []
    for number, length in enumerate(lengths):
        along = random.uniform(0, 60) + np.cumsum(random.uniform(32, 60, length))
        across = 70 * number + random.uniform(-5, 5, length)
        places = zip(along * cosine - across * sine, along * sine + across * cosine, strict=True)
        lines.append([at(x, y, random.uniform(10, 34), random.uniform(34, 46)) for x, y in places])
    return lines


def read_back(lines: list[list[Segment]], seed: int = 0) -> tuple[list[list[tuple[int, int]]], bool]:
    """The corners of the segments by line, as they come out when they go in in any order."""
    shuffled = [segment for line in lines for segment in line]
    np.random.default_rng(seed).shuffle(shuffled)
    ordered, doubtful = in_reading_order(shuffled)
    numbers = [segment.line for segment in ordered]
    assert numbers == sorted(numbers)
    return [[(s.left, s.top) for s in ordered if s.line == n] for n in dict.fromkeys(numbers)], doubtful


@pytest.mark.parametrize("degrees", [-10, -7, -4, -3, -2, 0, 2, 3, 4, 7, 10])
def test_lines_keep_their_order_when_they_are_tilted(degrees: float) -> None:
    """Lines of 4 to 15 digits, one on a page and several."""
    for seed in range(12):
        random = np.random.default_rng(seed)
        lengths = random.integers(4, 16, random.integers(2, 6)).tolist() if seed % 2 else [4 + seed]
        lines = page(lengths, degrees, seed)
        expected = [[(s.left, s.top) for s in line] for line in lines]
        assert read_back(lines, seed) == (expected, False)


def test_a_dot_and_a_dash_join_the_line_that_they_stand_on() -> None:
    three, dot, one, four = at(20, 50, 25, 40), at(50, 68, 6, 6), at(70, 50, 8, 40), at(100, 52, 25, 40)
    below = [at(x, 130, 25, 40) for x in (20, 60, 100)]
    lines, _ = read_back([[three, dot, one, four], below])
    assert [len(line) for line in lines] == [4, 3]
    assert lines[0][1] == (dot.left, dot.top)


@pytest.mark.parametrize("places", [[(30, 30), (600, 130)], [(20, 40), (150, 90), (280, 50), (410, 100), (540, 45)]])
def test_where_lines_could_be_others_the_order_is_in_doubt(places: list[tuple[int, int]]) -> None:
    """Two digits far apart, the one lower; and digits that go up and down by less than their height."""
    _, doubtful = in_reading_order([at(x, y, 40, 60 if len(places) > 2 else 90) for x, y in places])
    assert doubtful


def test_two_lines_far_from_each_other_are_in_no_doubt() -> None:
    _, doubtful = read_back(page([6, 6], 0, 1))
    assert not doubtful
