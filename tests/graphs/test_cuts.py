"""Cuts and segments on lines at random and on lines of digits."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lenet5.data.digits import load_digits
from lenet5.data.line import FOREGROUND, ROWS, line_of
from lenet5.data.strings import Strings, write_strings
from lenet5.data.writing import Writing
from lenet5.graphs.cuts import FREE, LEAST_APART, SIDEWAYS, find_cuts
from lenet5.graphs.segment_pattern import area_means, segment_pattern
from lenet5.graphs.segmentation_graph import FEATURES, WIDEST, segmentation_graph


def some_strings(count: int, seed: int = 1, **writing: object) -> Strings:
    chosen = {"digits": (1, 4), **writing}
    return write_strings(load_digits().train, count, Writing(**chosen), np.random.default_rng(seed))  # type: ignore[arg-type]


def cheapest(line: NDArray[np.uint8], row: int, x: int) -> int:
    """The cost of the cheapest path from top to bottom through a point, by relaxing all edges until nothing changes."""
    best = np.full(line.shape, np.inf)
    best[row, x] = FREE + int(line[row, x])
    for step in (-1, 1):
        rows = range(row + step, ROWS if step > 0 else -1, step)
        for r in rows:
            for c in range(line.shape[1]):
                ways = [best[r - step, d] + SIDEWAYS * abs(d - c) for d in (c - 1, c, c + 1) if 0 <= d < line.shape[1]]
                best[r, c] = min(ways) + FREE + int(line[r, c])
    return int(best[0].min() + best[-1].min() - best[row, x])


def test_the_first_cut_is_the_cheapest_path_of_all() -> None:
    """Two strokes that touch at one row: cut there, where the fewest pixels are in the way."""
    line = np.zeros((ROWS, 40), np.uint8)
    line[2:42, 4:14] = line[2:42, 24:34] = 255
    line[30:33, 14:24] = 255
    cuts = find_cuts(line)
    costs = [sum(FREE + int(line[r, min(x, 39)]) for r, x in enumerate(cut)) for cut in cuts.x[1:-1]]
    sideways = [SIDEWAYS * int(np.abs(np.diff(cut)).sum()) for cut in cuts.x[1:-1]]
    through_the_bridge = min(cheapest(line, 20, x) for x in range(15, 24))
    assert min(c + s for c, s in zip(costs, sideways, strict=True)) == through_the_bridge == ROWS * FREE + 3 * 255
    assert cuts.crossed[1:-1].min() == 3 * 255


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_cuts_never_cross_and_cut_no_crumbs_off(seed: int, width: int) -> None:
    random = np.random.default_rng(seed)
    line = (random.random((ROWS, width)) < random.random()).astype(np.uint8) * 255
    cuts = find_cuts(line)
    assert (cuts.x[0] == 0).all()
    assert (cuts.x[-1] == width).all()
    assert (np.diff(cuts.x, axis=0) >= 0).all()
    columns = np.arange(width)
    for left, right in itertools.pairwise(cuts.x):
        between = line[(columns >= left[:, None]) & (columns < right[:, None])]
        assert (between >= FOREGROUND).sum() >= LEAST_APART or len(cuts.x) == 2


def test_every_digit_apart_is_a_segment() -> None:
    """Whole, and alone: its box is the box of a component."""
    strings = some_strings(20, touching=0.0, all_touching=0.0, gap=(0.2, 0.4), blank=0.0, between=0.0, slant=0.0)
    for n in range(len(strings)):
        line = strings.line(n)
        empty = np.flatnonzero(~(line >= FOREGROUND).any(0))
        edges = [-1, *empty.tolist(), line.shape[1]]
        digits = {(a + 1, b) for a, b in itertools.pairwise(edges) if b - a > 1}
        boxes = segmentation_graph(line).boxes
        whole = {(int(left), int(right)) for left, _, right, _ in boxes}
        assert {digit for digit in digits if digit[1] - digit[0] <= WIDEST} <= whole


def test_segments_are_what_lies_between_their_cuts() -> None:
    strings = some_strings(4)
    for n in range(len(strings)):
        line = strings.line(n)
        graph = segmentation_graph(line)
        assert graph.features.shape == (len(graph), FEATURES)
        assert graph.patterns.shape == (len(graph), 32, 32)
        columns = np.arange(line.shape[1])
        for (first, last), (left, top, right, bottom), features in zip(
            graph.arcs, graph.boxes, graph.features, strict=True
        ):
            inside = (columns >= graph.cuts.x[first][:, None]) & (columns < graph.cuts.x[last][:, None])
            rows, across = np.nonzero((line >= FOREGROUND) & inside)
            assert (left, top, right, bottom) == (across.min(), rows.min(), across.max() + 1, rows.max() + 1)
            assert right - left <= WIDEST or last == first + 1
            assert features[0] == 1
            assert features[8] == pytest.approx(len(rows) / 400)
        # From each cut to the next there is a way: no line is without a path.
        assert {(k, k + 1) for k in range(len(graph.cuts.x) - 1)} <= {tuple(map(int, arc)) for arc in graph.arcs}


def test_without_foreground_there_is_no_segment() -> None:
    graph = segmentation_graph(np.zeros((ROWS, 30), np.uint8))
    assert len(graph) == 0
    assert len(graph.cuts.x) == 0


@pytest.mark.parametrize(("before", "after"), [(7, 3), (3, 7), (40, 20), (5, 5), (1, 4), (44, 1)])
def test_area_means_are_areas(before: int, after: int) -> None:
    """Against pixels divided into so many parts that both edges fall between parts."""
    fine = np.kron(np.eye(before), np.ones((after, 1)))  # each pixel `after` parts
    expected = fine.reshape(after, before, before).mean(1)
    np.testing.assert_allclose(area_means(before, after), expected, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 44), st.integers(1, 60))
def test_a_pattern_is_as_mnists_are(seed: int, height: int, width: int) -> None:
    foreground = np.random.default_rng(seed).integers(64, 256, (height, width)).astype(np.uint8)
    pattern = segment_pattern(foreground)
    rows, columns = np.flatnonzero(pattern.any(1)), np.flatnonzero(pattern.any(0))
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 == 20
    for along in (pattern.sum(1, dtype=float), pattern.sum(0, dtype=float)):
        assert abs(float(along @ np.arange(32)) / along.sum() - 15.5) <= 0.51


def test_a_line_of_nothing_and_of_a_speck() -> None:
    assert line_of(np.zeros((50, 70), np.uint8)).shape == (ROWS, 4)
    speck = np.zeros((50, 70), np.uint8)
    speck[20, 30] = 255
    assert line_of(speck).shape == (ROWS, ROWS)
    assert line_of(speck)[2:-2, 2:-2].min() == 255
