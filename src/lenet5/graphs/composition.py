"""Composition: a graph's paths that a transducer takes, and what it says of them. Section VIII, figure 29."""

import math
from typing import NamedTuple

from lenet5.graphs.graph import NULL, Arc, Graph, trimmed
from lenet5.graphs.transducer import State, Transducer


class _Token(NamedTuple):
    """A node of the composition: a node of the graph, a state, and whether a null transition has just been taken.

    Where both can move alone, the graph's arcs without labels come first: the two orders are one path.
    """

    node: int
    state: State
    moved: bool = False


def compose(graph: Graph, transducer: Transducer, *, beam: float = math.inf) -> Graph:
    """The paths of a graph whose labels the transducer takes, with the labels that it says.

    Tokens are passed, as in figure 29. An arc without a label moves a token on in the graph alone, a null transition in
    the transducer alone.

    Args:
        graph: whose arcs are read.
        transducer: reads them; its penalties are added.
        beam: tokens that cost so much more than the best one of their node are dropped; none by default.

    Returns:
        The interpretation graph, without dead ends; nodes 0 and 1 alone where the transducer takes no path. Each arc
        covers, by number, an arc of `graph`; −1 at null transitions.

    Raises:
        ValueError: null transitions run in a circle.

    *Paper:* section VIII, figure 29.
    *Departs:* null transitions, and a last node of its own, for paths may end in several states.
    """
    least: list[dict[_Token, float]] = [{} for _ in range(graph.nodes)]  # by node, what each token costs at least
    least[0][_Token(0, transducer.start)] = 0.0
    number: dict[_Token, int] = {}
    arcs: list[tuple[_Token, _Token | None, Arc]] = []

    def lead(token: _Token, then: _Token, arc: Arc) -> None:
        penalty = least[token.node][token] + arc.penalty
        least[then.node][then] = min(least[then.node].get(then, math.inf), penalty)
        arcs.append((token, then, arc))

    for node in range(graph.nodes):
        order = _in_null_order(list(least[node]), transducer)
        for token in order:
            for output, state, penalty in transducer.after(token.state, NULL):
                lead(token, _Token(node, state, moved=True), Arc(0, 0, output, penalty))
        best = min(least[node].values(), default=math.inf)
        kept = [token for token in order if least[node][token] <= best + beam]
        for token in kept:
            number[token] = len(number)
            for k in graph.leaving[node]:
                arc = graph.arcs[k]
                if arc.label is not NULL:
                    for output, state, penalty in transducer.after(token.state, arc.label):
                        taken = Arc(0, 0, output, arc.penalty + penalty, k)
                        lead(token, _Token(arc.destination, state), taken)
                elif not token.moved:
                    lead(token, _Token(arc.destination, token.state), arc._replace(covers=k))
    arcs += [(token, None, Arc(0, 0, NULL, 0.0)) for token in least[-1] if transducer.is_final(token.state)]
    end = len(number)
    numbered = (
        arc._replace(source=number[token], destination=end if then is None else number[then])
        for token, then, arc in arcs
        if token in number and (then is None or then in number)
    )
    return trimmed(Graph.sorted(end + 1, numbered))


def _in_null_order(tokens: list[_Token], transducer: Transducer) -> list[_Token]:
    """Tokens and those that null transitions lead to from them, each before those that it leads to.

    Raises:
        ValueError: they run in a circle.
    """
    order: list[_Token] = []
    begun, done = set[_Token](), set[_Token]()

    def visit(token: _Token) -> None:
        if token in done:
            return
        if token in begun:
            raise ValueError(
                f"Null transitions that run in a circle through state {token.state} were given; break the circle."
            )
        begun.add(token)
        for transition in transducer.after(token.state, NULL):
            visit(_Token(token.node, transition.state, moved=True))
        done.add(token)
        order.append(token)

    for token in tokens:
        visit(token)
    return order[::-1]
