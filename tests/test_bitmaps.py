import json
from itertools import combinations
from pathlib import Path

import torch

from lenet5 import bitmaps, paper

PRINTED = Path(__file__).parent / "data" / "paper" / "figure3_codes.json"


def test_codes_are_ten_drawings_of_plus_and_minus_one() -> None:
    codes = bitmaps.codes()
    assert codes.shape == (10, bitmaps.ROWS * bitmaps.COLUMNS) == (10, paper.LAYERS["F6"].size[0])
    assert codes.abs().eq(1).all()


def test_the_blank_space_is_an_eleventh_code_an_empty_drawing() -> None:
    codes = bitmaps.codes(blank=True)
    assert codes.shape == (11, 84)
    assert codes[:10].equal(bitmaps.codes())
    assert codes[10].eq(-1).all()


def test_the_closest_two_digits_are_6_and_8_at_hamming_distance_12() -> None:
    codes = bitmaps.codes()
    distance = {(a, b): int((codes[a] != codes[b]).sum()) for a, b in combinations(range(10), 2)}
    assert min(distance.values()) == 12
    assert [pair for pair, d in distance.items() if d == 12] == [(6, 8)]


def test_every_pixel_equals_figure_3() -> None:
    drawings = json.loads(PRINTED.read_text())
    printed = [[1.0 if mark == "#" else -1.0 for mark in "".join(drawings[str(d)])] for d in range(10)]
    assert torch.equal(bitmaps.codes(), torch.tensor(printed))
