"""Full connection: F6. Section II-B."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from lenet5.layers.layer import SquashedLayer


class FullConnection(SquashedLayer):
    """Each unit reads every unit below: dot product of input vector and weight vector, plus a bias, squashed.

    Section II-B. a[n,o] = bias[o] + Σ_i weight[o,i] · x[n,i]; state f(a), eq. 5.
    Symbols: `weight`, O×I; `bias`, O. Shapes: units N×I, or maps of 1×1, N×I×1×1 → units N×O; larger maps are
    read position by position: N×I×H×W → N×O×H×W.
    Raises ValueError for sizes below 1 and input that does not fit. Departs from the paper: nothing.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        if inputs < 1 or outputs < 1:
            raise ValueError(f"{inputs} inputs and {outputs} outputs were given; both must be 1 or more.")
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def total_input(self, x: Tensor) -> Tensor:
        """The total inputs a, N×O (or N×O×H×W), from the states x, N×I (or N×I×H×W)."""
        _outputs, inputs = self.weight.shape
        if x.dim() not in (2, 4) or x.shape[1] != inputs:
            raise ValueError(f"States of shape {tuple(x.shape)} were given; expected N×{inputs} or N×{inputs}×H×W.")
        a = torch.addmm(self.bias[:, None], self.weight, by_unit(x))
        return from_units(a, x, flat=x.shape[2:] in ((), (1, 1)))

    def backpropagate(self, x: Tensor, delta: Tensor, to_input: bool = True) -> tuple[Tensor | None, ...]:
        """The transposed product towards x; the outer product of δ and x towards the weights."""
        d = by_unit(delta)
        below = from_units(self.weight.T @ d, x, flat=x.dim() == 2) if to_input else None
        return below, d @ by_unit(x).T, d.sum(1)

    def backpropagate_curvature(self, x: Tensor, h: Tensor) -> tuple[Tensor, ...]:
        """Eq. 25 and 27: the gradient's pass with states and weights squared."""
        d = by_unit(h)
        below = from_units(self.weight.square().T @ d, x, flat=x.dim() == 2)
        return below, d @ by_unit(x).square().T, d.sum(1)

    def connections(self, height: int, width: int) -> int:
        """A connection per weight and bias, at each position of the layer below."""
        return height * width * (self.weight.numel() + self.bias.numel())

    def initialise(self, bound: Callable[[Tensor], Tensor], biases: bool, generator: Generator) -> None:
        """Weights uniform in ±bound(F), F the inputs; see `initial_weights`."""
        limit = bound(self.weight.new_tensor(self.weight.shape[1]))
        with torch.no_grad():
            self.weight.uniform_(-1, 1, generator=generator).mul_(limit)
            self.bias.zero_()
            if biases:
                self.bias.uniform_(-1, 1, generator=generator).mul_(limit)

    def extra_repr(self) -> str:
        """Units, for `print(network)`."""
        outputs, inputs = self.weight.shape
        return f"{inputs} → {outputs} units"


def by_unit(x: Tensor) -> Tensor:
    """States N×C or N×C×H×W as a matrix with a row per unit: C × (N·H·W)."""
    return x.transpose(0, 1).flatten(1)


def from_units(rows: Tensor, x: Tensor, flat: bool) -> Tensor:
    """The inverse of `by_unit`, with the patterns and positions of x: N×C if `flat`, else N×C×H×W."""
    return rows.T if flat else rows.view(-1, x.shape[0], *x.shape[2:]).transpose(0, 1)
