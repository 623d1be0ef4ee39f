"""Appendix A's rule for the initial weights, and its variants, by name.

Appendix A: "initialised with random values using a uniform distribution between −2.4/F_i and 2.4/F_i where F_i is
the fan-in of the unit". The authors' later code and another paper of theirs have two other rules. docs/decisions.md
tells which of them learn, and which learns best.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from lenet5.paper import INITIAL_RANGE


@final
@dataclass(frozen=True)
class InitialWeights:
    """A rule: weights uniform in ±bound(F), F the fan-in of the unit; biases likewise, or 0.

    The fan-in counts the inputs of a unit without its bias.
    Sub-sampling has no such weights: it begins the same whatever the rule, see `Subsampling.reset`.

    Attributes:
        bound: from F to the largest weight.
        biases: whether biases are drawn too; else they are 0.

    *Paper:* appendix A.
    """

    bound: Callable[[Tensor], Tensor]
    biases: bool

    @torch.no_grad()
    def draw_weights(self, weight: Float[Tensor, "k ..."], fan_in: Float[Tensor, "..."], rng: Generator) -> None:
        """Draw weights in place; `fan_in` broadcasts to them."""
        weight.uniform_(-1, 1, generator=rng).mul_(self.bound(fan_in))

    @torch.no_grad()
    def draw_biases(self, bias: Float[Tensor, " o"], fan_in: Float[Tensor, "..."], rng: Generator) -> None:
        """Draw biases in place, or set them to 0; `fan_in` broadcasts to them."""
        if self.biases:
            bias.uniform_(-1, 1, generator=rng).mul_(self.bound(fan_in))
        else:
            bias.zero_()


INITIAL_WEIGHTS: Final = {
    # As printed. A bias is a weight from a constant input, so the rule covers it.
    "fan_in": InitialWeights(bound=lambda fan_in: INITIAL_RANGE / fan_in, biases=True),
    # As in the authors' later code: ±1/√F, biases 0.
    "sqrt_fan_in": InitialWeights(bound=lambda fan_in: fan_in.rsqrt(), biases=False),
    # A standard deviation of 1/√F, which makes total inputs of variance 1 of states of variance 1: Y. LeCun, L. Bottou,
    # G. Orr, K.-R. Müller, "Efficient BackProp", 1998, section 4.6. A uniform distribution has it at ±√3/√F.
    "unit_variance": InitialWeights(bound=lambda fan_in: math.sqrt(3) * fan_in.rsqrt(), biases=False),
}
