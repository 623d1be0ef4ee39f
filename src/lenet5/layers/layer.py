"""What every layer can do: pass states forward, gradients backward, and curvature backward.

The network of 1998 has two kinds of layers. C1, S2, C3, S4, C5 and F6 compute a total input a, linear in the states
below and in the parameters, and squash it (eq. 5). OUTPUT's radial basis functions do neither.

    Layer          forward, connections, reset
      HiddenLayer    curvature: second derivatives in, second derivatives out
        SquashedLayer    S2, S4: states f(a)
          WeightedLayer    C1, C3, C5, F6: with weights that are drawn at random
      OutputLayer    curvature: the loss's first and second derivatives in
"""

from abc import ABC, abstractmethod
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from lenet5.layers.initial_weights import InitialWeights
from lenet5.layers.squash import squash_, squash_derivative


class Layer(nn.Module, ABC):
    """States are maps N×C×H×W or units N×C. A layer that reads units also reads maps of 1×1."""

    @abstractmethod
    def forward(self, x: Float[Tensor, "n i *below"]) -> Float[Tensor, "n o *above"]:
        """The states y of this layer, from the states x of the layer below."""

    @abstractmethod
    def connections(self, height: int, width: int) -> int:
        """The number of connections, biases included, when the layer below is height × width."""

    @torch.no_grad()
    def reset(self) -> None:
        """Set every parameter to where it begins before weights are drawn: 0."""
        for p in self.parameters():
            p.zero_()


class HiddenLayer(Layer, ABC):
    """Any layer but the last: its curvature needs only ∂²E/∂y² from above."""

    @abstractmethod
    def curvature(
        self, x: Float[Tensor, "n i *below"], y: Float[Tensor, "n o *above"], second: Float[Tensor, "n o *above"]
    ) -> tuple[Float[Tensor, "n i *below"], dict[str, Tensor]]:
        """The diagonal second derivatives one layer down, and those of the parameters.

        Args:
            x: the states below.
            y: this layer's states.
            second: ∂²E/∂y², shaped like y.

        Returns:
            ∂²E/∂x², shaped like x; and by parameter name Σ_n ∂²E^n/∂w², shaped like the parameter, the sum over
            the patterns n.
        """


class OutputLayer(Layer, ABC):
    """The last layer, whose states are the penalties y that the loss is a function of."""

    @abstractmethod
    def curvature(
        self, x: Float[Tensor, "n i *below"], first: Float[Tensor, "n o *above"], second: Float[Tensor, "n o *above"]
    ) -> Float[Tensor, "n i *below"]:
        """The diagonal second derivatives that enter the layer below.

        Args:
            x: the states below.
            first: ∂E/∂y.
            second: ∂²E/∂y².

        Returns:
            ∂²E/∂x², shaped like x.
        """


class SquashedLayer(HiddenLayer, ABC):
    """A layer with y = f(a), eq. 5: a subclass has a from x, and the derivatives at x from those at a.

    The backward passes are written out rather than left to autograd.
    Side by side they show that the curvature is the gradient with everything squared (eq. 27).
    They are the faster form, too.
    """

    def forward(self, x: Float[Tensor, "n i *below"]) -> Float[Tensor, "n o *above"]:
        """The squashed states f(a), eq. 5."""
        if torch.is_grad_enabled():
            states: Tensor = _Squashed.apply(self, x, *self._parameters.values())  # type: ignore[no-untyped-call]
            return states
        return squash_(self.total_input(x))

    @torch.no_grad()
    def curvature(
        self, x: Float[Tensor, "n i *below"], y: Float[Tensor, "n o *above"], second: Float[Tensor, "n o *above"]
    ) -> tuple[Float[Tensor, "n i *below"], dict[str, Tensor]]:
        """Eq. 25 and 27: ∂²E/∂a² = f'(a)² ∂²E/∂y², then back through the connections.

        The term ∂E/∂y f''(a) is the one that Gauss–Newton drops.
        """
        below, *parameters = self.backpropagate_curvature(x, second * squash_derivative(y).square_())
        return below, dict(zip(self._parameters, parameters, strict=True))

    @abstractmethod
    def total_input(self, x: Float[Tensor, "n i *below"]) -> Float[Tensor, "n o *above"]:
        """The total inputs a of the units, before squashing, from the states x below."""

    @abstractmethod
    def backpropagate(
        self, x: Float[Tensor, "n i *below"], delta: Float[Tensor, "n o *above"], to_input: bool = True
    ) -> tuple[Tensor | None, ...]:
        """From ∂E/∂a: ∂E/∂x (None unless `to_input`), then ∂E/∂w for each parameter in order."""

    @abstractmethod
    def backpropagate_curvature(
        self, x: Float[Tensor, "n i *below"], h: Float[Tensor, "n o *above"]
    ) -> tuple[Tensor, ...]:
        """From ∂²E/∂a²: ∂²E/∂x², then ∂²E/∂w² for each parameter in order. Eq. 25 and 27."""


class WeightedLayer(SquashedLayer, ABC):
    """A squashed layer with weights that are drawn at random before training."""

    @abstractmethod
    def draw(self, rule: InitialWeights, rng: Generator) -> None:
        """Draw the initial weights and biases by a rule of appendix A."""


@final
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
