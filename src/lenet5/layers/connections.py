"""Connection tables: which maps of the layer below feed each map of a layer. Section II-B, Table I.

A table is a boolean tensor laid out as Table I is printed: a row per map below, a column per map of the layer, True
where the two are connected.
"""

import torch
from jaxtyping import Bool
from torch import Generator, Tensor

from lenet5.paper import TABLE_I

Table = Bool[Tensor, "inputs outputs"]


def full(inputs: int, outputs: int) -> Table:
    """Every map reads every map below, as in C1 and C5."""
    return check_table(torch.ones(inputs, outputs, dtype=torch.bool))


def one_to_one(maps: int) -> Table:
    """Each map reads the one map below of the same number."""
    return check_table(torch.eye(maps, dtype=torch.bool))


def table_i() -> Table:
    """Table I, 6×16: how the 16 maps of C3 read the 6 maps of S2, 60 connections."""
    return from_rows(TABLE_I)


def random(inputs: int, outputs: int, fan_in: int, rng: Generator) -> Table:
    """Each map reads `fan_in` maps below, drawn without replacement.

    Raises:
        ValueError: `fan_in` is not from 1 to `inputs`.
    """
    if not 1 <= fan_in <= inputs:
        raise ValueError(f"A fan-in of {fan_in} maps was given; it must be from 1 to the {inputs} maps below.")
    table = torch.zeros(inputs, outputs, dtype=torch.bool)
    for column in table.T:
        column[torch.randperm(inputs, generator=rng)[:fan_in]] = True
    return check_table(table)


def from_rows(drawing: str) -> Table:
    """A table drawn as Table I is printed.

    Args:
        drawing: a row of `X` and `.` per map below, a column per map of the layer.

    Raises:
        ValueError: rows of unequal length, or other characters.
    """
    rows = drawing.split()
    if len({len(row) for row in rows}) != 1 or set("".join(rows)) - set("X."):
        raise ValueError(f"A connection table is rows of X and . of one length; this was given: {rows}.")
    return check_table(torch.tensor([[mark == "X" for mark in row] for row in rows]))


def check_table(table: Tensor) -> Table:
    """The table itself, if it is one: boolean, inputs × outputs, and no map that reads nothing.

    Raises:
        TypeError: no tensor.
        ValueError: a tensor that is no such table.
    """
    if not isinstance(table, Tensor):
        raise TypeError(
            f"A table of type {type(table).__name__} was given; "
            "a connection table is a boolean tensor of inputs × outputs."
        )
    if table.dtype != torch.bool or table.dim() != 2:
        raise ValueError(
            f"A {table.dim()}-dimensional table of {table.dtype} was given; "
            "a connection table is a boolean tensor of inputs × outputs."
        )
    if 0 in table.shape:
        raise ValueError(f"A connection table of {tuple(table.shape)} was given; it needs maps on both sides.")
    lonely = (~table.any(dim=0)).nonzero().flatten().tolist()
    if lonely:
        raise ValueError(f"Maps {lonely} of the connection table read no map below; connect each to at least one.")
    return table
