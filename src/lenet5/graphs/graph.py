"""Graphs as section IV has them: acyclic and directed, hypotheses on their arcs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

# What may be a digit on a line: segments between cuts, section V, or the outputs of a sweep, section VII.
HypothesesName = Literal["segments", "sweep"]

# What an arc says: a digit; nothing, where it says that there is no digit or leads on at no cost.
Label = int | str | None
# Of an arc that says nothing: a null transition.
NULL = None
DIGITS: Final = tuple(range(10))


class Arc(NamedTuple):
    """A hypothesis.

    Attributes:
        source: the node that it leaves.
        destination: the node that it enters, a later one.
        label: what it says; None for nothing.
        penalty: what it costs to take it.
        covers: what it stands for: of a segmentation graph a segment, of a composition an arc of the first graph, by
            number; −1 for nothing.
    """

    source: int
    destination: int
    label: Label
    penalty: float
    covers: int = -1


@dataclass(frozen=True)
class Graph:
    """Nodes 0 to `nodes` − 1, the start first and the end last, and the arcs between them.

    Attributes:
        nodes: how many; every arc leads from a node to a later one.
        arcs: in the order of the nodes that they leave.

    Raises:
        ValueError: an arc that leads back, or to no node.

    *Paper:* section IV.
    """

    nodes: int
    arcs: tuple[Arc, ...]

    def __post_init__(self) -> None:
        """Refuse what is no acyclic graph with its nodes in order."""
        before = 0
        for arc in self.arcs:
            if not 0 <= arc.source < arc.destination < self.nodes:
                raise ValueError(
                    f"An arc from node {arc.source} to node {arc.destination} was given; of {self.nodes} nodes, each "
                    "arc leads to a later one."
                )
            if arc.source < before:
                raise ValueError("Arcs out of order were given; give them in the order of the nodes that they leave.")
            before = arc.source

    @classmethod
    def sorted(cls, nodes: int, arcs: Iterable[Arc]) -> "Graph":
        """A graph of arcs in any order."""
        return cls(nodes, tuple(sorted(arcs, key=lambda arc: arc.source)))

    @cached_property
    def leaving(self) -> list[list[int]]:
        """The numbers of the arcs that leave each node."""
        leaving: list[list[int]] = [[] for _ in range(self.nodes)]
        for number, arc in enumerate(self.arcs):
            leaving[arc.source].append(number)
        return leaving

    @property
    def end(self) -> int:
        """The last node."""
        return self.nodes - 1

    def labels(self, path: Sequence[int]) -> list[Label]:
        """What the arcs of a path say, null transitions left out."""
        return [label for number in path if (label := self.arcs[number].label) is not NULL]


def trimmed(graph: Graph) -> Graph:
    """The graph without nodes that lie on no path from the start to the end; nodes 0 and 1 alone where none does."""
    reached, reaching = {0}, {graph.end}
    for arc in graph.arcs:
        if arc.source in reached:
            reached.add(arc.destination)
    for arc in reversed(graph.arcs):
        if arc.destination in reaching:
            reaching.add(arc.source)
    kept = sorted(reached & reaching)
    if len(kept) < 2:
        return Graph(2, ())
    number = {node: k for k, node in enumerate(kept)}
    arcs = (
        arc._replace(source=number[arc.source], destination=number[arc.destination])
        for arc in graph.arcs
        if arc.source in number and arc.destination in number
    )
    return Graph(len(kept), tuple(arcs))
