"""What a recognition graph says: the likeliest string, how likely it is, and the next one."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from lenet5.graphs.composition import compose
from lenet5.graphs.forward import forward_penalties
from lenet5.graphs.graph import DIGITS, Graph, Label
from lenet5.graphs.recognition import NEGLIGIBLE
from lenet5.graphs.transducer import Transducer, all_but, any_string, linear
from lenet5.graphs.viterbi import best_path


class Interpretation(NamedTuple):
    """A reading of a line.

    Attributes:
        labels: the digits, and the fixed characters that the grammar puts in; no blanks.
        path: the segments of its best path, by number and in order, each with its label; None for a blank.
        posterior: exp(−E_dforw) with this string as the right one, 0 to 1.
    """

    labels: tuple[Label, ...]
    path: tuple[tuple[int, Label], ...]
    posterior: float

    @property
    def text(self) -> str:
        """The labels as a text."""
        return "".join(map(str, self.labels))


def likeliest_first(found: list[Interpretation]) -> list[Interpretation]:
    """Interpretations by their posteriors; of equal ones that of the better path first."""
    return sorted(found, key=lambda one: -one.posterior)


def string_posterior(recognition: Graph, labels: Sequence[Label]) -> float:
    """exp(−E_dforw): the part of a recognition graph's likelihood that lies in paths that say a string.

    Args:
        recognition: the recognition graph, or what a grammar left of it.
        labels: the string.
    """
    of_string = forward_penalties(compose(recognition, linear(labels)))[-1]
    return min(1.0, math.exp(forward_penalties(recognition)[-1] - of_string)) if of_string < math.inf else 0.0


def interpret(recognition: Graph, grammar: Transducer | None = None) -> list[Interpretation]:
    """The likeliest string of a recognition graph and the runner-up; fewer where there are fewer.

    They are the strings of the best path and of the best one that says something else. How likely each is counts all
    paths that say it, among all that the grammar takes; the likelier one stands first.

    Args:
        recognition: the recognition graph.
        grammar: what can occur; None for any digits.

    *Paper:* sections VI-D and X-C: the confidence is exp(−E_dforw) with the Viterbi answer as the desired one.
    *Departs:* of two strings the likelier one is the answer, though a path of the other may be the best.
    """
    interpretations = compose(recognition, grammar or any_string(DIGITS), beam=NEGLIGIBLE)
    labels = sorted({str(arc.label) for arc in interpretations.arcs if arc.label is not None})
    # Of the grammar's output: fixed characters are as good labels as digits.
    alphabet = [int(label) if label.isdecimal() else label for label in labels]
    found: list[Interpretation] = []
    graph = interpretations
    while len(found) < 2:
        best = best_path(graph)
        if best is None:
            break
        said = tuple(graph.labels(best.arcs))
        path = [graph.arcs[k].covers for k in best.arcs]
        if graph is not interpretations:  # it covers the interpretation graph, which covers the recognition graph
            path = [interpretations.arcs[k].covers for k in path if k >= 0]
        arcs = (recognition.arcs[k] for k in path if k >= 0)
        segments = tuple((arc.covers, arc.label) for arc in arcs)
        found.append(Interpretation(said, segments, string_posterior(interpretations, said)))
        graph = compose(interpretations, all_but(said, alphabet))
    return likeliest_first(found)
