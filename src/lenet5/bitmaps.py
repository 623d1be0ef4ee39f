"""The output codes of figure 3: each class drawn as 12 rows of 7, and what F6 is trained to look like.

Section II-B: the centres of the RBF units are ±1, where the squashing function bends most: the drawing +1, the
background −1. Characters that are easily confused have similar codes; that helps where whole words are read, and does
no harm to digits.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from torch import Tensor

ROWS: Final = 12
COLUMNS: Final = 7

# Side by side as figure 3 prints them: 0 to 4, then 5 to 9.
FIGURE_3: Final = (
    """
    .#####.  ...##..  .#####.  #######  .#####.
    .......  ..###..  .......  .....##  .......
    ..###..  .####..  .#####.  ....##.  .......
    .##.##.  ...##..  ##...##  ...##..  .##..##
    ##...##  ...##..  #....##  ..####.  .##..##
    ##...##  ...##..  ....##.  .....##  ###..##
    ##...##  ...##..  ..###..  .....##  ##...##
    ##...##  ...##..  .##....  .....##  ##...##
    .##.##.  ...##..  ##.....  ##...##  ##..###
    ..###..  .######  #######  .#####.  .######
    .......  .......  .......  .......  .....##
    .......  .......  .......  .......  .....##
    """,
    """
    .#####.  ..####.  #######  .#####.  .#####.
    .......  .##....  .....##  ##...##  ##..###
    #######  ##.....  .....##  ##...##  ##...##
    ##.....  ##.....  ....##.  ##...##  ##...##
    ##.....  ######.  ...##..  .#####.  ##..###
    .####..  ###..##  ...##..  ##...##  .######
    ..####.  ##...##  ..##...  ##...##  .....##
    .....##  ##...##  ..##...  ##...##  .....##
    ##...##  ###..##  ..##...  ##...##  ....##.
    .#####.  .#####.  ..##...  .#####.  .####..
    .......  .......  .......  .......  .......
    .......  .......  .......  .......  .......
    """,
)


def codes() -> "Tensor":
    """The ten codes w of eq. 7, 10×84 float32: +1 where figure 3 is drawn (#), −1 where it is background (.)."""
    import torch

    return torch.tensor(signs())


def signs() -> list[list[float]]:
    """The ten codes as lists of 84 numbers, for what does without PyTorch."""
    drawings = [line.split() for block in FIGURE_3 for line in block.split("\n") if line.strip()]
    rows = [row for block in (drawings[:ROWS], drawings[ROWS:]) for row in zip(*block, strict=True)]
    return [[1.0 if mark == "#" else -1.0 for mark in "".join(row)] for row in rows]
