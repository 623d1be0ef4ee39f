"""The segmenter's penalties: what the shape of a segment, its place and its cuts say of each class. Section X-A.

Of a sweep it is the character model's penalties: what it costs that a digit takes so many outputs. Section VII-A.
"""

from typing import Final, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lenet5.data.flanking import BLANK
from lenet5.graphs.graph import HypothesesName
from lenet5.graphs.recognition import Hypotheses
from lenet5.graphs.segmentation_graph import FEATURES, SegmentationGraph
from lenet5.graphs.sweep import LONGEST

CLASSES: Final = BLANK + 1
# What a blank costs a segmenter that knows nothing yet, where a path has more blanks the more segments it has: else
# everything would be one.
OF_A_BLANK: Final = 3.0


@final
class Segmenter(nn.Module):
    """A linear function of an arc's features for each class, and the factor of the network's penalties.

    It is trained with the network, through the graph. A new one knows that blanks are rarer than digits among segments,
    and no more.

    Args:
        hypotheses: what its arcs are.

    Attributes:
        hypotheses: the same.
        weights: 11×15, of a sweep 11×3.
        temperature: 1: τ; the network's penalties were trained on single digits and come with another spread.

    *Paper:* section X-A: a differentiable function of few features, such as the gap and the place on the line.
    """

    weights: nn.Parameter
    temperature: nn.Parameter

    def __init__(self, hypotheses: HypothesesName = "segments") -> None:
        super().__init__()
        self.hypotheses = hypotheses
        weights = torch.zeros(CLASSES, FEATURES if hypotheses == "segments" else LONGEST)
        weights[-1, 0] = OF_A_BLANK if hypotheses == "segments" else 0.0
        self.weights = nn.Parameter(weights)
        self.temperature = nn.Parameter(torch.ones(1))

    def forward(self, y: Float[Tensor, "n classes"], hypotheses: Hypotheses) -> Float[Tensor, "arcs classes"]:
        """c[a,k] = τ u[a,k] + Σ_f w[k,f] features[a,f]: the penalty of arc a and class k; infinite where a sweep's
        arc has no such class.

        Args:
            y: the network's penalties of the patterns, from which u comes by `of_arcs`.
            hypotheses: the arcs.
        """
        features = torch.from_numpy(hypotheses.features).to(self.weights.dtype)
        penalties = self.temperature * of_arcs(y, hypotheses) + features @ self.weights.T
        return (
            penalties
            if isinstance(hypotheses, SegmentationGraph)
            else penalties + torch.from_numpy(hypotheses.impossible)
        )


def of_arcs(y: Float[Tensor, "n classes"], hypotheses: Hypotheses) -> Float[Tensor, "arcs classes"]:
    """u: the network's part of every arc's penalties: of a segment its pattern's, else see `Sweep.of_arcs`."""
    if isinstance(hypotheses, SegmentationGraph):
        return y
    taken, blanks = (torch.from_numpy(array).to(y.dtype) for array in (hypotheses.taken, hypotheses.blanks))
    return taken @ y + blanks @ y[:, -1:]


def of_patterns(d: Float[Tensor, "arcs classes"], hypotheses: Hypotheses) -> Float[Tensor, "n classes"]:
    """Derivatives by the arcs' penalties to those by the network's: the transposed of `of_arcs`."""
    if isinstance(hypotheses, SegmentationGraph):
        return d
    taken, blanks = (torch.from_numpy(array).to(d.dtype) for array in (hypotheses.taken, hypotheses.blanks))
    of_digits = taken.T @ d
    return torch.cat([of_digits[:, :-1], of_digits[:, -1:] + blanks.T @ d.sum(1, keepdim=True)], 1)
