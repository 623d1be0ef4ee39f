"""What every layer can do: pass states forward, gradients backward, and curvature backward.

The network of 1998 has two kinds of layers. C1, S2, C3, S4, C5 and F6 compute a total input a, linear in the
states below and in the parameters, and squash it (eq. 5); OUTPUT's radial basis functions do neither.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor, nn

from lenet5.layers.squash import squash_, squash_derivative


class Layer(nn.Module, ABC):
    """A layer of units. Maps are N×C×H×W, units N×C; a layer of units takes maps of 1×1 too."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """The states y of this layer, from the states x of the layer below."""

    @abstractmethod
    def curvature(self, x: Tensor, y: Tensor, first: Tensor | None, second: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The diagonal second derivatives one layer down, and those of the parameters.

        x: the states below; y: this layer's states; first: ∂E/∂y, known for the last layer only;
        second: ∂²E/∂y², shaped like y. Returns ∂²E/∂x², shaped like x, and by parameter name
        Σ_n ∂²E^n/∂w², shaped like the parameter: summed over the patterns n.
        """

    @abstractmethod
    def connections(self, height: int, width: int) -> int:
        """The number of connections, biases included, when the layer below is height × width."""

    @abstractmethod
    def initialise(self, bound: Callable[[Tensor], Tensor], biases: bool, generator: Generator) -> None:
        """Draw the initial weights; see `initial_weights`. Without trainable parameters: nothing."""


class SquashedLayer(Layer):
    """A layer with x = f(a), eq. 5: a subclass says how a follows from x, and back.

    The backward passes are written out rather than left to autograd: side by side they show that the curvature
    is the gradient with everything squared (eq. 27), and they are the faster form.
    """

    def forward(self, x: Tensor) -> Tensor:
        """The squashed states f(a), eq. 5."""
        if torch.is_grad_enabled():
            states: Tensor = _Squashed.apply(self, x, *self._parameters.values())  # type: ignore[no-untyped-call]
            return states
        return squash_(self.total_input(x))

    @torch.no_grad()
    def curvature(
        self,
        x: Tensor,
        y: Tensor,
        first: Tensor | None,  # noqa: ARG002 the term ∂E/∂x f'' is the one that Gauss–Newton drops
        second: Tensor,
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Eq. 25 and 27: ∂²E/∂a² = f'(a)² ∂²E/∂y², then back through the connections. See `Layer.curvature`."""
        below, *parameters = self.backpropagate_curvature(x, second * squash_derivative(y).square_())
        return below, dict(zip(self._parameters, parameters, strict=True))

    @abstractmethod
    def total_input(self, x: Tensor) -> Tensor:
        """The total inputs a of the units, before squashing, from the states x below."""

    @abstractmethod
    def backpropagate(self, x: Tensor, delta: Tensor, to_input: bool = True) -> tuple[Tensor | None, ...]:
        """From ∂E/∂a: ∂E/∂x (None unless `to_input`), then ∂E/∂w for each parameter in order."""

    @abstractmethod
    def backpropagate_curvature(self, x: Tensor, h: Tensor) -> tuple[Tensor, ...]:
        """From ∂²E/∂a²: ∂²E/∂x², then ∂²E/∂w² for each parameter in order. Eq. 25 and 27."""


class _Squashed(torch.autograd.Function):
    """One node of the autograd graph for one layer: the total input and its squashing together."""

    @staticmethod
    def forward(ctx: Any, layer: SquashedLayer, x: Tensor, *_: Tensor) -> Tensor:
        y = squash_(layer.total_input(x))
        ctx.layer = layer
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        x, y = ctx.saved_tensors
        delta = squash_derivative(y).mul_(outer[0])
        return None, *ctx.layer.backpropagate(x, delta, to_input=ctx.needs_input_grad[1])
