"""The numbers of a page: marks that stand together on a line, read as a whole through the graph. Section V.

A mark of its own is read by the network as section II has it. Where several stand together, or one may be several that
touch, the graph decides what belongs together; a mark that it neither cuts nor joins is then read as if it stood alone,
from its own, finer pattern.
"""

from collections import Counter
from collections.abc import Callable
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
from lenet5.reading.normalisation import IMAGE, Normalised
from lenet5.reading.result import Mark, Number, ReadLine
from lenet5.reading.segment import Segment
from lenet5.reading.together import LineReaders, interpretations

# Heights between two marks: at a wider gap a number ends.
GAP: Final = 1.0
# Widths to a height: a lone mark that is narrower is one digit.
MAY_BE_SEVERAL: Final = 0.5
# A lone mark is several digits where that is so likely: most marks are one.
SEVERAL: Final = 0.5
# Of a mark's foreground: a segment that has no more of it has nothing of it.
NOTHING: Final = 0.1
# Widths to a height: a wider mark is in doubt, for it may be several that touch, or a line.
TOO_WIDE: Final = 1.8
# Of its number's height: a smaller mark that says nothing is a dot or a dash.
SMALL: Final = 0.6

Box = tuple[float, float, float, float]
Path = tuple[tuple[int, Label], ...]


class OnPage(NamedTuple):
    """What `numbers_on` finds.

    Attributes:
        marks: in reading order.
        numbers: in reading order.
        left_out: how many marks say nothing, by what they were taken for.
        lines: of the numbers that were read through the graph, how.
    """

    marks: list[Mark]
    numbers: list[Number]
    left_out: Counter[str]
    lines: list[ReadLine]


def numbers_on(
    page: Normalised,
    size: tuple[int, int],
    network: InferenceNetwork,
    readers: Callable[[], LineReaders] | None,
    grammar: Transducer | None = None,
) -> OnPage:
    """The marks and the numbers of a page.

    Args:
        page: with its segments and their patterns.
        size: the picture's width and height.
        network: reads the marks.
        readers: gives those that take apart what touches, where something may; None for marks alone.
        grammar: what can occur; None for any digits.
    """
    marks = _lone_marks(network, page, size)
    read: list[Mark] = []
    numbers: list[Number] = []
    left_out: Counter[str] = Counter()
    lines: list[ReadLine] = []
    for together in _standing_together(page.segments):
        own = [marks[k] for k in together]
        segments = [page.segments[k] for k in together]
        found = None
        if readers is not None and (grammar or (_may_be_several(segments) and not page.is_pattern)):
            by = readers()
            number = _Line.of_segments(segments, page.foreground, by.segments)
            found = None if number is None else _read_line(number, own, by, size, grammar)
        if found is None:
            impossible = grammar is not None
            text, likely = ("", 0.0) if impossible else _as_marks_say(own)
            other = str(own[0].runner_up) if len(own) == 1 and not impossible else None
            found = own, Number(text, likely, other, own[0].line, _around([mark.box for mark in own])), Counter(), None
        of_number, whole, dropped, how = found
        lines += [] if how is None else [how]
        read += [replace(mark, number=len(numbers)) for mark in of_number]
        numbers.append(whole)
        left_out += dropped
    return OnPage(read, numbers, left_out, lines)


@dataclass(frozen=True, eq=False)
class _Line:
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
    def of_segments(cls, segments: list[Segment], foreground: Grey, network: InferenceNetwork) -> "_Line | None":
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


def _read_line(
    line: _Line, own: list[Mark], readers: LineReaders, size: tuple[int, int], grammar: Transducer | None
) -> tuple[list[Mark], Number, Counter[str], ReadLine | None] | None:
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
    box = _around([mark.box for mark in marks])
    other = found[1].text if len(found) > 1 else None
    number = Number(best.text, best.posterior, other, own[0].line, box)
    shown = tuple(mark.digit for mark in marks if mark.digit is not None)
    if grammar is None and len(shown) < len(marks):
        text, likely = _as_marks_say(marks)
        number = replace(number, text=text, probability=likely, runner_up=best.text)
    elif grammar is None and shown != best.labels:
        likely = network.string_posterior(line.segmentation, line.penalties, shown)
        number = replace(number, text="".join(map(str, shown)), probability=likely, runner_up=best.text)
    how = ReadLine(line.image, line.segmentation, best, found[1] if len(found) > 1 else None)
    return marks, number, dropped, how


def _as_marks_say(marks: list[Mark]) -> tuple[str, float]:
    """A number as its marks are read one by one, ? for what is no digit, and how likely; empty without a digit."""
    text = "".join(mark.letter for mark in marks)
    likely = float(np.prod([mark.probability for mark in marks]))
    return (text if any(mark.digit is not None for mark in marks) else ""), likely


def _said(mark: Mark, digit: int) -> Mark:
    """A mark as a grammar has it read."""
    if mark.digit == digit:
        return mark
    return replace(mark, digit=digit, probability=float(mark.posterior[digit]), runner_up=int(mark.penalties.argmin()))


def _cut_mark(
    line: _Line, segment: int, digit: int, network: InferenceNetwork, size: tuple[int, int], number: int
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


def _lone_marks(network: InferenceNetwork, page: Normalised, size: tuple[int, int]) -> list[Mark]:
    """Every segment as a mark of its own."""
    if not page.segments:
        return []
    every_class = network.states(page.patterns, "OUTPUT")
    posteriors, rubbish = network.posterior(every_class)
    penalties = every_class[:, :10]
    width, height = size
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
                box=(segment.left / width, segment.top / height, segment.right / width, segment.bottom / height),
                line=segment.line,
                pixels=int(segment.mask.sum()),
                wide=segment.width > TOO_WIDE * segment.height,
            )
        )
    return marks


def _standing_together(segments: list[Segment]) -> list[list[int]]:
    """The numbers of segments that stand together: of one line, without a wide gap."""
    together: list[list[int]] = []
    for k, segment in enumerate(segments):
        before = segments[together[-1][-1]] if together else None
        if before is not None and before.line == segment.line:
            height = max(s.height for s in segments if s.line == segment.line)
            right = max(segments[n].right for n in together[-1])
            if segment.left - right <= GAP * height:
                together[-1].append(k)
                continue
        together.append([k])
    return together


def _may_be_several(segments: list[Segment]) -> bool:
    return len(segments) > 1 or segments[0].width > MAY_BE_SEVERAL * segments[0].height


def _around(boxes: list[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
