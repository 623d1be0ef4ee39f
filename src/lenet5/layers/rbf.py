"""Euclidean radial basis functions: OUTPUT. Section II-B, eq. 7."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from lenet5.layers.layer import OutputLayer


@final
class EuclideanRBF(OutputLayer):
    """The output units: the squared distance between the states of F6 and each class's code.

    The penalty of class i is y[n,i]; the answer is the class with the smallest.
    Units N×J, or maps of 1×1, become N×classes; larger maps N×J×H×W become N×classes×H×W.

    Args:
        codes: w, classes×J, fixed, ±1 (see `bitmaps`).
        scale: s = 1/(2σ²): y is the negative logarithm of a Gaussian of variance σ², without its constant.

    Raises:
        ValueError: a scale that is not positive, or input that does not fit.

    *Paper:* section II-B, eq. 7: y[n,i] = s Σ_j (x[n,j] − w[i,j])².
    *Departs:* the scale s, which the paper does not have; s = 1 is eq. 7 as printed.
    """

    codes: Tensor

    def __init__(self, codes: Float[Tensor, "classes j"], scale: float = 1.0) -> None:
        super().__init__()
        if not scale > 0:
            raise ValueError(f"An RBF scale of {scale} was given; it must be positive.")
        self.register_buffer("codes", codes.to(torch.get_default_dtype()), persistent=False)
        self.scale = scale

    def forward(self, x: Float[Tensor, "n j *position"]) -> Float[Tensor, "n classes *above"]:
        """The penalties y, eq. 7."""
        if x.dim() not in (2, 4) or x.shape[1] != self.codes.shape[1]:
            units = self.codes.shape[1]
            raise ValueError(f"States of shape {tuple(x.shape)} were given; expected N×{units} or N×{units}×H×W.")
        return self.scale * self._differences(x).square().sum(2)

    def curvature(
        self,
        x: Float[Tensor, "n j *position"],
        first: Float[Tensor, "n classes *above"],
        second: Float[Tensor, "n classes *above"],
    ) -> Float[Tensor, "n j *position"]:
        """What enters F6: ∂²E/∂x_j² = Σ_i [ ∂²E/∂y_i² (2s(x_j − w_ij))² + ∂E/∂y_i 2s ], never below 0.

        Gauss–Newton drops such second terms in the hidden layers. This one stays, because y is quadratic in x: its
        curvature is 2s even where y is near 0.
        With eq. 8, where ∂E/∂y is 1 for the desired class, the second term is all there is: the constant 2s.
        """
        slope = 2 * self.scale * self._differences(x)  # N×classes×J
        h = (second.unsqueeze(2) * slope.square()).sum(1) + 2 * self.scale * first.sum(1, keepdim=True)  # N×J
        return h.clamp_(min=0).view_as(x)

    def connections(self, height: int, width: int) -> int:
        """A connection per centre, at each position of the layer below."""
        return height * width * self.codes.numel()

    def extra_repr(self) -> str:
        """Units, codes and scale, for `print(network)`."""
        classes, units = self.codes.shape
        return f"{units} → {classes} units, s = {self.scale:g}"

    def _differences(self, x: Tensor) -> Tensor:
        """x[n,j] − w[i,j], N×classes×J (or N×classes×J×H×W)."""
        if x.shape[2:] in ((), (1, 1)):
            return x.flatten(1).unsqueeze(1) - self.codes  # N×1×J − classes×J → N×classes×J
        return x.unsqueeze(1) - self.codes[:, :, None, None]  # N×1×J×H×W − classes×J×1×1 → N×classes×J×H×W
