"""A number read through the graph: marks that stand together, cut and joined as the graph decides. Section V.

A mark that the graph neither cuts nor joins is then read as if it stood alone, from its own, finer pattern.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet5.graphs.graph import DIGITS, Label
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.graphs.transducer import Transducer
from lenet5.paper import INPUT_SIZE
from lenet5.reading.grey_levels import Grey
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.line_image import LineImage, line_image
from lenet5.reading.mark import Box, Mark, Number
from lenet5.reading.normalisation import IMAGE
from lenet5.reading.result import ReadLine
from lenet5.reading.segment import Segment
from lenet5.reading.together import LineReaders, interpretations

# A lone mark is several digits where that is so likely: most marks are one.
SEVERAL: Final = 0.5
# Of a mark's foreground: a segment that has no more of it has nothing of it.
NOTHING: Final = 0.1
# Of its number's height: a smaller mark that says nothing is a dot or a dash.
SMALL: Final = 0.6

Path = tuple[tuple[int, Label], ...]


class ReadNumber(NamedTuple):
    """A number, read.

    Attributes:
        marks: its own, from left to right.
        number: what they say.
        dropped: how many marks say nothing, by what they were taken for.
        how: it was read through the graph; None where it was not.
    """

    marks: list[Mark]
    number: Number
    dropped: Counter[str]
    how: ReadLine | None


@dataclass(frozen=True, eq=False)
class MarkedLine:
    """Marks that stand together, and what they may say.

    Attributes:
        image: of them.
        segmentation: its segments.
        penalties: segments×11.
    """

    image: LineImage
    segmentation: SegmentationGraph
    penalties: NDArray[np.float64]

    @classmethod
    def of_segments(cls, segments: list[Segment], foreground: Grey, network: InferenceNetwork) -> "MarkedLine | None":
        """None where they are no line that digits make."""
        image = line_image(segments, foreground)
        if image is None:
            return None
        segmentation = network.segmentation(image.line)
        return cls(image, segmentation, network.arc_penalties(segmentation)) if len(segmentation) else None

    def marks_of(self, path: Path) -> list[int | None]:
        """For each segment of a path the number of the mark that it is; None where it is a part of one, or several.

        A mark of which the path makes one digit, and of what is cut off nothing, is that digit as a whole.
        """
        touched = []
        for segment, _ in path:
            first, last = self.segmentation.arcs[segment]
            shares = self.image.shares(self.segmentation.cuts.x[first], self.segmentation.cuts.x[last])
            touched.append([k for k, share in enumerate(shares) if share > NOTHING])
        is_digit = [label is not None for _, label in path]
        digits = Counter(k for marks, digit in zip(touched, is_digit, strict=True) if digit for k in marks)
        return [
            marks[0] if len(marks) == 1 and digits[marks[0]] == int(digit) else None
            for marks, digit in zip(touched, is_digit, strict=True)
        ]


def read_number(
    line: MarkedLine, own: list[Mark], readers: LineReaders, size: tuple[int, int], grammar: Transducer | None
) -> ReadNumber | None:
    """The marks, the number and what says nothing of a line, and how; None where it says nothing that can occur."""
    network, is_one = readers.segments, False
    if grammar is None and len(own) == 1 and not own[0].wide:
        one = sum(network.string_posterior(line.segmentation, line.penalties, (digit,)) for digit in DIGITS)
        is_one = one > 1 - SEVERAL
    # Of one digit the sweep has nothing to say.
    by = LineReaders(network) if is_one else readers
    found = interpretations(by, line.image.line, line.segmentation, line.penalties, grammar)
    if not found or not any(isinstance(label, int) for label in found[0].labels):
        return None
    best = found[0]
    if is_one and len(best.labels) > 1:
        return None
    marks: list[Mark] = []
    dropped: Counter[str] = Counter()
    height = max(mark.box[3] - mark.box[1] for mark in own)
    for (segment, label), at in zip(best.path, line.marks_of(best.path), strict=True):
        if label is None:
            if at is None:
                continue
            if grammar is not None or own[at].box[3] - own[at].box[1] < SMALL * height:
                dropped["mark"] += 1
            else:
                marks.append(own[at])
        elif at is not None:
            # What is refused alone is no digit in a number either.
            as_it_is = own[at].digit is None or len(best.labels) == 1
            marks.append(own[at] if as_it_is and grammar is None else _said(own[at], int(label)))
        else:
            marks.append(_cut_mark(line, segment, int(label), network, size, own[0].line))
    box = box_around([mark.box for mark in marks])
    other = found[1].text if len(found) > 1 else None
    number = Number(best.text, best.posterior, other, own[0].line, box)
    shown = tuple(mark.digit for mark in marks if mark.digit is not None)
    if grammar is None and len(shown) < len(marks):
        text, likely = as_marks_say(marks)
        number = replace(number, text=text, probability=likely, runner_up=best.text)
    elif grammar is None and shown != best.labels:
        likely = network.string_posterior(line.segmentation, line.penalties, shown)
        number = replace(number, text="".join(map(str, shown)), probability=likely, runner_up=best.text)
    how = ReadLine(line.image, line.segmentation, best, found[1] if len(found) > 1 else None)
    return ReadNumber(marks, number, dropped, how)


def as_marks_say(marks: list[Mark]) -> tuple[str, float]:
    """A number as its marks are read one by one, ? for what is no digit, and how likely; empty without a digit."""
    text = "".join(mark.letter for mark in marks)
    likely = float(np.prod([mark.probability for mark in marks if not mark.sign]))
    return (text if any(mark.digit is not None for mark in marks) else ""), likely


def _said(mark: Mark, digit: int) -> Mark:
    """A mark as a grammar has it read."""
    if mark.digit == digit:
        return mark
    return replace(mark, digit=digit, probability=float(mark.posterior[digit]), runner_up=int(mark.penalties.argmin()))


def _cut_mark(
    line: MarkedLine, segment: int, digit: int, network: InferenceNetwork, size: tuple[int, int], number: int
) -> Mark:
    """A segment that is a part of a mark, or several joined, as a mark."""
    margin = (INPUT_SIZE - IMAGE) // 2
    pattern = line.segmentation.patterns[segment][margin:-margin, margin:-margin]
    every_class = network.states(pattern[None], "OUTPUT")
    posteriors, rubbish = (p[0] for p in network.posterior(every_class))
    penalties = every_class[0, :10]
    others = [int(k) for k in np.argsort(penalties) if k != digit]
    left, top, right, bottom = line.image.box_on_page(line.segmentation.boxes[segment])
    width, height = size
    return Mark(
        digit=digit,
        probability=float(posteriors[digit]),
        runner_up=others[0],
        rubbish=float(rubbish),
        posterior=posteriors,
        penalties=penalties,
        pattern=pattern,
        box=(max(0.0, left / width), max(0.0, top / height), min(1.0, right / width), min(1.0, bottom / height)),
        line=number,
        pixels=round(float((pattern > 0).sum()) / IMAGE**2 * (right - left) * (bottom - top)),
    )


def box_around(boxes: list[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
