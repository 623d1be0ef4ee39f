"""The output codes of figure 3: each class drawn as 12 rows of 7, and what F6 is trained to look like.

Section II-B: the centres of the RBF units are ±1, ink +1 and paper −1, where the squashing function bends most.
Likely confusions have like drawings (the point of the codes for whole words; for digits it costs nothing).
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
    """The ten codes w of eq. 7: float32, 10×84, +1 where figure 3 has ink and −1 where it has paper."""
    import torch

    return torch.tensor(signs())


def signs() -> list[list[float]]:
    """The same as lists: ten of 84."""
    drawings = [line.split() for block in FIGURE_3 for line in block.split("\n") if line.strip()]
    rows = [row for block in (drawings[:ROWS], drawings[ROWS:]) for row in zip(*block, strict=True)]
    return [[1.0 if mark == "#" else -1.0 for mark in "".join(row)] for row in rows]
