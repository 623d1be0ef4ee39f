"""LeNet-5, section II-B and figure 2."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from lenet5 import bitmaps, paper
from lenet5.layers.connections import full, table_i
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.initial_weights import INITIAL_WEIGHTS
from lenet5.layers.layer import Layer, WeightedLayer
from lenet5.layers.rbf import EuclideanRBF
from lenet5.layers.subsampling import CoefficientCurvature, Subsampling
from lenet5.tools.rng import generator


class Network(nn.Module):
    """Layers by name, in order; the input is the first layer's, the output the last one's.

    `Network(C1=Convolution(…), S2=Subsampling(…), …)`. A layer is an attribute of its name, and its parameters are
    named after it: `C1.weight`.
    A layer comes with weights of 0, from which nothing is learnt: the network draws them, by the rule "sqrt_fan_in"
    and seed 1; `initialise` draws others.
    A layer that has weights, of another network or set by hand, keeps them.

    Raises:
        TypeError: what is no layer.
    """

    def __init__(self, **layers: Layer) -> None:
        super().__init__()
        for name, layer in layers.items():
            if not isinstance(layer, Layer):
                raise TypeError(
                    f"{name} = {type(layer).__name__} was given; a network is made of layers that follow "
                    "lenet5.layers.layer.Layer, such as Convolution."
                )
            self.add_module(name, layer)
        new = [layer for layer in layers.values() if not any(bool(p.any()) for p in layer.parameters())]
        _draw(new, "sqrt_fan_in", seed=1)

    def layers(self) -> Iterator[tuple[str, Layer]]:
        """The layers with their names, from the input to the output."""
        yield from self.named_children()  # type: ignore[misc]  # only layers are ever added

    def forward(self, images: Tensor) -> Tensor:
        """The last layer's states, from N×C×H×W images."""
        x = images
        for _, layer in self.layers():
            x = layer(x)
        return x

    def states(self, images: Tensor) -> OrderedDict[str, Tensor]:
        """Every layer's states by its name, in order, from N×C×H×W images."""
        states = OrderedDict[str, Tensor]()
        x = images
        for name, layer in self.layers():
            x = states[name] = layer(x)
        return states

    def initialise(self, variant: str, seed: int) -> None:
        """Draw the initial weights afresh; the same seed gives the same weights.

        Args:
            variant: of appendix A's rule, a name in `INITIAL_WEIGHTS`.
            seed: of the draws.

        Raises:
            ValueError: an unknown variant; the sentence names those there are.
        """
        if variant not in INITIAL_WEIGHTS:
            raise ValueError(f"The initial weights {variant!r} were given; choose one of {', '.join(INITIAL_WEIGHTS)}.")
        _draw([layer for _, layer in self.layers()], variant, seed)


def _draw(layers: Iterable[Layer], variant: str, seed: int) -> None:
    """Draw the initial weights of layers, in their order, from one generator."""
    rng = generator(seed, "initial weights")
    for layer in layers:
        layer.reset()
        if isinstance(layer, WeightedLayer):
            layer.draw(INITIAL_WEIGHTS[variant], rng)


@final
class LeNet5(Network):
    """LeNet-5: 60,000 trainable parameters, 340,908 connections.

    Called on N×1×32×32 images (background −0.1, foreground 1.175) it gives N×10 penalties; the smallest is the answer.
    A larger image gives N×10×H×W: a set of penalties for each position of C5.

    Args:
        scale: s of the RBF units.
        table: the wiring of C3; None for Table I.
        coefficient_curvature: see `Subsampling`.
        initial_coefficient: see `Subsampling`.
        initial_weights: see `Network.initialise`.
        seed: see `Network.initialise`.
        blank: an eleventh class, of what is no digit: the blank space, whose code is an empty drawing. It adds no
            parameter.

    *Paper:* section II-B, figure 2; section VII-B for the blank space class.
    """

    def __init__(
        self,
        scale: float = 1.0,
        *,
        table: Tensor | None = None,
        coefficient_curvature: CoefficientCurvature = "one_state",
        initial_coefficient: float = 0.5,
        initial_weights: str = "sqrt_fan_in",
        seed: int = 1,
        blank: bool = False,
    ) -> None:
        super().__init__(  #                                                           input   1×32×32
            C1=Convolution(full(1, 6), kernel_size=5),  #                                      6×28×28
            S2=Subsampling(6, coefficient_curvature, initial_coefficient),  #                  6×14×14
            C3=Convolution(table_i() if table is None else table, kernel_size=5),  #          16×10×10
            S4=Subsampling(16, coefficient_curvature, initial_coefficient),  #                16×5×5
            C5=Convolution(full(16, 120), kernel_size=5),  #                                 120×1×1
            F6=FullConnection(120, 84),  #                                                    84
            OUTPUT=EuclideanRBF(bitmaps.codes(blank=blank), scale),  #                        10, or 11 with the blank
        )
        self.initialise(initial_weights, seed)


def answer(penalties: Tensor) -> Tensor:
    """The class with the smallest penalty, N×classes → N.

    *Paper:* section II-B.
    """
    return penalties.argmin(dim=1)


class LayerSummary(NamedTuple):
    """What section II-B prints of a layer.

    Attributes:
        name: C1, S2 and so on.
        size: maps × height × width.
        parameters: how many are trainable.
        connections: how many, biases included.
    """

    name: str
    size: tuple[int, int, int]
    parameters: int
    connections: int


def summary(network: Network, size: int = paper.INPUT_SIZE) -> list[LayerSummary]:
    """What section II-B prints of each layer, counted on the network itself, for an input of size×size."""
    rows = []
    height = width = size
    device = next(network.parameters()).device
    with torch.no_grad():
        states = network.states(torch.zeros(1, 1, size, size, device=device))
    for name, layer in network.layers():
        connections = layer.connections(height, width)
        maps, height, width = (*states[name].shape[1:], 1, 1)[:3]
        parameters = sum(p.numel() for p in layer.parameters())
        rows.append(LayerSummary(name, (maps, height, width), parameters, connections))
    return rows
