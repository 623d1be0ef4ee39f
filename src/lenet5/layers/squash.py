"""The squashing function, eq. 5 and 6, and its derivative read off the state."""

from jaxtyping import Float
from torch import Tensor

from lenet5.paper import AMPLITUDE, SLOPE


def squash(a: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The squashing function x = f(a) = A tanh(S a).

    *Paper:* section II-B, eq. 5 and 6. A is `paper.AMPLITUDE` and S `paper.SLOPE`; appendix A has the choice of both:
    f(±1) = ±1, and |f''| is largest at ±1.
    """
    return AMPLITUDE * (SLOPE * a).tanh()


def squash_(a: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """`squash` written over the total inputs a: half the memory traffic, for a layer that has just made them.

    Autograd cannot see through it; a layer's own backward pass can, see `squash_derivative`.
    """
    return a.mul_(SLOPE).tanh_().mul_(AMPLITUDE)


def squash_derivative(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The derivative f'(a), between 0 and A S, at the total input a whose state is x = f(a).

    The state is enough; the total input need not be kept.

    *Paper:* from eq. 6: f'(a) = A S (1 − tanh²(S a)) = A S − (S/A) x².
    """
    return (x * x).mul_(-SLOPE / AMPLITUDE).add_(AMPLITUDE * SLOPE)
