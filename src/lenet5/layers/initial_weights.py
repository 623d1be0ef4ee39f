"""The readings of appendix A's rule for the initial weights, by name.

Appendix A: "initialised with random values using a uniform distribution between −2.4/F_i and 2.4/F_i where F_i is
the fan-in of the unit"; the authors' later code and another paper of theirs have two others. Which one learns, and
which best: docs/decisions.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from torch import Tensor

from lenet5.paper import INITIAL_RANGE


@dataclass(frozen=True)
class InitialWeights:
    """A reading of the rule: weights uniform in ±bound(F), F the fan-in; biases likewise, or 0.

    The fan-in counts the inputs of a unit without its bias. Sub-sampling starts the same in every reading, see
    `Subsampling.initialise`.
    """

    bound: Callable[[Tensor], Tensor]
    biases: bool


INITIAL_WEIGHTS: Final = {
    # As printed. A bias is a weight from a constant input, so the rule covers it.
    "fan_in": InitialWeights(bound=lambda fan_in: INITIAL_RANGE / fan_in, biases=True),
    # As in the authors' later code: ±1/√F, biases 0.
    "sqrt_fan_in": InitialWeights(bound=lambda fan_in: fan_in.rsqrt(), biases=False),
    # A standard deviation of 1/√F, which makes total inputs of variance 1 of states of variance 1: Y. LeCun, L. Bottou,
    # G. Orr, K.-R. Müller, "Efficient BackProp", 1998, section 4.6. A uniform distribution has it at ±√3/√F.
    "unit_variance": InitialWeights(bound=lambda fan_in: math.sqrt(3) * fan_in.rsqrt(), biases=False),
}
