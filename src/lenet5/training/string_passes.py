"""Passes over strings: fresh lines, written while the ones before are trained on, and how well others are read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from torch import Tensor

from lenet5.data.line import Line
from lenet5.data.patterns import Patterns
from lenet5.data.strings import Strings, write_strings
from lenet5.engine.base import Engine, Reader, TrainedLines
from lenet5.engine.recognised import recognise
from lenet5.graphs.segmenter import Segmenter
from lenet5.graphs.viterbi import best_path
from lenet5.loss import MAPLoss
from lenet5.network import Network
from lenet5.sdlm import SDLM
from lenet5.tools.rng import seed_for
from lenet5.training.presets import StringTraining
from lenet5.training.string_curvature import Curvature, curvature_of_strings

# Lines that are written together and trained on in one call.
AT_ONCE: Final = 200


class StringPasses:
    """What a trainer asks for in passes over strings.

    Lines depend on the seed and on their place in the run alone, so that a run that goes on has the same.

    Args:
        training: the choices.
        j: of eq. 9, the loss of the single digits beside the lines.
        seed: of the run.
        digits: what lines are made of.
        evaluation_set: what the lines are made of that are read after a pass.
        engine: trains and reads.

    Attributes:
        segmenter: trained with the network.
        optimiser: of the segmenter.
    """

    def __init__(
        self,
        training: StringTraining,
        j: float,
        seed: int,
        digits: Patterns,
        evaluation_set: Patterns,
        engine: Engine,
    ) -> None:
        self.training = training
        self.loss = MAPLoss(j)
        self.seed = seed
        self.digits = digits
        self.engine = engine
        self.segmenter = Segmenter(training.hypotheses)
        self.optimiser = SDLM(self.segmenter, eta=1.0, mu=training.segmenter_mu)
        count = training.evaluated
        self.evaluated = write_strings(evaluation_set, count, training.writing, self._rng("evaluated strings"))

    def curvature(self, network: Network, number: int) -> tuple[Curvature, Curvature]:
        """h_kk of the network and of the segmenter before a pass, counted from 1, on lines of its own."""
        count, rng = self.training.curvature_lines, self._rng("curvature strings", number)
        strings = write_strings(self.digits, count, self.training.writing, rng)
        lines = ((torch.from_numpy(strings.line(n)), [int(d) for d in strings.text(n)]) for n in range(count))
        return curvature_of_strings(network, self.segmenter, self.engine, self.training.criterion, lines)

    def train(
        self, network: Network, optimiser: SDLM, number: int, begin: int, beside: Tensor
    ) -> Iterator[tuple[int, TrainedLines]]:
        """Train on lines of a pass; how many were given and what came of them, part by part.

        Args:
            network: what is trained, with the segmenter.
            optimiser: of the network.
            number: the pass, from 1.
            begin: the first line, where a part ended.
            beside: the digit beside each line from there on.
        """
        reader = Reader(network, self.segmenter, optimiser, self.optimiser)
        end = begin + len(beside)
        # Parts end at the same lines whatever `begin` is.
        parts = list(pairwise([begin, *range(begin - begin % AT_ONCE + AT_ONCE, end, AT_ONCE), end]))
        with ThreadPoolExecutor(1) as writer:
            coming = writer.submit(self._written, number, *parts[0])
            for k, (first, last) in enumerate(parts):
                strings = coming.result()
                if k + 1 < len(parts):
                    coming = writer.submit(self._written, number, *parts[k + 1])
                of_part = beside[first - begin : last - begin]
                criterion = self.training.criterion
                yield (
                    last - first,
                    self.engine.train_strings(reader, criterion, strings, self.loss, self.digits, of_part),
                )

    def error(self, network: Network) -> float:
        """The fraction of the evaluated strings that are not read as a whole."""
        wrong = sum(
            read_line(network, self.segmenter, self.engine, self.evaluated.line(n)) != self.evaluated.text(n)
            for n in range(len(self.evaluated))
        )
        return wrong / len(self.evaluated)

    def _written(self, number: int, first: int, last: int) -> Strings:
        return write_strings(self.digits, last - first, self.training.writing, self._rng("strings", number, first))

    def _rng(self, *purpose: str | int) -> np.random.Generator:
        return np.random.default_rng(seed_for(self.seed, *purpose))


@torch.no_grad()
def read_line(network: Network, segmenter: Segmenter, engine: Engine, line: Line) -> str:
    """The digits on the best path of a line, eq. 10."""
    recognised = recognise(engine, network, segmenter, line)
    if recognised is None:
        return ""
    graph = recognised.graph(within=1.0)
    best = best_path(graph)
    return "" if best is None else "".join(map(str, graph.labels(best.arcs)))
