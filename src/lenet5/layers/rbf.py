"""Euclidean radial basis functions: OUTPUT. Section II-B, eq. 7."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from lenet5.layers.layer import Layer


class EuclideanRBF(Layer):
    """The output units: the squared distance between the states of F6 and each class's code.

    Section II-B, eq. 7: y[n,i] = s Σ_j (x[n,j] − w[i,j])², the penalty of class i; the answer is the smallest.
    Symbols: w → `codes`, fixed, classes × units, ±1 (`bitmaps`); s → `scale` = 1/(2σ²), the inverse width of
    the Gaussian whose unnormalised negative log-likelihood the penalty is.
    Shapes: units N×J → N×classes; maps N×J×H×W → N×classes×H×W.
    Raises ValueError for a scale that is not positive and input that does not fit.
    Departs from the paper: the scale; s = 1 is eq. 7 as printed.
    """

    codes: Tensor

    def __init__(self, codes: Tensor, scale: float = 1.0) -> None:
        super().__init__()
        if not scale > 0:
            raise ValueError(f"An RBF scale of {scale} was given; it must be positive.")
        self.register_buffer("codes", codes.to(torch.get_default_dtype()), persistent=False)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """The penalties y, eq. 7, N×classes (or N×classes×H×W)."""
        if x.dim() not in (2, 4) or x.shape[1] != self.codes.shape[1]:
            units = self.codes.shape[1]
            raise ValueError(f"States of shape {tuple(x.shape)} were given; expected N×{units} or N×{units}×H×W.")
        return self.scale * self._differences(x).square().sum(2)

    def curvature(
        self,
        x: Tensor,
        y: Tensor,  # noqa: ARG002 the differences x − w say more than the penalties
        first: Tensor | None,
        second: Tensor,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What enters F6: ∂²E/∂x_j² = Σ_i [ ∂²E/∂y_i² (2s(x_j − w_ij))² + ∂E/∂y_i 2s ], never below 0.

        The second term is not Gauss–Newton's to drop: a penalty is curved in x however small its residual, and
        with eq. 8, where ∂E/∂y is 1 for the desired class, the constant 2s is all there is. See `Layer.curvature`.
        Raises ValueError without ∂E/∂y.
        """
        if first is None:
            raise ValueError("The curvature of RBF units needs ∂E/∂y; they stand last in a network.")
        slope = 2 * self.scale * self._differences(x)
        h = (second.unsqueeze(2) * slope.square()).sum(1) + 2 * self.scale * first.sum(1, keepdim=True)
        return h.clamp_(min=0), {}

    def connections(self, height: int, width: int) -> int:
        """A connection per centre, at each position of the layer below."""
        return height * width * self.codes.numel()

    def initialise(self, bound: Callable[[Tensor], Tensor], biases: bool, generator: Generator) -> None:
        """Nothing to draw: the centres are fixed."""

    def extra_repr(self) -> str:
        """Units, codes and scale, for `print(network)`."""
        classes, units = self.codes.shape
        return f"{units} → {classes} units, s = {self.scale:g}"

    def _differences(self, x: Tensor) -> Tensor:
        """x[n,j] − w[i,j], N×classes×J (or N×classes×J×H×W)."""
        codes = self.codes if x.dim() == 2 else self.codes[:, :, None, None]
        return x.unsqueeze(1) - codes
