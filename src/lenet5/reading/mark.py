"""A mark of a page, and a number that marks make, read."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# An answer that is less likely is unsure: rather another than what it is read as.
MIN_PROBABILITY: Final = 0.5

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Mark:
    """One mark on the page, read.

    Attributes:
        digit: the answer, None where the rubbish class wins.
        probability: the posterior of the answer, or of the rubbish class where it wins.
        runner_up: the second likeliest digit, or the likeliest where there is no answer.
        rubbish: the rubbish class's posterior.
        posterior: the ten digits'.
        penalties: eq. 7, ten.
        pattern: 28×28 uint8, foreground 255, what the network saw.
        box: left, top, right, bottom in the picture, in fractions of its width and height.
        line: its line on the page, from 0.
        pixels: how many of the picture it covers.
        wide: whether it is wider than a digit.
        number: which of the page's numbers it belongs to, from 0.
        unsure: whether it is less likely a digit than was asked for; the digit is then a guess.
        sign: the sign between two digits that it is, by its form; empty for none.
    """

    digit: int | None
    probability: float
    runner_up: int
    rubbish: float
    posterior: NDArray[np.float64]
    penalties: NDArray[np.float32]
    pattern: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    line: int
    pixels: int
    wide: bool = False
    number: int = 0
    unsure: bool = False
    sign: str = ""

    @property
    def letter(self) -> str:
        """The digit or the sign as text, ? for neither."""
        return self.sign or ("?" if self.digit is None else str(self.digit))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "digit": self.digit,
            "probability": self.probability,
            "runner_up": self.runner_up,
            "rubbish": self.rubbish,
            "box": list(self.box),
            "number": self.number,
            "unsure": self.unsure,
        } | ({"sign": self.sign} if self.sign else {})


@dataclass(frozen=True, eq=False)
class Number:
    """Digits of one line that stand together, read as a whole.

    Attributes:
        text: its digits and the signs between them, ? for what is neither, and what characters a grammar puts in;
            empty where no digit is there, or nothing that can occur.
        probability: the posterior of the text, among all that can occur; of a single mark that of eq. 9.
        runner_up: the second likeliest text; None where there is none.
        line: its line on the page, from 0.
        box: left, top, right, bottom in the picture, in fractions of its width and height.
        unsure: whether it is less likely than was asked for; the text is then a guess.
    """

    text: str
    probability: float
    runner_up: str | None
    line: int
    box: tuple[float, float, float, float]
    unsure: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "text": self.text,
            "probability": self.probability,
            "runner_up": self.runner_up,
            "box": list(self.box),
            "unsure": self.unsure,
        }
