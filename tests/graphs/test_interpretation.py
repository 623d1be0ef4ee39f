"""What a recognition graph says, against all of its paths."""

import math
from collections import defaultdict

import pytest

from graphs.enumeration import a_graph, all_paths, all_together, cost, said
from lenet5.graphs.grammar import of_length
from lenet5.graphs.graph import Graph
from lenet5.graphs.interpretation import interpret


@pytest.mark.parametrize("seed", range(25))
def test_the_answer_its_posterior_and_the_runner_up_are_those_of_enumeration(seed: int) -> None:
    graph = a_graph(seed, labels=(0, 1, 2, None))
    by_string = defaultdict(list)
    for path in all_paths(graph):
        by_string[said(graph, path)].append(cost(graph, path))
    best = sorted(by_string, key=lambda string: min(by_string[string]))
    whole = all_together([c for costs in by_string.values() for c in costs])
    found = interpret(graph)
    assert {one.labels for one in found} == set(best[:2])
    assert [one.posterior for one in found] == sorted((one.posterior for one in found), reverse=True)
    for one in found:
        assert one.posterior == pytest.approx(math.exp(whole - all_together(by_string[one.labels])))
        assert tuple(label for _, label in one.path if label is not None) == one.labels
    among = {string: costs for string, costs in by_string.items() if len(string) == 2}
    found = interpret(graph, of_length(2))
    assert len(found) == min(2, len(among))
    if found:
        whole = all_together([c for costs in among.values() for c in costs])
        assert found[0].posterior == pytest.approx(math.exp(whole - all_together(among[found[0].labels])))


def test_without_a_path_nothing_is_said() -> None:
    assert interpret(Graph(2, ())) == []
    assert interpret(a_graph(1, labels=(0,)), of_length(900)) == []
