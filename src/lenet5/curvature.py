"""The diagonal of the Gauss–Newton Hessian, appendix C, eq. 22 to 27."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lenet5.layers.layer import HiddenLayer, OutputLayer
from lenet5.loss import Loss
from lenet5.network import Network


@torch.no_grad()
def diagonal_curvature(
    network: Network, loss: Loss, images: Float[Tensor, "n ..."], labels: Int[Tensor, " n"]
) -> dict[str, Tensor]:
    """h_kk of every parameter, averaged over the patterns.

    Args:
        network: whose parameters.
        loss: gives ∂E/∂y and ∂²E/∂y² at the output. With `MLELoss` RBF units send the constant 2s to F6, as in the
            authors' later code; with `MAPLoss` the exact term of eq. 9, which vanishes as the posterior saturates.
        images: the patterns in one batch, N×1×32×32; the paper takes 500.
        labels: of the patterns.

    Returns:
        By parameter name a tensor shaped like the parameter, never below 0.

    Raises:
        ValueError: no patterns, or an output layer that does not stand last.

    *Paper:* appendix C. Off-diagonal terms are dropped (22). A shared weight sums over its connections (23). The
    patterns are averaged (24). A weight has h_w = h_a x² (25), and states have h_x = Σ w² h_a, then
    h_a = f'(a)² h_x: the backward pass of a gradient with everything squared (27).
    """
    if len(images) == 0:
        raise ValueError("No patterns were given; the curvature is an average over at least one.")
    states = network.states(images)
    first, second = loss.derivatives(next(reversed(states.values())), labels)  # N×classes each
    summed = _backward(network, images, states, first, second)
    return {name: h / len(images) for name, h in summed.items()}


@torch.no_grad()
def curvature_from_outputs(
    network: Network,
    images: Float[Tensor, "n ..."],
    first: Float[Tensor, "n classes"],
    second: Float[Tensor, "n classes"],
) -> dict[str, Tensor]:
    """h_kk of every parameter, summed over patterns whose loss has these derivatives by the penalties.

    Args:
        network: whose parameters.
        images: the patterns in one batch.
        first: ∂E/∂y of each.
        second: ∂²E/∂y² of each.

    Raises:
        ValueError: an output layer that does not stand last.
    """
    return _backward(network, images, network.states(images), first, second)


def _backward(
    network: Network, images: Tensor, of_layers: Mapping[str, Tensor], first: Tensor, second: Tensor
) -> dict[str, Tensor]:
    """The backward pass of `curvature_from_outputs`, from the states of every layer."""
    layers = list(network.layers())
    states = [images, *of_layers.values()]  # below each layer, and the last one's own
    y = states.pop()
    h = second
    if isinstance(output := layers[-1][1], OutputLayer):
        layers.pop()
        y = states.pop()
        h = output.curvature(y, first, h)  # shaped like the states below, as everywhere from here on
    curvature: dict[str, Tensor] = {}
    for name, layer in reversed(layers):
        if not isinstance(layer, HiddenLayer):
            raise ValueError(f"{name} has layers above it; the curvature of RBF units needs ∂E/∂y: they stand last.")
        x = states.pop()
        h, of_parameters = layer.curvature(x, y, h)
        curvature |= {f"{name}.{parameter}": h_w for parameter, h_w in of_parameters.items()}
        y = x
    return {name: curvature[name] for name, _ in network.named_parameters()}
