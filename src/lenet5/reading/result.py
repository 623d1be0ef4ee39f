"""What is on a picture: marks, numbers, and what there is to say of them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lenet5.graphs.graph import Label
from lenet5.graphs.interpretation import Interpretation
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.reading.cells import Grid
from lenet5.reading.line_image import LineImage
from lenet5.reading.mark import Mark, Number


@dataclass(frozen=True, eq=False)
class ReadLine:
    """How a number was read through the graph.

    Attributes:
        image: of its marks.
        segmentation: its segments.
        best: the likeliest string.
        other: the runner-up; None for none.
    """

    image: LineImage
    segmentation: SegmentationGraph
    best: Interpretation
    other: Interpretation | None

    @property
    def path(self) -> tuple[tuple[int, Label], ...]:
        """The segments of the best path, each with its label."""
        return self.best.path


@dataclass(frozen=True, eq=False)
class Reading:
    """What is on a picture: its marks, line by line from left to right; none for an empty page.

    As a whole it reads as its boldest digit, that of the most pixels: `digit`, `probability`, `runner_up` and `rubbish`
    are that one's. Where there are several marks, `text` has all of them, a row a line, with ? for what is no digit.

    Attributes:
        marks: in reading order.
        numbers: in reading order; each mark says which it belongs to.
        left_out: how many marks were not shown to the network, by what they were taken for.
        doubtful_order: whether the lines could be others than those of `text`.
        texture: whether there was too much on the picture to be digits.
        pages: that the file has, frames of an animation included, of which the first is read.
        grammar: whether only what can occur was asked for: then `text` has the numbers, spaces between.
        lines: of the numbers that were read through the graph, how.
        turned: by how many degrees the picture was turned clockwise to be read; boxes are on it as it was.
        grid: the table of cells; None where none was asked for.
    """

    marks: list[Mark]
    numbers: list[Number] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    doubtful_order: bool = False
    texture: bool = False
    pages: int = 1
    grammar: bool = False
    lines: list[ReadLine] = field(default_factory=list)
    turned: int = 0
    grid: Grid | None = None

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
    def unsure(self) -> bool:
        """Whether the answer is a guess; False for an empty page."""
        return self.main is not None and self.main.unsure

    @property
    def headline(self) -> tuple[str, float] | None:
        """What stands first, and how likely it is: the one number, else the boldest digit; None where there is none."""
        if len(self.numbers) == 1 and len(self.numbers[0].text) > 1:
            return self.text, self.numbers[0].probability
        return None if self.main is None or self.digit is None else (str(self.digit), self.main.probability)

    @property
    def text(self) -> str:
        """All marks, lines apart: the digits, and ? for what is none. Empty where there is no digit.

        Where only what can occur was asked for, the numbers, spaces between.
        """
        if self.grammar:
            rows = sorted({number.line for number in self.numbers})
            of_rows = ([n.text for n in self.numbers if n.line == row and n.text] for row in rows)
            return "\n".join(" ".join(texts) for texts in of_rows if texts)
        if not self.digits:
            return ""
        lines = sorted({mark.line for mark in self.marks})
        return "\n".join("".join(mark.letter for mark in self.marks if mark.line == line) for line in lines)

    @property
    def note(self) -> str:
        """What there is to say beside the answer; empty where there is nothing."""
        sentences = (
            self._on_marks,
            self._on_grammar,
            self._on_doubt,
            self._on_order,
            self._on_what_is_left_out,
            f"Turned by {self.turned}° to be read." if self.turned else "",
            self._on_pages,
        )
        return " ".join(sentence for sentence in sentences if sentence)

    @property
    def _on_marks(self) -> str:
        if self.grid is not None and not self.grid.rows:
            return "No grid here: no ruled lines cross; read the picture without a grid."
        if self.texture:
            return "No digit here: there are too many marks, as in a texture."
        if not self.marks:
            return "No digit here: the page is empty." if not self.left_out else "No digit here."
        if not self.digits:
            return "No digit here: the rubbish class wins."
        if len(self.marks) == 1:
            return ""
        refused = sum(mark.letter == "?" for mark in self.marks)
        said = f"{len(self.digits)} digit{'s' if len(self.digits) > 1 else ''}"
        no_digit = f"; {refused} mark{'s are' if refused > 1 else ' is'} no digit: ?" if refused else ""
        return f"{said}, read left to right and line by line{no_digit}."

    @property
    def _on_grammar(self) -> str:
        if not self.grammar or not self.numbers:
            return ""
        impossible = sum(not number.text for number in self.numbers)
        if impossible == len(self.numbers):
            return "No number here that can occur."
        return f"{impossible} could not be read as any that can occur." if impossible else ""

    @property
    def _on_doubt(self) -> str:
        doubtful = [
            f"{mark.letter}, wider than a digit, perhaps several that touch" if mark.wide else mark.letter
            for mark in self.digits
            if mark.wide or mark.unsure
        ]
        doubtful += [
            f"{number.text}, perhaps {number.runner_up}"
            for number in self.numbers
            if len(number.text) > 1 and number.unsure and number.runner_up
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
        """For JSON: `text`, `digits`, all marks in order, and `numbers` only where there are several marks and one is a
        digit, or where a grammar was given.

        `pages` only where there are several, `turned` only where the picture was, `grid` only where it was asked for.
        """
        whole: dict[str, Any] = {
            "digit": self.digit,
            "probability": self.probability,
            "runner_up": self.runner_up,
            "rubbish": self.rubbish,
            "unsure": self.unsure,
        }
        if (len(self.marks) > 1 and self.digits) or self.grammar:
            whole |= {
                "text": self.text,
                "digits": [mark.as_dict() for mark in self.marks],
                "numbers": [number.as_dict() for number in self.numbers],
            }
        if self.pages > 1:
            whole["pages"] = self.pages
        if self.turned:
            whole["turned"] = self.turned
        if self.grid is not None:
            whole["grid"] = self.grid.as_dict()
        return whole | ({"note": self.note} if self.note else {})
