"""How far patterns are distorted: ranges, without PyTorch; `distort` does it."""

from dataclasses import dataclass
from typing import Final

# What no choice comes near, and single precision holds.
LARGE: Final = 1e9


@dataclass(frozen=True)
class Distortions:
    """How far distortions go: planar ones as in section III-B, each drawn uniformly from ± its range, and elastic ones.

    shift: horizontal and vertical translation, each of its own, in pixels · scale: in size, 0.15 for 0.85 to 1.15 ·
    squeeze: compression one way and elongation the other, by such a factor too · shear: horizontal, how many pixels
    a row moves against the row above.
    elastic: the standard deviation of a pixel's displacement, in pixels, 0 for none · smoothness: σ of the Gaussian
    that makes neighbours move alike, in pixels. Simard 2003 has α = 34 and σ = 4, which comes to elastic = 1.4.
    inverted: the probability that a pixel is turned from ink to paper and from paper to ink, section III-E.
    copies: so many distorted patterns of each, made once a run and used with the original, as in section III-B;
    None for new ones in every pass.
    Raises ValueError for a range that is negative, for scale, squeeze and inverted of 1 and more, no smoothness, and
    no copies or more than memory has room for.
    Departs from the paper: it has no elastic ones. Its ranges it does not give; figure 7 shows that they are mild.
    """

    shift: float = 2.0
    scale: float = 0.15
    squeeze: float = 0.15
    shear: float = 0.25
    elastic: float = 0.0
    smoothness: float = 4.0
    inverted: float = 0.0
    copies: int | None = None

    def __post_init__(self) -> None:
        for name in ("shift", "scale", "squeeze", "shear", "elastic", "inverted"):
            value = getattr(self, name)
            most = 1.0 if name in ("scale", "squeeze", "inverted") else LARGE
            if not 0 <= value < most:
                raise ValueError(f"A {name} of ±{value} was given; give a range from 0 to below {most:g}.")
        if not 0 < self.smoothness < LARGE:
            raise ValueError(f"A smoothness of {self.smoothness} pixels was given; give more than 0.")
        if self.copies is not None and not 1 <= self.copies < 1000:
            wanted = "1 or more" if self.copies < 1 else "less than 1,000"
            raise ValueError(f"{self.copies} distorted copies were given; give {wanted}, or None for new ones.")
