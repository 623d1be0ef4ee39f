"""A line read by two networks: over its segments, section V, and swept, section VII. They err apart.

The segments say where each digit is; of the strings that either network finds, the answer is the one that both find
likeliest, their posteriors multiplied.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet5.data.line import Line
from lenet5.graphs.grammar import one_of
from lenet5.graphs.interpretation import Interpretation, likeliest_first
from lenet5.graphs.recognition import Hypotheses
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.graphs.sweep import Sweep, sweeps
from lenet5.graphs.transducer import Transducer
from lenet5.reading.inference import InferenceNetwork

# A posterior is no smaller: what one network knows nothing of, the other may still say.
LEAST: Final = 1e-9


class LineReaders(NamedTuple):
    """Who reads lines.

    Attributes:
        segments: a network that was trained on segments of strings.
        sweep: one that was trained on sweeps over them; None for none.
    """

    segments: InferenceNetwork
    sweep: InferenceNetwork | None = None


class Swept(NamedTuple):
    """A line that a network was swept over.

    Attributes:
        sweep: what it saw.
        penalties: arcs×11.
        found: the answer and the runner-up; none where nothing can be said that can occur.
    """

    sweep: Sweep
    penalties: NDArray[np.float64]
    found: list[Interpretation]


def surest(network: InferenceNetwork, sweeps: Sequence[Sweep], grammar: Transducer | None = None) -> Swept:
    """A line at several resolutions: the one whose answer is the likeliest.

    *Paper:* section VII-D searches at several resolutions.
    """
    every = []
    for of_line in sweeps:
        penalties = network.arc_penalties(of_line)
        every.append(Swept(of_line, penalties, network.interpretations(of_line, penalties, grammar)))
    return max(every, key=lambda one: one.found[0].posterior if one.found else 0.0)


def read_line(
    reader: InferenceNetwork | LineReaders, line: Line, grammar: Transducer | None = None
) -> tuple[str, float]:
    """What a line says and how likely that is; empty where it says nothing that can occur.

    Args:
        reader: a network that was trained on strings, or two.
        line: 44×width uint8.
        grammar: what can occur; None for any digits.
    """
    line = np.ascontiguousarray(line)
    if isinstance(reader, InferenceNetwork) and reader.trained_on == "sweep":
        found = surest(reader, sweeps(line), grammar).found
    else:
        readers = reader if isinstance(reader, LineReaders) else LineReaders(reader)
        segmentation = readers.segments.segmentation(line)
        penalties = readers.segments.arc_penalties(segmentation)
        found = interpretations(readers, line, segmentation, penalties, grammar) if len(segmentation) else []
    return (found[0].text, found[0].posterior) if found else ("", 0.0)


def interpretations(
    readers: LineReaders,
    line: Line,
    segmentation: SegmentationGraph,
    penalties: NDArray[np.float64],
    grammar: Transducer | None = None,
) -> list[Interpretation]:
    """The likeliest string of a line, with the segments that are its digits, and the runner-up.

    A runner-up that the sweep alone has found has no segments.

    Args:
        readers: who reads it.
        line: 44×width uint8.
        segmentation: its segments.
        penalties: theirs, by the first reader.
        grammar: what can occur; None for any digits.
    """
    by_segments = readers.segments.interpretations(segmentation, penalties, grammar)
    if readers.sweep is None or not by_segments:
        return by_segments
    swept = surest(readers.sweep, sweeps(line), grammar)
    if not swept.found:
        return by_segments
    by_sweep = swept.found
    known = {one.labels for one in by_segments}
    candidates = [*by_segments, *(one for one in by_sweep if one.labels not in known)]
    first = _posteriors(readers.segments, segmentation, penalties, by_segments[0], candidates)
    second = _posteriors(readers.sweep, swept.sweep, swept.penalties, by_sweep[0], candidates)
    both = first * second
    # What no candidate says stays as likely as both find it.
    whole = both.sum() + max(0.0, 1 - first.sum()) * max(0.0, 1 - second.sum())
    # The sweep's own path is none of segments.
    found = likeliest_first(
        [
            one._replace(posterior=float(p / whole), path=one.path if one.labels in known else ())
            for one, p in zip(candidates, both, strict=True)
        ]
    )
    for n, one in enumerate(found):
        answer = one if one.labels in known else _placed(readers.segments, segmentation, penalties, one)
        if answer is not None:
            return [answer, *found[n + 1 : n + 2]]
    return by_segments


def _posteriors(
    network: InferenceNetwork,
    hypotheses: Hypotheses,
    penalties: NDArray[np.float64],
    best: Interpretation,
    candidates: list[Interpretation],
) -> NDArray[np.float64]:
    """How likely a network finds strings among what can occur, for which its best one is the measure."""
    of_any = max(network.string_posterior(hypotheses, penalties, _digits(best)), LEAST)
    likely = [network.string_posterior(hypotheses, penalties, _digits(one)) for one in candidates]
    return np.clip(np.array(likely) * best.posterior / of_any, LEAST, 1.0)


def _placed(
    network: InferenceNetwork,
    segmentation: SegmentationGraph,
    penalties: NDArray[np.float64],
    one: Interpretation,
) -> Interpretation | None:
    """An interpretation with the segments of its best path; None where the segments cannot say it."""
    digits = "".join(map(str, _digits(one)))
    found = network.interpretations(segmentation, penalties, one_of([digits])) if digits else []
    return one._replace(path=found[0].path) if found else None


def _digits(one: Interpretation) -> tuple[int, ...]:
    return tuple(label for label in one.labels if isinstance(label, int))
