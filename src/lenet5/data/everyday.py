"""What a reader is trained on beside a dataset's digits: shares, without PyTorch; `everyday_patterns` makes it."""

from dataclasses import dataclass
from typing import Final

# The class of what is no digit, after the ten digits. Its code is the bitmap of the space, which is empty.
NO_DIGIT: Final = 10


@dataclass(frozen=True)
class Everyday:
    """Of the patterns of every pass, which are replaced and by what; the others stay the dataset's.

    Attributes:
        drawn: the part that are digits drawn from skeletons, or of handwriting fonts.
        rubbish: the part that are no digits: letters, signs, scribbles, textures, digits that touch.
        damaged: the part of the others that is damaged.
        redrawn: the part of the others whose outlines are drawn anew, as those of pictures are that are read.
        pool: how many drawn digits, and how many of rubbish, are made before the first pass; every pass distorts
            others of them anew.

    Raises:
        ValueError: parts that are none, or more than the whole; an empty pool.
    """

    drawn: float = 0.2
    rubbish: float = 0.2
    damaged: float = 0.2
    redrawn: float = 0.15
    pool: int = 40_000

    def __post_init__(self) -> None:
        for field in ("drawn", "rubbish", "damaged", "redrawn"):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(f"{field} = {getattr(self, field)} was given; give a part, 0 to 1.")
        if self.drawn + self.rubbish > 1:
            raise ValueError(
                f"Drawn digits and rubbish of {self.drawn} and {self.rubbish} were given; give 1 together at most."
            )
        if self.damaged + self.redrawn > 1:
            raise ValueError(
                f"Damaged and redrawn digits of {self.damaged} and {self.redrawn} were given; give 1 together at most."
            )
        if self.pool < 1:
            raise ValueError(f"A pool of {self.pool} was given; give 1 or more.")
