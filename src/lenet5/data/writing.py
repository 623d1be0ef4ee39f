"""How strings are written: the ranges from which `strings` draws each string's hand."""

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Writing:
    """How far the writing of strings varies. Lengths are in heights of a digit, 20 pixels of MNIST's, if not otherwise.

    Attributes:
        digits: the fewest and the most digits of a string, both included.
        touching: the part of the gaps that have none: the next digit is pushed against the one before, or into it.
        all_touching: the part of the strings whose every gap is so.
        overlap: how far a digit that touches is pushed on after they meet, in columns of 20 a digit: 0, 1, 2 and 3,
            with these shares.
        gap: between digits that do not touch.
        blank: the part of the gaps that are as wide as a blank space, and how wide that is.
        between: the part of the gaps that have a dash, a dot or a slash in them.
        size: of a digit against the others.
        wave: how far the line goes up and down.
        slant: of the whole string, horizontal shift per row.
        thickness: of the strokes: the grey levels' power, 1 for as they are.
        stretch: of the whole string in width.
        strokes: the part of the strings whose strokes are a pixel thinner or thicker.
        inverted: how many of the pixels are turned from foreground to background or back: of each string a part of its
            own, from 0 to this. They are as large as a digit's in its image.

    *Paper:* section VII-B flanks digits at gaps from −1 to 4 pixels, a tenth of the pixels inverted; it writes
    no longer strings.
    """

    digits: tuple[int, int] = (1, 8)
    touching: float = 0.5
    all_touching: float = 0.35
    overlap: tuple[float, ...] = (0.15, 0.45, 0.25, 0.15)
    gap: Range = (0.0, 0.35)
    blank: float = 0.04
    blank_width: Range = (0.5, 1.6)
    between: float = 0.05
    size: Range = (0.8, 1.2)
    wave: float = 0.12
    slant: float = 0.25
    thickness: Range = (0.6, 1.7)
    stretch: Range = (0.85, 1.2)
    strokes: float = 0.25
    inverted: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        if not 1 <= self.digits[0] <= self.digits[1]:
            raise ValueError(
                f"Strings of {self.digits} digits were asked for; give the fewest, 1 or more, and the most."
            )
        for field in ("touching", "all_touching", "blank", "between", "strokes", "inverted"):
            if not 0 <= getattr(self, field) <= 1:
                raise ValueError(f"{field} = {getattr(self, field)} was given; give a part, 0 to 1.")

    @classmethod
    def plain(cls, length: int, touching: float) -> "Writing":
        """Digits as they are, side by side: so many, such a part of the gaps touching, the others 1 to 5 columns wide.

        Args:
            length: how many digits.
            touching: the part of the gaps without a gap, 0 to 1.
        """
        return cls(
            digits=(length, length),
            touching=touching,
            all_touching=0.0,
            gap=(0.05, 0.25),
            blank=0.0,
            between=0.0,
            size=(1.0, 1.0),
            wave=0.05,
            slant=0.0,
            thickness=(1.0, 1.0),
            stretch=(1.0, 1.0),
            strokes=0.0,
        )
