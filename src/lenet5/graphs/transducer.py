"""Transducers: which labels may follow which, and what is said where they do. An acceptor says what it reads."""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

from lenet5.graphs.graph import Label

# Of its own kind in every transducer.
State = Any


class Transition(NamedTuple):
    """What a transducer does on a label.

    Attributes:
        output: what it says, None for nothing.
        state: where it is then.
        penalty: what that costs.
    """

    output: Label
    state: State
    penalty: float = 0.0


class Transducer(ABC):
    """States, and what leads from one to the next.

    Attributes:
        start: the state in which every path begins.

    *Paper:* section VIII. Null transitions, which the paper leaves out, must not run in a circle.
    """

    start: State

    @abstractmethod
    def after(self, state: State, label: Label) -> Iterable[Transition]:
        """What can follow where a label is read in a state; on None, without reading: the null transitions."""

    @abstractmethod
    def is_final(self, state: State) -> bool:
        """Whether a path may end in a state."""


@final
@dataclass(frozen=True)
class Table(Transducer):
    """A transducer written out: states 0, the start, to the last.

    Attributes:
        transitions: of each state, by the label that is read.
        final: the states in which a path may end.
    """

    transitions: Sequence[Mapping[Label, Sequence[Transition]]]
    final: frozenset[int]
    start: State = 0

    def after(self, state: State, label: Label) -> Iterable[Transition]:
        """See `Transducer.after`."""
        return self.transitions[state].get(label, ())

    def is_final(self, state: State) -> bool:
        """See `Transducer.is_final`."""
        return state in self.final


@final
class Tree(Transducer):
    """Accepts the strings of a list: the grammar of figure 28, in which those that begin alike share their beginning.

    A state is what of the sorted list begins with what was read, so that no tree need be built: of 100,000 strings some
    are looked at.

    Args:
        texts: the strings.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = sorted(set(texts))
        # First and last string, the last one excluded, and how many labels were read.
        self.start: State = (0, len(self._texts), 0)

    def after(self, state: State, label: Label) -> Iterable[Transition]:
        """See `Transducer.after`."""
        if label is None:
            return
        first, last, depth = state
        read = self._texts[first][:depth] + str(label)
        # No character stands behind the last of Unicode's.
        begin, end = (bisect_left(self._texts, text, first, last) for text in (read, read + "\U0010ffff"))
        if begin < end:
            yield Transition(label, (begin, end, depth + 1))

    def is_final(self, state: State) -> bool:
        """See `Transducer.is_final`."""
        first, last, depth = state
        return bool(first < last and len(self._texts[first]) == depth)


def linear(text: Sequence[Label]) -> Table:
    """Accepts one string: the graph of the right labels, figure 19."""
    chain: list[dict[Label, list[Transition]]] = [{label: [Transition(label, k + 1)]} for k, label in enumerate(text)]
    return Table([*chain, {}], frozenset({len(text)}))


def any_string(labels: Iterable[Label]) -> Table:
    """Accepts every string of such labels, the empty one too."""
    return Table([{label: [Transition(label, 0)] for label in labels}], frozenset({0}))


def all_but(text: Sequence[Label], labels: Sequence[Label]) -> Table:
    """Accepts every string of such labels but one."""
    other = len(text) + 1
    anything = {label: [Transition(label, other)] for label in labels}
    chain = [{**anything, label: [Transition(label, k + 1)]} for k, label in enumerate(text)]
    return Table([*chain, anything, anything], frozenset(range(other + 1)) - {len(text)})
