"""Stochastic diagonal Levenberg–Marquardt, appendix C: the step, eq. 18 and 21."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, final

import torch
from torch import Tensor, nn


@final
class SDLM:
    """An optimiser: each parameter moves against its gradient at its own rate, larger where the loss is flat.

    It works on any module's trainable parameters, and like torch.optim's has `zero_grad`, `step`, `state_dict` and
    `load_state_dict`.
    `eta` may be set at any time.
    `curvature` is set before each pass from `diagonal_curvature`, and fixed during it; before the first, it is 0.
    η is meant for the gradient of one pattern. What to do with a mini-batch's is the caller's choice: `Trainer` takes
    the mean times √B.

    Args:
        network: whose trainable parameters move.
        eta: η, the global learning rate.
        mu: μ, which bounds the rates where the curvature is 0.
        frozen: layers, by name, whose parameters have rates of 0 and so stay as they are, to the bit.

    Raises:
        TypeError: no network.
        ValueError: η or μ not positive, no parameters, all of them frozen, or a curvature that does not fit.

    *Paper:* appendix C. w_k ← w_k − ε_k ∂E^p/∂w_k (18), ε_k = η / (μ + h_kk) (21).
    """

    def __init__(self, network: nn.Module, eta: float, mu: float, frozen: Collection[str] = ()) -> None:
        if not mu > 0:
            raise ValueError(f"μ = {mu} was given; it must be positive, or flat directions take endless steps.")
        self.mu = mu
        if not isinstance(network, nn.Module):
            raise TypeError(f"{type(network).__name__} was given; SDLM takes the network, whose parameters have names.")
        self._parameters = {name: p for name, p in network.named_parameters() if p.requires_grad}
        if not self._parameters:
            raise ValueError("A network without trainable parameters was given; SDLM needs some to move.")
        self._frozen = {name for name in self._parameters if name.split(".")[0] in frozen}
        if len(self._frozen) == len(self._parameters):
            raise ValueError("Every layer was frozen; leave one at least to be trained.")
        self._curvature = {name: torch.zeros_like(p) for name, p in self._parameters.items()}
        self.eta = eta

    @property
    def eta(self) -> float:
        """The global learning rate η."""
        return self._eta

    @eta.setter
    def eta(self, eta: float) -> None:
        if not eta > 0:
            raise ValueError(f"η = {eta} was given; it must be positive.")
        self._eta = eta
        self._rates = [
            torch.zeros_like(h) if name in self._frozen else effective_rate(eta, self.mu, h)
            for name, h in self._curvature.items()
        ]

    @property
    def curvature(self) -> dict[str, Tensor]:
        """h_kk by parameter name. Setting it takes a copy and changes the rates."""
        return self._curvature

    @curvature.setter
    def curvature(self, curvature: Mapping[str, Tensor]) -> None:
        wanted = {name: tuple(p.shape) for name, p in self._parameters.items()}
        given = {name: tuple(h.shape) for name, h in curvature.items()}
        if given != wanted:
            raise ValueError(f"A curvature of {given} was given; the network's parameters are {wanted}.")
        if not all(bool((h >= 0).all()) for h in curvature.values()):
            raise ValueError("A curvature with values below 0 or NaN was given; a Gauss–Newton diagonal has none.")
        self._curvature = {name: curvature[name].detach().to(p).clone() for name, p in self._parameters.items()}
        self.eta = self._eta

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self._parameters.values():
            p.grad = None

    def step(self) -> None:
        """Eq. 18 on every parameter that has a gradient."""
        parameters = list(self._parameters.values())
        sdlm_step(parameters, [p.grad for p in parameters], self._rates)

    def rates(self) -> dict[str, Tensor]:
        """The effective rates ε_k (21) by parameter name."""
        return dict(zip(self._parameters, self._rates, strict=True))

    def rate_range(self) -> tuple[float, float]:
        """The smallest and largest effective rate of what is not frozen, as section III-B reports them."""
        trained = [rate for name, rate in self.rates().items() if name not in self._frozen]
        return min(float(e.min()) for e in trained), max(float(e.max()) for e in trained)

    def state_dict(self) -> dict[str, Any]:
        """η, μ and the curvature: all that the next step depends on besides the network."""
        return {
            "eta": self._eta,
            "mu": self.mu,
            "curvature": {k: h.clone() for k, h in self._curvature.items()},
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave.

        Raises:
            ValueError: it belongs to another network.
        """
        self.mu = state["mu"]
        self._eta = state["eta"]
        self.curvature = state["curvature"]


def effective_rate(eta: float, mu: float, h: Tensor) -> Tensor:
    """Eq. 21: ε_k = η / (μ + h_kk)."""
    return eta / (mu + h)


@torch.no_grad()
def sdlm_step(parameters: Sequence[Tensor], gradients: Sequence[Tensor | None], rates: Sequence[Tensor]) -> None:
    """Eq. 18, in place: w_k ← w_k − ε_k ∂E/∂w_k; a parameter without gradient stays."""
    for w, gradient, rate in zip(parameters, gradients, rates, strict=True):
        if gradient is not None:
            w.addcmul_(rate, gradient, value=-1)
