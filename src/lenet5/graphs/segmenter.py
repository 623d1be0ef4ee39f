"""The segmenter's penalties: what the shape of a segment, its place and its cuts say of each class. Section X-A."""

from typing import Final, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lenet5.graphs.segmentation_graph import FEATURES

# The ten digits and the blank space.
CLASSES: Final = 11
# What a blank costs a segmenter that knows nothing yet: else everything would be one.
OF_A_BLANK: Final = 3.0


@final
class Segmenter(nn.Module):
    """A linear function of a segment's features for each class, and the factor of the network's penalties.

    It is trained with the network, through the graph. A new one knows that blanks are rarer than digits, and no more.

    Attributes:
        weights: 11×15.
        temperature: 1: τ; the network's penalties were trained on single digits and come with another spread.

    *Paper:* section X-A: a differentiable function of few features, such as the gap and the place on the line.
    """

    weights: nn.Parameter
    temperature: nn.Parameter

    def __init__(self) -> None:
        super().__init__()
        weights = torch.zeros(CLASSES, FEATURES)
        weights[-1, 0] = OF_A_BLANK
        self.weights = nn.Parameter(weights)
        self.temperature = nn.Parameter(torch.ones(1))

    def forward(self, y: Float[Tensor, "n classes"], features: Float[Tensor, "n f"]) -> Float[Tensor, "n classes"]:
        """c[n,k] = τ y[n,k] + Σ_f w[k,f] features[n,f]: the penalty of the arc of segment n and class k.

        Args:
            y: the network's penalties of the segments' patterns.
            features: of the segments.
        """
        return self.temperature * y + features @ self.weights.T
