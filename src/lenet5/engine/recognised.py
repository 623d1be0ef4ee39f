"""From a line to its recognition graph, by a network of PyTorch's: section V, figures 17 and 18."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from lenet5.data.line import Line
from lenet5.engine.base import Engine
from lenet5.graphs.graph import Graph
from lenet5.graphs.recognition import Hypotheses, recognition_graph
from lenet5.graphs.segmenter import Segmenter
from lenet5.network import Network


class Recognised(NamedTuple):
    """A line as a network and a segmenter see it.

    Attributes:
        hypotheses: what may be a digit.
        y: the network's penalties of the patterns.
        penalties: arcs×11, which the segmenter has made of them.
    """

    hypotheses: Hypotheses
    y: Tensor
    penalties: Tensor

    def graph(self, within: float = math.inf) -> Graph:
        """The recognition graph: all arcs, in order and a class each, or those on paths `within` the best one."""
        return recognition_graph(self.hypotheses, self.penalties.detach().double().numpy(), within=within)


def recognise(engine: Engine, network: Network, segmenter: Segmenter, line: Line) -> Recognised | None:
    """What an engine makes of a line; None of an empty one.

    Args:
        engine: finds the hypotheses and the network's penalties.
        network: of eleven classes.
        segmenter: its segmenter, whose parameters the penalties can be differentiated by.
        line: 44×width uint8.
    """
    hypotheses = engine.hypotheses(segmenter.hypotheses, line)
    if not len(hypotheses):
        return None
    y = engine.penalties(network, torch.from_numpy(hypotheses.patterns))
    return Recognised(hypotheses, y, segmenter(y, hypotheses))
