"""How digits are flanked for the space displacement network: ranges, without PyTorch; `flanked` does it."""

from dataclasses import dataclass
from typing import Final

# The class of the blank space, after the ten digits.
BLANK: Final = 10


@dataclass(frozen=True)
class Flanking:
    """What stands beside a digit, and how often none stands in the middle.

    Attributes:
        gap: between the bounding boxes of neighbours, in pixels, the least and the most; drawn anew for each.
        blank: the part of the images without a digit in the middle, whose class is the blank space.
        alone: the part of the sides where no digit stands.
        inverted: the probability that a pixel is turned from foreground to background or back.

    Raises:
        ValueError: a part that is none, or gaps out of order.

    *Paper:* section VII-B: gaps from −1 to 4 pixels, and 10 % of the pixels inverted. It is silent on the share of
    blanks and has a digit on either side.
    """

    gap: tuple[int, int] = (-1, 4)
    blank: float = 0.2
    alone: float = 0.15
    inverted: float = 0.1

    def __post_init__(self) -> None:
        for field in ("blank", "alone", "inverted"):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(f"{field} = {getattr(self, field)} was given; give a part, 0 to 1.")
        if self.gap[0] > self.gap[1]:
            raise ValueError(f"Gaps from {self.gap[0]} to {self.gap[1]} were given; give the least first.")
