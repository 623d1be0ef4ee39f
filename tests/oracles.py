"""Slow and obvious, and used nowhere else: what the fast code must equal.

Nested loops follow the printed formula index by index; the Jacobian oracle follows appendix C's definition of the
curvature connection by connection. Everything is float64.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def dense_kernels(table: Tensor, weight: Tensor) -> Tensor:
    """The kernels of a sparse table in an O×I×k×k array, zeros where nothing is connected."""
    inputs, outputs = table.shape
    dense = torch.zeros(outputs, inputs, *weight.shape[1:], dtype=weight.dtype)
    kernel = 0
    for o in range(outputs):
        for i in range(inputs):
            if table[i, o]:
                dense[o, i] = weight[kernel]
                kernel += 1
    return dense


def convolve(x: Tensor, table: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """a[n,o,y,x] = bias[o] + Σ_{i→o} Σ_ab weight[(i→o),a,b] x[n,i,y+a,x+b], one multiplication at a time."""
    patterns, inputs, height, width = x.shape
    outputs, k = table.shape[1], weight.shape[-1]
    a = torch.zeros(patterns, outputs, height - k + 1, width - k + 1, dtype=x.dtype)
    for n in range(patterns):
        kernel = 0
        for o in range(outputs):
            a[n, o] += bias[o]
            for i in range(inputs):
                if not table[i, o]:
                    continue
                for y in range(height - k + 1):
                    for z in range(width - k + 1):
                        for p in range(k):
                            for q in range(k):
                                a[n, o, y, z] += weight[kernel, p, q] * x[n, i, y + p, z + q]
                kernel += 1
    return a


def subsample(x: Tensor, coefficient: Tensor, bias: Tensor) -> Tensor:
    """a[n,c,y,x] = coefficient[c] Σ_ab x[n,c,2y+a,2x+b] + bias[c]."""
    patterns, maps, height, width = x.shape
    a = torch.zeros(patterns, maps, height // 2, width // 2, dtype=x.dtype)
    for n in range(patterns):
        for c in range(maps):
            for y in range(height // 2):
                for z in range(width // 2):
                    four = sum(x[n, c, 2 * y + p, 2 * z + q] for p in (0, 1) for q in (0, 1))
                    a[n, c, y, z] = coefficient[c] * four + bias[c]
    return a


def squash(a: float) -> float:
    """f(a) = A tanh(S a), eq. 6."""
    return 1.7159 * math.tanh(2 / 3 * a)


def map_loss(penalties: list[float], label: int, j: float) -> float:
    """Eq. 9 for one pattern, with the largest term taken out by hand."""
    terms = [-j, *(-y for y in penalties)]
    top = max(terms)
    return penalties[label] + top + math.log(math.fsum(math.exp(t - top) for t in terms))


def squared_jacobian(f: Callable[[Tensor], Tensor], u: Tensor, second: Tensor) -> Tensor:
    """Σ_y (∂y/∂u)² ∂²E/∂y², shaped like u: eq. 25 and 27 by their definition, every u on its own."""
    jacobian = torch.autograd.functional.jacobian(f, u)
    assert isinstance(jacobian, Tensor)
    return torch.einsum("yu,y->u", jacobian.reshape(second.numel(), -1).square(), second.flatten()).view_as(u)
