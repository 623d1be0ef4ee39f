"""The squashing function, eq. 5 and 6, and its derivative read off the state."""

from torch import Tensor

from lenet5.paper import AMPLITUDE, SLOPE


def squash(a: Tensor) -> Tensor:
    """The squashing function x = f(a) = A tanh(S a).

    Section II-B, eq. 5 and 6; appendix A for the choice of A and S: f(±1) = ±1, and |f''| is largest at ±1.
    A → `paper.AMPLITUDE`, S → `paper.SLOPE`. a: total inputs of any shape; returns states of the same shape.
    """
    return AMPLITUDE * (SLOPE * a).tanh()


def squash_(a: Tensor) -> Tensor:
    """`squash` written over the total inputs a, for a layer that has just made them: half the memory traffic.

    Autograd cannot see through it; a layer's own backward pass can, see `squash_derivative`.
    """
    return a.mul_(SLOPE).tanh_().mul_(AMPLITUDE)


def squash_derivative(x: Tensor) -> Tensor:
    """The derivative f'(a) at the total input a whose state is x = f(a).

    f'(a) = A S (1 − tanh²(S a)) = A S − (S/A) x²: the state is enough, the total input need not be kept.
    x: states of any shape; returns the same shape, between 0 and A S.
    """
    return (x * x).mul_(-SLOPE / AMPLITUDE).add_(AMPLITUDE * SLOPE)
