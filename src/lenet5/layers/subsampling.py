"""Trainable sub-sampling: S2 and S4. Section II-B."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from lenet5.layers.layer import SquashedLayer

CoefficientCurvature = Literal["one_state", "tied_weights"]


class Subsampling(SquashedLayer):
    """Halves each map: four inputs are added, times a trainable coefficient, plus a trainable bias, squashed.

    Section II-B. a[n,c,y,x] = coefficient[c] · Σ_ab x[n,c,2y+a,2x+b] + bias[c], a, b ∈ {0, 1}; state f(a), eq. 5.
    Symbols: `coefficient` and `bias`, one each per map: C. Shapes: N×C×H×W → N×C×H/2×W/2, H and W even.
    `coefficient_curvature` says how eq. 25 reads the coefficient: "one_state", the sum of the four inputs is one
    state u, hence h·u²; or "tied_weights", four connections share one weight, hence h·Σx².
    `initial_coefficient` is where every coefficient begins: 1/√4 on the sum as in the authors' later code, or 1/4,
    which makes the sum the average of II-A. The paper gives no start: docs/decisions.md.
    Raises ValueError for fewer than one map, an unknown rule, and input that does not fit.
    Departs from the paper: nothing; of its two statements, "average" in II-A and "added" in II-B, it follows II-B.
    """

    def __init__(
        self,
        maps: int,
        coefficient_curvature: CoefficientCurvature = "one_state",
        initial_coefficient: float = 0.5,
    ) -> None:
        super().__init__()
        if maps < 1:
            raise ValueError(f"{maps} maps were given; a sub-sampling layer has 1 or more.")
        if coefficient_curvature not in ("one_state", "tied_weights"):
            raise ValueError(
                f"The coefficient's curvature {coefficient_curvature!r} was given; "
                "choose 'one_state' or 'tied_weights'."
            )
        self.coefficient_curvature = coefficient_curvature
        self.initial_coefficient = initial_coefficient
        self.coefficient = nn.Parameter(torch.full((maps,), initial_coefficient))
        self.bias = nn.Parameter(torch.zeros(maps))

    def total_input(self, x: Tensor) -> Tensor:
        """The maps a, N×C×H/2×W/2, from the maps x, N×C×H×W."""
        maps = len(self.coefficient)
        if x.dim() != 4 or x.shape[1] != maps or x.shape[2] % 2 or x.shape[3] % 2 or 0 in x.shape[2:]:
            raise ValueError(f"Maps of shape {tuple(x.shape)} were given; expected N×{maps}×H×W with H and W even.")
        return torch.addcmul(self.bias[:, None, None], sum_of_four(x), self.coefficient[:, None, None])

    def backpropagate(self, x: Tensor, delta: Tensor, to_input: bool = True) -> tuple[Tensor | None, ...]:
        """Each of the four inputs gets coefficient · δ; the coefficient gets δ · their sum."""
        below = repeat_over_four(delta * self.coefficient[:, None, None]) if to_input else None
        return below, (delta * sum_of_four(x)).sum((0, 2, 3)), delta.sum((0, 2, 3))

    def backpropagate_curvature(self, x: Tensor, h: Tensor) -> tuple[Tensor, ...]:
        """Eq. 25 and 27, the coefficient by the rule chosen."""
        below = repeat_over_four(h * self.coefficient.square()[:, None, None])
        u2 = sum_of_four(x).square() if self.coefficient_curvature == "one_state" else sum_of_four(x.square())
        return below, (h * u2).sum((0, 2, 3)), h.sum((0, 2, 3))

    def connections(self, height: int, width: int) -> int:
        """Each unit has four connections and its bias."""
        return len(self.coefficient) * (height // 2) * (width // 2) * 5

    def initialise(
        self,
        bound: Callable[[Tensor], Tensor],  # noqa: ARG002 for a layer whose weights are drawn
        biases: bool,  # noqa: ARG002
        generator: Generator,  # noqa: ARG002
    ) -> None:
        """Every coefficient `initial_coefficient`, every bias 0: nothing is drawn."""
        with torch.no_grad():
            self.coefficient.fill_(self.initial_coefficient)
            self.bias.zero_()

    def extra_repr(self) -> str:
        """Maps, for `print(network)`."""
        return f"{len(self.coefficient)} maps, 2×2"


def sum_of_four(x: Tensor) -> Tensor:
    """Σ_ab x[n,c,2y+a,2x+b], N×C×H/2×W/2."""
    rows = x[..., 0::2, :] + x[..., 1::2, :]
    return rows[..., 0::2] + rows[..., 1::2]


def repeat_over_four(delta: Tensor) -> Tensor:
    """Each value into the 2×2 positions that it came from, N×C×2H×2W: the transpose of `sum_of_four`."""
    n, c, height, width = delta.shape
    # In memory C×H×N×W, as a convolution wants its maps.
    out = delta.new_empty(c, height, 2, n, width, 2)
    out.copy_(delta.permute(1, 2, 0, 3)[:, :, None, :, :, None].expand_as(out))
    return out.view(c, 2 * height, n, 2 * width).permute(2, 0, 1, 3)
