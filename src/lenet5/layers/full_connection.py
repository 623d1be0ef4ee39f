"""Full connection: F6. Section II-B."""

from typing import final

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from lenet5.layers.initial_weights import InitialWeights
from lenet5.layers.layer import WeightedLayer


@final
class FullConnection(WeightedLayer):
    """Each unit reads every unit below: dot product of input vector and weight vector, plus a bias, squashed.

    `weight` is O×I and `bias` O.
    Units N×I, or maps of 1×1, become units N×O.
    Larger maps are read position by position: N×I×H×W become N×O×H×W.

    Args:
        inputs: I, the units below.
        outputs: O, the units.

    Raises:
        ValueError: sizes below 1, or input that does not fit.

    *Paper:* section II-B: a[n,o] = bias[o] + Σ_i weight[o,i] · x[n,i]; state f(a), eq. 5.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        if inputs < 1 or outputs < 1:
            raise ValueError(f"{inputs} inputs and {outputs} outputs were given; both must be 1 or more.")
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def total_input(self, x: Float[Tensor, "n i *below"]) -> Float[Tensor, "n o *above"]:
        """The total inputs a from the states x."""
        _outputs, inputs = self.weight.shape
        if x.dim() not in (2, 4) or x.shape[1] != inputs:
            raise ValueError(f"States of shape {tuple(x.shape)} were given; expected N×{inputs} or N×{inputs}×H×W.")
        a = torch.addmm(self.bias[:, None], self.weight, by_unit(x))  # O×NHW
        return from_units(a, x, flat=x.shape[2:] in ((), (1, 1)))  # N×O or N×O×H×W

    def backpropagate(
        self, x: Float[Tensor, "n i *below"], delta: Float[Tensor, "n o *above"], to_input: bool = True
    ) -> tuple[Float[Tensor, "n i *below"] | None, Float[Tensor, "o i"], Float[Tensor, " o"]]:
        """The transposed product towards x; the outer product of δ and x towards the weights."""
        d = by_unit(delta)  # O×NHW
        below = from_units(self.weight.T @ d, x, flat=x.dim() == 2) if to_input else None
        return below, d @ by_unit(x).T, d.sum(1)

    def backpropagate_curvature(
        self, x: Float[Tensor, "n i *below"], h: Float[Tensor, "n o *above"]
    ) -> tuple[Float[Tensor, "n i *below"], Float[Tensor, "o i"], Float[Tensor, " o"]]:
        """Eq. 25 and 27: the gradient's pass with states and weights squared."""
        d = by_unit(h)  # O×NHW
        below = from_units(self.weight.square().T @ d, x, flat=x.dim() == 2)
        return below, d @ by_unit(x).square().T, d.sum(1)

    def connections(self, height: int, width: int) -> int:
        """A connection per weight and bias, at each position of the layer below."""
        return height * width * (self.weight.numel() + self.bias.numel())

    def draw(self, rule: InitialWeights, rng: Generator) -> None:
        """Weights uniform in ±bound(F), F the inputs."""
        fan_in = self.weight.new_tensor(self.weight.shape[1])
        rule.draw_weights(self.weight, fan_in, rng)
        rule.draw_biases(self.bias, fan_in, rng)

    def extra_repr(self) -> str:
        """Units, for `print(network)`."""
        outputs, inputs = self.weight.shape
        return f"{inputs} → {outputs} units"


def by_unit(x: Float[Tensor, "n c *position"]) -> Float[Tensor, "c columns"]:
    """States as a matrix with a row per unit, and a column per pattern and position."""
    return x.transpose(0, 1).flatten(1)  # N×C×H×W → C×N×H×W → C×NHW


def from_units(
    rows: Float[Tensor, "c columns"], x: Float[Tensor, "n below *position"], flat: bool
) -> Float[Tensor, "n c *above"]:
    """The inverse of `by_unit`, with the patterns and positions of x: N×C if `flat`, else N×C×H×W."""
    if flat:
        return rows.T  # C×N → N×C
    return rows.view(-1, x.shape[0], *x.shape[2:]).transpose(0, 1)  # C×NHW → C×N×H×W → N×C×H×W
