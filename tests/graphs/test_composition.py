"""Composition against all pairs of paths, and the paper's own examples: figures 28 and 20."""

import itertools
import math
import random

import pytest

from graphs.enumeration import a_graph, all_paths, cost, said
from lenet5.graphs.composition import compose
from lenet5.graphs.graph import Arc, Graph, Label
from lenet5.graphs.transducer import Table, Transducer, Transition, Tree, all_but, any_string, linear
from lenet5.graphs.viterbi import best_paths

SEEDS = range(20)


def outcomes(
    transducer: Transducer, labels: tuple[Label, ...], limit: int = 12
) -> list[tuple[tuple[Label, ...], float]]:
    """What a transducer says of a string, and what it costs, along every way through it."""
    found = []

    def go(state: object, left: tuple[Label, ...], out: tuple[Label, ...], penalty: float, steps: int) -> None:
        if not left and transducer.is_final(state):
            found.append((out, penalty))
        if steps == limit:
            return
        for then in transducer.after(state, None):
            go(then.state, left, (*out, then.output), penalty + then.penalty, steps + 1)
        if left:
            for then in transducer.after(state, left[0]):
                go(then.state, left[1:], (*out, then.output), penalty + then.penalty, steps + 1)

    go(transducer.start, labels, (), 0.0, 0)
    return [(tuple(label for label in out if label is not None), penalty) for out, penalty in found]


def a_transducer(seed: int, states: int = 4) -> Table:
    """States with transitions at random, null ones only forward."""
    rng = random.Random(seed)
    transitions: list[dict[Label, list[Transition]]] = [{} for _ in range(states)]
    for state in range(states):
        for label in (0, 1, None):
            for _ in range(rng.randrange(2 if label is None else 3)):
                least = state + 1 if label is None else 0
                if least < states:
                    then = Transition(rng.choice((7, 8, None)), rng.randrange(least, states), rng.uniform(0, 2))
                    transitions[state].setdefault(label, []).append(then)
    return Table(transitions, frozenset({states - 1, rng.randrange(states)}))


@pytest.mark.parametrize("seed", SEEDS)
def test_composition_has_the_paths_of_both(seed: int) -> None:
    graph, transducer = a_graph(seed, nodes=4), a_transducer(seed)
    expected = sorted(
        (tuple(map(str, out)), round(cost(graph, path) + penalty, 9))
        for path in all_paths(graph)
        for out, penalty in outcomes(transducer, said(graph, path))
    )
    composed = compose(graph, transducer)
    given = sorted(
        (tuple(map(str, said(composed, path))), round(cost(composed, path), 9)) for path in all_paths(composed)
    )
    assert given == expected
    covered = {arc.covers for arc in composed.arcs}
    assert covered <= {-1, *range(len(graph.arcs))}


def test_figure_28() -> None:
    arcs = [
        *(Arc(0, 1, label, c) for label, c in (("c", 0.4), ("o", 1.0), ("d", 1.8))),
        *(Arc(1, 2, label, c) for label, c in (("x", 0.1), ("a", 0.2), ("u", 0.8))),
        *(Arc(2, 3, label, c) for label, c in (("p", 0.2), ("t", 0.8))),
    ]
    words = ("barn", "but", "cut", "cute", "cure", "cap", "card", "cat")
    interpretations = compose(Graph(4, tuple(arcs)), Tree(words))
    found = best_paths(interpretations, 10)
    read = {"".join(map(str, interpretations.labels(path.arcs))): round(path.penalty, 6) for path in found}
    assert read == {"cap": 0.8, "cat": 1.4, "cut": 2.0}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_tree_takes_the_strings_of_its_list_and_no_others(seed: int) -> None:
    rng = random.Random(seed)
    texts = {"".join(rng.choice("012") for _ in range(rng.randrange(1, 4))) for _ in range(6)}
    tree = Tree(texts)
    for length in range(5):
        for digits in itertools.product("012", repeat=length):
            taken = outcomes(tree, tuple(int(d) for d in digits))
            assert bool(taken) == ("".join(digits) in texts)


def test_the_acceptors_take_what_they_say() -> None:
    strings = [s for length in range(4) for s in itertools.product((0, 1), repeat=length)]
    for text in strings:
        assert [s for s in strings if outcomes(linear(text), s)] == [text]
        assert [s for s in strings if outcomes(all_but(text, (0, 1)), s)] == [s for s in strings if s != text]
    assert all(outcomes(any_string((0, 1)), s) == [(s, 0.0)] for s in strings)
    assert outcomes(any_string((0, 1)), (2,)) == []


def test_a_beam_keeps_the_best_path_and_drops_the_others() -> None:
    graph = a_graph(3, nodes=6, labels=(0, 1))
    every, narrow = (compose(graph, any_string((0, 1)), beam=beam) for beam in (math.inf, 0.0))
    assert len(narrow.arcs) <= len(every.arcs)
    # Of one state a node, a beam of 0 drops nothing.
    assert best_paths(narrow, 1)[0].penalty == pytest.approx(best_paths(every, 1)[0].penalty)
    cheap = Table([{0: [Transition(0, 0), Transition(0, 1, 5.0)]}, {0: [Transition(1, 1)]}], frozenset({0, 1}))
    chain = Graph(3, (Arc(0, 1, 0, 0.0), Arc(1, 2, 0, 0.0)))
    assert len(list(all_paths(compose(chain, cheap)))) == 3
    assert len(list(all_paths(compose(chain, cheap, beam=1.0)))) == 1


def test_null_transitions_in_a_circle_are_refused() -> None:
    circle = Table([{None: [Transition(None, 1)]}, {None: [Transition(None, 0)]}], frozenset({1}))
    with pytest.raises(ValueError, match="run in a circle"):
        compose(Graph(2, (Arc(0, 1, 0, 0.0),)), circle)
