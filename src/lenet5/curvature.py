"""The diagonal of the Gauss–Newton Hessian, appendix C, eq. 22 to 27."""

import torch
from torch import Tensor

from lenet5.loss import Loss
from lenet5.network import Network


@torch.no_grad()
def diagonal_curvature(network: Network, loss: Loss, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """h_kk of every parameter, averaged over the patterns.

    Appendix C: off-diagonal terms are dropped (22), a shared weight sums over its connections (23), the patterns
    are averaged (24), each weight's h is that of its unit's total input times the squared state (25), and those of
    the total inputs go backward like a gradient with everything squared (27).
    images: N×1×32×32, the 500 patterns in one batch; labels: N. Returns a tensor shaped like the parameter under
    each parameter's name, never below 0. Raises ValueError for an empty set.
    `loss` gives ∂E/∂y and ∂²E/∂y² at the output: with `MLELoss` RBF units send the constant 2s to F6, as the
    authors' later code does; with `MAPLoss` the exact term of eq. 9, which vanishes as the posterior saturates.
    """
    if len(images) == 0:
        raise ValueError("No patterns were given; the curvature is an average over at least one.")
    states = network.states(images)
    below = [images, *list(states.values())[:-1]]
    first: Tensor | None
    first, second = loss.derivatives(next(reversed(states.values())), labels)
    curvature: dict[str, Tensor] = {}
    for x, (name, y) in zip(reversed(below), reversed(states.items()), strict=True):
        second, of_parameters = network.get_submodule(name).curvature(x, y, first, second)  # type: ignore[operator]
        first = None
        curvature |= {f"{name}.{parameter}": h / len(images) for parameter, h in of_parameters.items()}
    return {name: curvature[name] for name, _ in network.named_parameters()}
