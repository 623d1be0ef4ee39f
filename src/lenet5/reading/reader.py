"""Reading what is in front of the user: any picture to the digits on it, each with the posterior of eq. 9."""

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet5.reading.grey_levels import first_page
from lenet5.reading.inference import InferenceNetwork, load_inference_network
from lenet5.reading.normalisation import Normalised, normalise
from lenet5.training.run_folder import model_in

# A digit of a smaller posterior is in doubt: of photographs of 2,000 training digits 1.4 % are below, of which half are
# misread, and 0.8 % of those that are read right. So is a mark so many times as wide as it is high, which no digit is:
# it may be several that touch, or a line.
DOUBTFUL: Final = 0.4
TOO_WIDE: Final = 1.8


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

    @property
    def letter(self) -> str:
        """The digit as text, ? for none."""
        return "?" if self.digit is None else str(self.digit)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "digit": self.digit,
            "probability": self.probability,
            "runner_up": self.runner_up,
            "rubbish": self.rubbish,
            "box": list(self.box),
        }


@dataclass(frozen=True, eq=False)
class Reading:
    """What is on a picture: its marks, line by line from left to right; none for an empty page.

    As a whole it reads as its boldest digit, that of the most pixels: `digit`, `probability`, `runner_up` and `rubbish`
    are that one's. Where there are several marks, `text` has all of them, a row a line, with ? for what is no digit.

    Attributes:
        marks: in reading order.
        left_out: how many marks were not shown to the network, by what they were taken for.
        doubtful_order: whether the lines could be others than those of `text`.
        texture: whether there was too much on the picture to be digits.
        pages: that the file has, frames of an animation included, of which the first is read.
    """

    marks: list[Mark]
    left_out: Counter[str] = field(default_factory=Counter)
    doubtful_order: bool = False
    texture: bool = False
    pages: int = 1

    @property
    def digits(self) -> list[Mark]:
        """The marks that are digits."""
        return [mark for mark in self.marks if mark.digit is not None]

    @property
    def main(self) -> Mark | None:
        """The boldest digit, or the boldest mark where there is no digit; None for an empty page."""
        return max(self.digits or self.marks, key=lambda mark: mark.pixels, default=None)

    @property
    def digit(self) -> int | None:
        """The answer, None where there is no digit."""
        return None if self.main is None else self.main.digit

    @property
    def probability(self) -> float | None:
        """Of the answer; None for an empty page."""
        return None if self.main is None else self.main.probability

    @property
    def runner_up(self) -> int | None:
        """The second likeliest digit; None for an empty page."""
        return None if self.main is None else self.main.runner_up

    @property
    def rubbish(self) -> float | None:
        """The rubbish class's posterior; None for an empty page."""
        return None if self.main is None else self.main.rubbish

    @property
    def text(self) -> str:
        """All marks, lines apart: the digits, and ? for what is none. Empty where there is no digit."""
        if not self.digits:
            return ""
        lines = sorted({mark.line for mark in self.marks})
        return "\n".join("".join(mark.letter for mark in self.marks if mark.line == line) for line in lines)

    @property
    def note(self) -> str:
        """What there is to say beside the answer; empty where there is nothing."""
        sentences = (
            self._on_marks,
            self._on_doubt,
            self._on_order,
            self._on_what_is_left_out,
            self._on_pages,
        )
        return " ".join(sentence for sentence in sentences if sentence)

    @property
    def _on_marks(self) -> str:
        if self.texture:
            return "No digit here: there are too many marks, as in a texture."
        if not self.marks:
            return "No digit here: the page is empty." if not self.left_out else "No digit here."
        if not self.digits:
            return "No digit here: the rubbish class wins."
        if len(self.marks) == 1:
            return ""
        refused = len(self.marks) - len(self.digits)
        said = f"{len(self.digits)} separated digit{'s' if len(self.digits) > 1 else ''}"
        no_digit = f"; {refused} mark{'s are' if refused > 1 else ' is'} no digit: ?" if refused else ""
        return f"{said}, read left to right and line by line{no_digit}."

    @property
    def _on_doubt(self) -> str:
        doubtful = [
            f"{mark.letter}, wider than a digit, perhaps several that touch" if mark.wide else mark.letter
            for mark in self.digits
            if mark.wide or mark.probability < DOUBTFUL
        ]
        return f"In doubt: {'; '.join(doubtful)}." if doubtful else ""

    @property
    def _on_order(self) -> str:
        return "The order is in doubt: the lines could be others." if self.doubtful_order else ""

    @property
    def _on_what_is_left_out(self) -> str:
        kinds = sorted((kind, count) for kind, count in self.left_out.items() if count)
        named = [f"{count} {kind}{'' if count == 1 else 'es' if kind.endswith('sh') else 's'}" for kind, count in kinds]
        return f"Left out as no digit: {', '.join(named)}." if named else ""

    @property
    def _on_pages(self) -> str:
        return f"The first of {self.pages} pages was read." if self.pages > 1 else ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON: `text` and `digits`, all marks in order, only where there are several and one is a digit.

        `pages` only where there are several.
        """
        whole: dict[str, Any] = {
            "digit": self.digit,
            "probability": self.probability,
            "runner_up": self.runner_up,
            "rubbish": self.rubbish,
        }
        if len(self.marks) > 1 and self.digits:
            whole |= {"text": self.text, "digits": [mark.as_dict() for mark in self.marks]}
        if self.pages > 1:
            whole["pages"] = self.pages
        return whole | ({"note": self.note} if self.note else {})


def read(picture: Any, model: str | Path = "pretrained") -> Reading:
    """The digits on a picture.

    Args:
        picture: what `grey_levels` takes: a path, bytes, a Pillow image, an array or a tensor.
        model: a model's file, a run's folder, or a network that comes with the package.

    Raises:
        ValueError: the picture is none, or the model is none.
    """
    return read_by(load_network(str(model)), picture)


def read_by(network: InferenceNetwork, picture: Any) -> Reading:
    """The same by a network at hand."""
    grey, pages = first_page(picture)
    page = normalise(grey)
    return Reading(_marks(network, page, grey.shape), +page.left_out, page.doubtful_order, page.texture, pages)


def load_network(model: str) -> InferenceNetwork:
    """The network of a model, read from the disk once, and again when the file has changed.

    Raises:
        ValueError: it is no model.
    """
    path = model_in(Path(model))
    return _network_in(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _network_in(path: Path, changed: int) -> InferenceNetwork:  # noqa: ARG001 it tells one file of a name from another
    return load_inference_network(path)


def posterior(penalties: NDArray[np.float32], j: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eq. 9: the posteriors of the ten classes, N×10, and of the rubbish class, N, from N×10 penalties."""
    exponents = np.concatenate([-penalties.astype(np.float64), np.full((len(penalties), 1), -j)], axis=1)
    odds = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return odds[:, :-1], odds[:, -1]


def _marks(network: InferenceNetwork, page: Normalised, size: tuple[int, ...]) -> list[Mark]:
    if not page.segments:
        return []
    penalties = network.penalties(page.patterns)
    posteriors, rubbish = posterior(penalties, network.j)
    marks = []
    for n, segment in enumerate(page.segments):
        best, second = (int(k) for k in np.argsort(penalties[n])[:2])
        none = rubbish[n] > posteriors[n, best]
        marks.append(
            Mark(
                digit=None if none else best,
                probability=float(rubbish[n] if none else posteriors[n, best]),
                runner_up=best if none else second,
                rubbish=float(rubbish[n]),
                posterior=posteriors[n],
                penalties=penalties[n],
                pattern=page.patterns[n],
                box=(segment.left / size[1], segment.top / size[0], segment.right / size[1], segment.bottom / size[0]),
                line=segment.line,
                pixels=int(segment.mask.sum()),
                wide=segment.width > TOO_WIDE * segment.height,
            )
        )
    return marks
