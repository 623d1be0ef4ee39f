import pytest
import torch

from lenet5.layers.connections import check_table, from_rows, full, one_to_one, random, table_i

# Section II-B, Table I, read column by column: the S2 maps that feed each C3 map.
COLUMNS = [
    *([0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5]),
    *([0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5], [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5]),
    *([0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5]),
]


def test_table_i_is_the_papers() -> None:
    table = table_i()
    assert [column.nonzero().flatten().tolist() for column in table.T] == COLUMNS
    assert int(table.sum()) == 60


def test_every_s2_map_feeds_ten_c3_maps() -> None:
    assert table_i().sum(dim=1).tolist() == [10] * 6


def test_full_and_one_to_one() -> None:
    assert full(2, 3).tolist() == [[True] * 3] * 2
    assert one_to_one(3).nonzero().tolist() == [[0, 0], [1, 1], [2, 2]]


def test_random_gives_each_map_its_fan_in_and_repeats_by_seed() -> None:
    draw = [random(6, 16, 3, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert draw[0].sum(dim=0).tolist() == [3] * 16
    assert torch.equal(draw[0], draw[1])
    assert not torch.equal(draw[0], draw[2])


def test_a_drawing_is_read_as_printed() -> None:
    assert from_rows("X.X\n.XX").tolist() == [[True, False, True], [False, True, True]]


@pytest.mark.parametrize("drawing", ["X.X\n.X", "X?\nXX", ""])
def test_a_bad_drawing_is_refused(drawing: str) -> None:
    with pytest.raises(ValueError, match="rows of X and"):
        from_rows(drawing)


@pytest.mark.parametrize("fan_in", [0, 7])
def test_an_impossible_fan_in_is_refused(fan_in: int) -> None:
    with pytest.raises(ValueError, match=f"fan-in of {fan_in} .* 1 to the 6"):
        random(6, 4, fan_in, torch.Generator())


def test_a_map_that_reads_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Maps \[1\] .* read no map"):
        check_table(torch.tensor([[True, False, True]]))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="boolean tensor"):
        check_table(torch.ones(2, 3))
    with pytest.raises(ValueError, match="maps on both sides"):
        check_table(torch.ones(0, 3, dtype=torch.bool))
