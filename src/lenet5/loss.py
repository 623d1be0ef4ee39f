"""The losses of section II-C, eq. 8 and eq. 9, with the derivatives that start the backward passes."""

from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Float, Int
from torch import Tensor

Penalties = Float[Tensor, "n classes"]
Labels = Int[Tensor, " n"]


class Loss(ABC):
    """What the trainer and the curvature ask of a loss over the penalties y of n patterns with the labels D."""

    @abstractmethod
    def __call__(self, penalties: Penalties, labels: Labels) -> Float[Tensor, ""]:
        """E, averaged over the patterns."""

    @abstractmethod
    def derivatives(self, penalties: Penalties, labels: Labels) -> tuple[Penalties, Penalties]:
        """∂E^n/∂y_i and ∂²E^n/∂y_i² of each pattern's own loss."""


@final
class MLELoss(Loss):
    """Eq. 8: the penalty of the desired class D, averaged over the patterns.

    With trainable codes it has a trivial minimum: all codes equal, and F6 constant.
    With fixed codes this cannot happen, but nothing pushes the wrong classes away.

    *Paper:* section II-C, eq. 8: E = 1/P Σ_p y_D.
    """

    def __call__(self, penalties: Penalties, labels: Labels) -> Float[Tensor, ""]:
        """E."""
        check_labels(penalties, labels)
        return penalties.gather(1, labels[:, None]).mean()

    def derivatives(self, penalties: Penalties, labels: Labels) -> tuple[Penalties, Penalties]:
        """∂E/∂y_i = [i = D] and ∂²E/∂y_i² = 0."""
        return one_hot(penalties, labels), torch.zeros_like(penalties)


@final
class MAPLoss(Loss):
    """Eq. 9: eq. 8 plus a term that pushes the penalties of the wrong classes up.

    It is safe at any penalty: the sum is taken relative to its largest term.

    Args:
        j: the penalty of a "rubbish" class, positive; it keeps penalties that are large already from being pushed
            further.

    Raises:
        ValueError: a j that is not positive.

    *Paper:* section II-C, eq. 9: E = 1/P Σ_p [ y_D + log(e^−j + Σ_i e^−y_i) ].
    """

    def __init__(self, j: float) -> None:
        if not j > 0:
            raise ValueError(f"A rubbish-class penalty j of {j} was given; it must be positive.")
        self.j = j

    def __call__(self, penalties: Penalties, labels: Labels) -> Float[Tensor, ""]:
        """E: the mean of −log p_D."""
        check_labels(penalties, labels)
        return -self._log_posterior(penalties).gather(1, labels[:, None]).mean()

    def derivatives(self, penalties: Penalties, labels: Labels) -> tuple[Penalties, Penalties]:
        """∂E/∂y_i = [i = D] − p_i and ∂²E/∂y_i² = p_i (1 − p_i), p_i the posterior of class i."""
        p = self.posterior(penalties)[:, :-1]
        return one_hot(penalties, labels) - p, p * (1 - p)

    def posterior(self, penalties: Penalties) -> Float[Tensor, "n classes+1"]:
        """p_i = e^−y_i / (e^−j + Σ_k e^−y_k); the rubbish class, e^−j, stands last."""
        return self._log_posterior(penalties).exp()

    def _log_posterior(self, penalties: Penalties) -> Float[Tensor, "n classes+1"]:
        """Log p_i = −y_i − log(e^−j + Σ_k e^−y_k), so that eq. 9 is the mean of −log p_D."""
        rubbish = penalties.new_full((len(penalties), 1), self.j)
        return torch.log_softmax(-torch.cat([penalties, rubbish], dim=1), dim=1)


def one_hot(penalties: Penalties, labels: Labels) -> Penalties:
    """1 at each pattern's label and 0 elsewhere. Raises as `check_labels` does."""
    check_labels(penalties, labels)
    return torch.zeros_like(penalties).scatter_(1, labels[:, None], 1.0)


def check_labels(penalties: Tensor, labels: Tensor) -> None:
    """Refuse what is not N×classes penalties and, of each pattern, its label.

    Raises:
        TypeError: no tensors.
        ValueError: shapes that do not fit, or labels that are no class.
    """
    for given in (penalties, labels):
        if not isinstance(given, Tensor):
            raise TypeError(f"{type(given).__name__} was given to a loss; give tensors.")
    if penalties.dim() != 2 or labels.shape != penalties.shape[:1] or labels.dtype not in (torch.int64, torch.int32):
        raise ValueError(
            f"Penalties of shape {tuple(penalties.shape)} and labels of shape {tuple(labels.shape)}, {labels.dtype}, "
            "were given; expected N×classes, and N whole numbers."
        )
    if len(labels) == 0:
        return
    first, last = (int(bound) for bound in labels.aminmax())
    if first < 0 or last >= penalties.shape[1]:
        raise ValueError(
            f"Labels from {first} to {last} were given; {penalties.shape[1]} classes have the labels 0 to "
            f"{penalties.shape[1] - 1}."
        )
