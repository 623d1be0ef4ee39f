"""How far patterns are distorted: ranges, without PyTorch; `distort` does it."""

from dataclasses import dataclass
from typing import ClassVar, Final

# What no choice comes near, and single precision holds.
LARGE: Final = 1e9


@dataclass(frozen=True)
class Distortions:
    """How far distortions go: planar ones, each drawn uniformly from ± its range, and elastic ones.

    Attributes:
        shift: horizontal and vertical translation, each of its own, in pixels.
        scale: in size, 0.15 for 0.85 to 1.15.
        squeeze: compression one way and elongation the other, by such a factor too.
        shear: horizontal, how many pixels a row moves against the row above.
        elastic: the standard deviation of a pixel's displacement, in pixels, 0 for none.
        smoothness: σ of the Gaussian that makes neighbours move alike, in pixels. Simard 2003 has α = 34 and σ = 4,
            which comes to elastic = 1.4.
        inverted: the probability that a pixel is turned from foreground to background or back.
        copies: so many distorted patterns of each, made once a run and used with the original; None for new ones in
            every pass.
        NONE: no distortion.

    Raises:
        ValueError: a negative range; scale, squeeze or inverted of 1 and more; no smoothness; no copies, or more than
            memory has room for.

    *Paper:* section III-B, and III-E for `inverted`. It gives no ranges; figure 7 shows that they are mild.
    *Departs:* the elastic distortions, which the paper does not have.
    """

    shift: float = 2.0
    scale: float = 0.15
    squeeze: float = 0.15
    shear: float = 0.25
    elastic: float = 0.0
    smoothness: float = 4.0
    inverted: float = 0.0
    copies: int | None = None

    NONE: ClassVar["Distortions"]

    def __post_init__(self) -> None:
        for name in ("shift", "scale", "squeeze", "shear", "elastic", "inverted"):
            value = getattr(self, name)
            limit = 1.0 if name in ("scale", "squeeze", "inverted") else LARGE
            if not 0 <= value < limit:
                raise ValueError(f"A {name} of ±{value} was given; give a range from 0 to below {limit:g}.")
        if not 0 < self.smoothness < LARGE:
            raise ValueError(f"A smoothness of {self.smoothness} pixels was given; give more than 0.")
        if self.copies is not None and not 1 <= self.copies < 1000:
            wanted = "1 or more" if self.copies < 1 else "less than 1,000"
            raise ValueError(f"{self.copies} distorted copies were given; give {wanted}, or None for new ones.")


Distortions.NONE = Distortions(shift=0, scale=0, squeeze=0, shear=0)
