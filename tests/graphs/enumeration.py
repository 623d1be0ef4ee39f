"""What graphs are checked against: all paths, one by one; and graphs at random."""

import itertools
import math
import random
from collections.abc import Iterator

import torch
from torch import Tensor

from lenet5.graphs.graph import Arc, Graph, Label


def all_paths(graph: Graph, node: int = 0) -> Iterator[tuple[int, ...]]:
    """Every path from a node to the end, as the numbers of its arcs."""
    if node == graph.nodes - 1:
        yield ()
        return
    for number, arc in enumerate(graph.arcs):
        if arc.source == node:
            yield from ((number, *rest) for rest in all_paths(graph, arc.destination))


def said(graph: Graph, path: tuple[int, ...]) -> tuple[Label, ...]:
    return tuple(graph.arcs[k].label for k in path if graph.arcs[k].label is not None)


def cost(graph: Graph, path: tuple[int, ...]) -> float:
    return sum(graph.arcs[k].penalty for k in path)


def all_together(penalties: list[float]) -> float:
    """−log Σ e^−c."""
    return -math.log(sum(math.exp(-c) for c in penalties)) if penalties else math.inf


def a_graph(seed: int, *, nodes: int = 5, labels: tuple[Label, ...] = (0, 1, None), least: float = -2.0) -> Graph:
    """A graph at random in which the end can be reached."""
    rng = random.Random(seed)
    pairs = [(a, b) for a, b in itertools.combinations(range(nodes), 2) for _ in range(rng.randrange(3))]
    pairs += [(k, k + 1) for k in range(nodes - 1)]
    return Graph.sorted(nodes, [Arc(a, b, rng.choice(labels), rng.uniform(least, 4)) for a, b in pairs])


def criterion_by_enumeration(name: str, graph: Graph, right: tuple[Label, ...], penalties: Tensor) -> Tensor:
    """E of a criterion over all paths, from the arcs' penalties as a tensor: autograd knows the rest."""

    def together(paths: list[tuple[int, ...]]) -> Tensor:
        totals = torch.stack([penalties[list(path)].sum() for path in paths])
        return -torch.logsumexp(-totals, 0) if "forward" in name else totals.min()

    paths = list(all_paths(graph))
    of_right = together([path for path in paths if said(graph, path) == right])
    return of_right - together(paths) if name.startswith("discriminative") else of_right
