"""Trainable sub-sampling: S2 and S4. Section II-B."""

from typing import Literal, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lenet5.layers.layer import SquashedLayer

CoefficientCurvature = Literal["one_state", "tied_weights"]


@final
class Subsampling(SquashedLayer):
    """Halves each map: four inputs are added, times a trainable coefficient, plus a trainable bias, squashed.

    `coefficient` and `bias` are C numbers each, one per map.
    Maps N×C×H×W become N×C×H/2×W/2; H and W are even.

    Args:
        maps: C, the number of maps.
        coefficient_curvature: how eq. 25 sees the coefficient. "one_state": the sum of the four inputs is one state u,
            hence h·u². "tied_weights": four connections share one weight, hence h·Σx².
        initial_coefficient: where every coefficient begins. 1/√4, as in the authors' later code; 1/4 makes the sum
            the average of II-A. The paper gives no start: docs/decisions.md.

    Raises:
        ValueError: fewer than one map, an unknown rule, or input that does not fit.

    *Paper:* section II-B: a[n,c,y,x] = coefficient[c] · Σ_ab x[n,c,2y+a,2x+b] + bias[c], a, b ∈ {0, 1}; state f(a),
    eq. 5. II-A says "average" and II-B "added"; this is II-B.
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

    def total_input(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h//2 w//2"]:
        """The maps a from the maps x."""
        maps = len(self.coefficient)
        if x.dim() != 4 or x.shape[1] != maps or x.shape[2] % 2 or x.shape[3] % 2 or 0 in x.shape[2:]:
            raise ValueError(f"Maps of shape {tuple(x.shape)} were given; expected N×{maps}×H×W with H and W even.")
        return torch.addcmul(self.bias[:, None, None], sum_of_four(x), self.coefficient[:, None, None])

    def backpropagate(
        self, x: Float[Tensor, "n c h w"], delta: Float[Tensor, "n c h//2 w//2"], to_input: bool = True
    ) -> tuple[Float[Tensor, "n c h w"] | None, Float[Tensor, " c"], Float[Tensor, " c"]]:
        """Each of the four inputs gets coefficient · δ; the coefficient gets δ · their sum."""
        below = repeat_over_four(delta * self.coefficient[:, None, None]) if to_input else None
        return below, (delta * sum_of_four(x)).sum((0, 2, 3)), delta.sum((0, 2, 3))

    def backpropagate_curvature(
        self, x: Float[Tensor, "n c h w"], h: Float[Tensor, "n c h//2 w//2"]
    ) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, " c"], Float[Tensor, " c"]]:
        """Eq. 25 and 27, the coefficient by the rule chosen."""
        below = repeat_over_four(h * self.coefficient.square()[:, None, None])
        u2 = sum_of_four(x).square() if self.coefficient_curvature == "one_state" else sum_of_four(x.square())
        return below, (h * u2).sum((0, 2, 3)), h.sum((0, 2, 3))

    def connections(self, height: int, width: int) -> int:
        """Each unit has four connections and its bias."""
        return len(self.coefficient) * (height // 2) * (width // 2) * 5

    @torch.no_grad()
    def reset(self) -> None:
        """Set every coefficient to `initial_coefficient` and every bias to 0: nothing is drawn."""
        self.coefficient.fill_(self.initial_coefficient)
        self.bias.zero_()

    def extra_repr(self) -> str:
        """Maps, for `print(network)`."""
        return f"{len(self.coefficient)} maps, 2×2"


def sum_of_four(x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h//2 w//2"]:
    """Σ_ab x[n,c,2y+a,2x+b]."""
    rows = x[..., 0::2, :] + x[..., 1::2, :]  # N×C×H/2×W
    return rows[..., 0::2] + rows[..., 1::2]  # N×C×H/2×W/2


def repeat_over_four(delta: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c 2*h 2*w"]:
    """Copies each value to the 2×2 positions that were summed into it: the transpose of `sum_of_four`."""
    n, c, height, width = delta.shape
    # In memory C×H×N×W, as a convolution wants its maps.
    out = delta.new_empty(c, height, 2, n, width, 2)  # C×H×2×N×W×2
    out.copy_(delta.permute(1, 2, 0, 3)[:, :, None, :, :, None].expand_as(out))  # C×H×1×N×W×1 → C×H×2×N×W×2
    return out.view(c, 2 * height, n, 2 * width).permute(2, 0, 1, 3)  # C×2H×N×2W → N×C×2H×2W
