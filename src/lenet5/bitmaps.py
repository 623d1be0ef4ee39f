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


def codes(*, blank: bool = False) -> "Tensor":
    """The codes w of eq. 7, classes×84 float32: +1 where figure 3 is drawn (#), −1 where it is background (.).

    Args:
        blank: the blank space's code too, as an eleventh class: it is an empty drawing.
    """
    import torch

    return torch.tensor(signs(blank=blank))


def signs(*, blank: bool = False) -> list[list[float]]:
    """The codes as lists of 84 numbers, for what does without PyTorch; see `codes`."""
    drawings = [line.split() for block in FIGURE_3 for line in block.split("\n") if line.strip()]
    rows = [row for block in (drawings[:ROWS], drawings[ROWS:]) for row in zip(*block, strict=True)]
    drawn = [[1.0 if mark == "#" else -1.0 for mark in "".join(row)] for row in rows]
    return [*drawn, [-1.0] * (ROWS * COLUMNS)] if blank else drawn
