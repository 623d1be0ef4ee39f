"""The numbers of a page: marks that stand together on a line, read as a whole through the graph. Section V.

A mark of its own is read by the network as section II has it. Where several stand together, or one may be several that
touch, the graph decides what belongs together; a mark that it neither cuts nor joins is then read as if it stood alone,
from its own, finer pattern.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from lenet5.graphs.transducer import Transducer
from lenet5.reading.evidence import against, no_numbers
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.mark import Mark, Number
from lenet5.reading.normalisation import Normalised
from lenet5.reading.number_graph import MarkedLine, ReadNumber, as_marks_say, box_around, read_number
from lenet5.reading.result import ReadLine
from lenet5.reading.segment import Segment
from lenet5.reading.together import LineReaders

# Heights between two marks: at a wider gap a number ends.
GAP: Final = 1.0
# Widths to a height: a lone mark that is narrower is one digit.
MAY_BE_SEVERAL: Final = 0.5
# Widths to a height: a wider mark is in doubt, for it may be several that touch, or a line.
TOO_WIDE: Final = 1.8
# Of its number's height: what is refused, lower and no speck, stands between digits as ?.
LOW: Final = 0.75
SPECK: Final = 0.25


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
    groups = _standing_together(page.segments)
    found = [_read_together([marks[k] for k in group], group, page, size, readers, grammar) for group in groups]
    # On ruled paper numbers are written, and what is left of a line would speak against them.
    in_doubt = not page.is_pattern and not page.left_out["ruled line"]
    if readers is not None and grammar is None and network.blank and in_doubt:
        odds = [_against(one, [marks[k] for k in group], network) for group, one in zip(groups, found, strict=True)]
        none = no_numbers(odds, [len(one.marks) for one in found])
        found = [
            _refused([marks[k] for k in group], one, odd) if is_none else one
            for group, one, odd, is_none in zip(groups, found, odds, none, strict=True)
        ]
    return OnPage(
        [replace(mark, number=number) for number, one in enumerate(found) for mark in one.marks],
        [one.number for one in found],
        sum((one.dropped for one in found), Counter()),
        [one.how for one in found if one.how is not None],
    )


def _read_together(
    own: list[Mark],
    group: list[int],
    page: Normalised,
    size: tuple[int, int],
    readers: Callable[[], LineReaders] | None,
    grammar: Transducer | None,
) -> ReadNumber:
    """Marks that stand together, as a number: through the graph where they may be other digits than they are marks."""
    segments = [page.segments[k] for k in group]
    if readers is not None and (grammar or (_may_be_several(segments) and not page.is_pattern)):
        by = readers()
        between = set() if grammar else _between(own, segments, ruled=page.left_out["ruled line"] > 0)
        of_digits = [k for k in range(len(own)) if k not in between]
        there = [segments[k] for k in of_digits]
        line = MarkedLine.of_segments(there, page.foreground, by.segments) if there else None
        read = None if line is None else read_number(line, [own[k] for k in of_digits], by, size, grammar)
        if read is not None:
            return _with_signs(read, [own[k] for k in sorted(between)])
    impossible = grammar is not None
    text, likely = ("", 0.0) if impossible else as_marks_say(own)
    other = str(own[0].runner_up) if len(own) == 1 and not impossible else None
    whole = Number(text, likely, other, own[0].line, box_around([mark.box for mark in own]))
    return ReadNumber(own, whole, Counter(), None)


def _against(read: ReadNumber, own: list[Mark], network: InferenceNetwork) -> float:
    """The log odds that marks that were read as a number are none. Signs between its digits say nothing.

    What the graph cut or joined was seen by another network; this one has seen the marks that are whole.
    """
    said = [mark for k, mark in enumerate(read.marks) if not mark.sign and not _is_between(read.marks, k)] or read.marks
    rubbish = np.array([mark.rubbish for mark in said])
    cut = [k for k, mark in enumerate(said) if mark not in own]
    if cut:
        patterns = np.stack([said[k].pattern for k in cut])
        rubbish[cut] = network.posterior(network.states(patterns, "OUTPUT"))[1]
    # Of a single mark the graph knows less than the network that reads it whole.
    alone = read.marks[0].probability if len(read.marks) == 1 and read.marks[0].digit is not None else 0.0
    return against(rubbish, max(read.number.probability, alone))


def _is_between(marks: list[Mark], k: int) -> bool:
    """Whether a mark is refused, stands between two digits and is lower than they, as the sign of addition is."""
    if marks[k].digit is not None or not 0 < k < len(marks) - 1:
        return False
    height, *others = (mark.box[3] - mark.box[1] for mark in (marks[k], marks[k - 1], marks[k + 1]))
    return height < LOW * max(others) and all(marks[n].digit is not None for n in (k - 1, k + 1))


def _refused(own: list[Mark], read: ReadNumber, odds: float) -> ReadNumber:
    """What is no number: every mark is no digit, and what they were read as is the runner-up."""
    likely = float(1 / (1 + np.exp(-odds)))
    marks = [
        mark
        if mark.digit is None
        else replace(mark, digit=None, probability=likely, runner_up=int(mark.penalties.argmin()))
        for mark in own
    ]
    number = replace(read.number, text="", probability=likely, runner_up=read.number.text or read.number.runner_up)
    return ReadNumber(marks, number, Counter(), None)


def _between(own: list[Mark], segments: list[Segment], *, ruled: bool) -> set[int]:
    """The numbers of the marks that are signs between digits, or what is refused and too small for a digit there.

    On a ruled page the latter is what is left of a ruling.
    """
    found = {k for k, mark in enumerate(own) if mark.sign}
    if ruled:
        return found
    height = max(segment.height for segment in segments)
    for k in range(1, len(own) - 1):
        too_small = SPECK * height < segments[k].size and segments[k].height < LOW * height
        apart = segments[k - 1].right <= segments[k].left and segments[k].right <= segments[k + 1].left
        if own[k].digit is None and too_small and apart:
            found.add(k)
    return found


def _with_signs(read: ReadNumber, signs: list[Mark]) -> ReadNumber:
    """A number of digits alone with what stands between them."""
    if not signs:
        return read
    marks = sorted(read.marks + signs, key=lambda mark: mark.box[0] + mark.box[2])
    text, other = "".join(mark.letter for mark in marks), read.number.runner_up
    if other and len(other) == len(read.marks):
        others = iter(other)
        other = "".join(mark.letter if mark in signs else next(others) for mark in marks)
    box = box_around([mark.box for mark in marks])
    number = replace(read.number, text=text if read.number.text else "", runner_up=other, box=box)
    return read._replace(marks=marks, number=number)


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
        none = bool(segment.sign) or rubbish[n] > posteriors[n, best]
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
                wide=segment.width > TOO_WIDE * segment.height and not segment.sign,
                sign=segment.sign,
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
