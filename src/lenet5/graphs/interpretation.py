"""What a recognition graph says: the likeliest string, how likely it is, and the next one."""

import math
from typing import Final, NamedTuple

from lenet5.graphs.composition import compose
from lenet5.graphs.forward import forward_penalties
from lenet5.graphs.graph import Graph
from lenet5.graphs.recognition import NEGLIGIBLE
from lenet5.graphs.transducer import Transducer, all_but, any_string, linear
from lenet5.graphs.viterbi import best_path

DIGITS: Final = tuple(range(10))


class Interpretation(NamedTuple):
    """A reading of a line.

    Attributes:
        labels: the digits, and the fixed characters that the grammar puts in; no blanks.
        path: the arcs of the recognition graph on its best path, in order, blanks among them.
        posterior: exp(−E_dforw) with this string as the right one, 0 to 1.
    """

    labels: tuple[int | str, ...]
    path: tuple[int, ...]
    posterior: float

    @property
    def text(self) -> str:
        """The labels as a text."""
        return "".join(map(str, self.labels))


def interpret(recognition: Graph, grammar: Transducer | None = None) -> list[Interpretation]:
    """The likeliest string of a recognition graph and the runner-up; fewer where there are fewer.

    The string is that of the best path; how likely it is counts all paths that say it, among all that the grammar
    takes.

    Args:
        recognition: the recognition graph.
        grammar: what can occur; None for any digits.

    *Paper:* sections VI-D and X-C: the confidence is exp(−E_dforw) with the Viterbi answer as the desired one.
    """
    interpretations = compose(recognition, grammar or any_string(DIGITS), beam=NEGLIGIBLE)
    of_all = forward_penalties(interpretations)[-1]
    if of_all == math.inf:
        return []
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
        of_string = forward_penalties(compose(interpretations, linear(said)))[-1]
        posterior = min(1.0, math.exp(of_all - of_string))
        found.append(Interpretation(said, tuple(k for k in path if k >= 0), posterior))  # type: ignore[arg-type]
        graph = compose(interpretations, all_but(said, alphabet))
    return found
