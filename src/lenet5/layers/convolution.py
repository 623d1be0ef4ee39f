"""Convolution with any connection table: C1, C3 and C5. Section II-B."""

from typing import final

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from lenet5.layers.connections import Table, check_table
from lenet5.layers.initial_weights import InitialWeights
from lenet5.layers.layer import WeightedLayer


@final
class Convolution(WeightedLayer):
    """Feature maps: each unit reads a k×k neighbourhood in each map below that the table connects to its map.

    `weight` is K×k×k: a kernel for each of the table's K connections, by output map and then input map.
    `bias` is O: one per output map.
    Maps N×I×H×W become N×O×(H−k+1)×(W−k+1), for any H, W ≥ k.

    Args:
        table: which maps below (rows, I) feed which maps (columns, O); see `connections`.
        kernel_size: k.

    Raises:
        ValueError: a table that is none, a kernel size below 1, or input that does not fit.

    *Paper:* section II-B: a[n,o,y,x] = bias[o] + Σ_{i→o} Σ_ab weight[(i→o),a,b] · x[n,i,y+a,x+b]; state f(a), eq. 5.
    """

    table: Tensor
    _places: Tensor

    def __init__(self, table: Table, kernel_size: int = 5) -> None:
        super().__init__()
        if kernel_size < 1:
            raise ValueError(f"A kernel size of {kernel_size} was given; it must be 1 or more.")
        self.register_buffer("table", check_table(table).clone(), persistent=False)
        self.inputs, self.outputs = table.shape
        self.kernel_size = kernel_size
        # The index of each kernel among all outputs × inputs kernels.
        self.register_buffer("_places", table.T.flatten().nonzero().flatten(), persistent=False)
        kernels = int(table.sum())
        self.weight = nn.Parameter(torch.zeros(kernels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(self.outputs))

    def total_input(self, x: Float[Tensor, "n i h w"]) -> Float[Tensor, "n o y x"]:
        """The maps a from the maps x."""
        self._check_input(x)
        return convolve(x, self.dense(self.weight), self.bias)

    def backpropagate(
        self, x: Float[Tensor, "n i h w"], delta: Float[Tensor, "n o y x"], to_input: bool = True
    ) -> tuple[Float[Tensor, "n i h w"] | None, Float[Tensor, "kernels a b"], Float[Tensor, " o"]]:
        """Eq. 19 and 20: a shared weight's derivative is the sum over its connections."""
        kernels = gather_kernels(x, delta, self.kernel_size)
        below = spread(delta, self.dense(self.weight)) if to_input else None
        return below, self._connected(kernels), delta.sum((0, 2, 3))

    def backpropagate_curvature(
        self, x: Float[Tensor, "n i h w"], h: Float[Tensor, "n o y x"]
    ) -> tuple[Float[Tensor, "n i h w"], Float[Tensor, "kernels a b"], Float[Tensor, " o"]]:
        """Eq. 23, 25 and 27: the gradient's pass with states and weights squared."""
        kernels = gather_kernels(x.square(), h, self.kernel_size)
        return spread(h, self.dense(self.weight.square())), self._connected(kernels), h.sum((0, 2, 3))

    def connections(self, height: int, width: int) -> int:
        """Each unit has k×k connections per map that it reads, and its bias."""
        units = (height - self.kernel_size + 1) * (width - self.kernel_size + 1)
        return units * (self.weight.numel() + self.bias.numel())

    def draw(self, rule: InitialWeights, rng: Generator) -> None:
        """Kernels uniform in ±bound(F), F = k² × the maps that the output map reads."""
        fan_in = (self.table.sum(0) * self.kernel_size**2).to(self.weight.dtype)  # O
        output_of_kernel = self._places.div(self.inputs, rounding_mode="floor")  # K
        rule.draw_weights(self.weight, fan_in[output_of_kernel][:, None, None], rng)  # K×1×1
        rule.draw_biases(self.bias, fan_in, rng)

    def dense(self, kernels: Float[Tensor, "kernels k k"]) -> Float[Tensor, "o i k k"]:
        """The kernels at their indices among all outputs × inputs, zeros where the table has no connection."""
        shape = (self.outputs, self.inputs, self.kernel_size, self.kernel_size)
        if len(kernels) == self.table.numel():
            return kernels.view(shape)  # K×k×k → O×I×k×k
        dense = kernels.new_zeros(self.table.numel(), *shape[2:])  # OI×k×k
        return dense.index_copy_(0, self._places, kernels).view(shape)  # O×I×k×k

    def _connected(self, dense: Float[Tensor, "o i k k"]) -> Float[Tensor, "kernels k k"]:
        """The kernels that the table connects, out of all."""
        kernels = dense.flatten(0, 1)  # OI×k×k
        return kernels if len(self.weight) == len(kernels) else kernels.index_select(0, self._places)  # K×k×k

    def _check_input(self, x: Tensor) -> None:
        k = self.kernel_size
        if x.dim() != 4 or x.shape[1] != self.inputs or x.shape[2] < k or x.shape[3] < k:
            raise ValueError(
                f"Maps of shape {tuple(x.shape)} were given; expected N×{self.inputs}×H×W with H and W at least {k}."
            )

    def extra_repr(self) -> str:
        """Maps, kernel and connections, for `print(network)`."""
        k = self.kernel_size
        return f"{self.inputs} → {self.outputs} maps, {k}×{k}, {len(self.weight)} kernels"


# The arithmetic, in matrix products. H×W is the size of the maps below, Y×X that of the maps: Y = H−k+1, X = W−k+1.
# Maps are N×C×H×W to the caller. In memory they lie row by row, C×H×N×W, so that the rows that one row of a kernel
# reads are a slice, whichever row it is; only the shifts along x need copies. A convolution is k matrix products, one
# for each row of the kernels, and its result needs no rearranging. Where the kernel covers the whole map, as in C5 on
# a 32×32 image, it is a single product with the maps as they lie.


def shifted_rows(x: Float[Tensor, "n i h w"], size: int) -> Float[Tensor, "ib hnx"]:
    """Each map's rows at each shift along x, as a matrix: rows[(i,b), (y,n,x)] = x[n, i, y, x+b]."""
    shifted = x.unfold(3, size, 1)  # N×I×H×X×k
    return shifted.permute(1, 4, 2, 0, 3).flatten(0, 1).flatten(1)  # I×k×H×N×X → Ik×H×N×X → Ik×HNX


def convolve(
    x: Float[Tensor, "n i h w"], kernels: Float[Tensor, "o i k k"], bias: Float[Tensor, " o"]
) -> Float[Tensor, "n o h-k+1 w-k+1"]:
    """a[n,o,y,x] = bias[o] + Σ_iab kernels[o,i,a,b] · x[n,i,y+a,x+b]."""
    k = kernels.shape[-1]
    n, _, height, width = x.shape
    if height == width == k:
        return torch.addmm(bias, x.flatten(1), kernels.flatten(1).T)[:, :, None, None]  # N×Ikk · Ikk×O → N×O×1×1
    height, width = height - k + 1, width - k + 1
    (first, read), *others = zip(kernel_rows(kernels), slices(shifted_rows(x, k), k, height, n * width), strict=True)
    a = torch.addmm(bias[:, None], first, read)  # O×Ik · Ik×YNX → O×YNX
    for of_row, read in others:
        a.addmm_(of_row, read)
    return a.view(-1, height, n, width).permute(2, 0, 1, 3)  # O×YNX → O×Y×N×X → N×O×Y×X


def gather_kernels(
    x: Float[Tensor, "n i h w"], delta: Float[Tensor, "n o y x"], size: int
) -> Float[Tensor, "o i {size} {size}"]:
    """The kernels' derivative: Σ_nyx delta[n,o,y,x] · x[n,i,y+a,x+b]."""
    n, o, height, width = delta.shape
    if height == width == 1:
        return (delta.flatten(1).T @ x.flatten(1)).view(o, -1, size, size)  # O×N · N×Ikk → O×I×k×k
    by_map = delta.permute(1, 2, 0, 3).flatten(1)  # O×Y×N×X → O×YNX
    reads = slices(shifted_rows(x, size), size, height, n * width)  # k of Ik×YNX
    return torch.stack([(by_map @ read.T).view(o, -1, size) for read in reads], dim=2)  # k of O×I×k → O×I×k×k


def spread(delta: Float[Tensor, "n o y x"], kernels: Float[Tensor, "o i k k"]) -> Float[Tensor, "n i y+k-1 x+k-1"]:
    """∂E/∂x of the maps below: Σ_oab delta[n,o,y−a,x−b] · kernels[o,i,a,b], the transpose of `convolve`.

    Each kernel row adds its product to the rows that it is applied to; the shifts along x are added up at the end.
    """
    n, _, height, width = delta.shape
    _, i, k, _ = kernels.shape
    if height == width == 1:
        return (delta.flatten(1) @ kernels.flatten(1)).view(n, i, k, k)  # N×O · O×Ikk → N×I×k×k
    by_map = delta.permute(1, 2, 0, 3).flatten(1)  # O×Y×N×X → O×YNX
    rows = delta.new_zeros(i * k, (height + k - 1) * n * width)  # Ik×HNX
    for of_row, read in zip(kernel_rows(kernels), slices(rows, k, height, n * width), strict=True):
        read.addmm_(of_row.T, by_map)  # Ik×O · O×YNX → Ik×YNX
    maps = delta.new_zeros(i, height + k - 1, n, width + k - 1)  # I×H×N×W
    for b, shift in enumerate(rows.view(i, k, -1, n, width).unbind(1)):  # Ik×HNX → k of I×H×N×X
        maps.narrow(3, b, width).add_(shift)
    return maps.permute(2, 0, 1, 3)  # N×I×H×W


def kernel_rows(kernels: Float[Tensor, "o i k k"]) -> tuple[Float[Tensor, "o ik"], ...]:
    """Each of the k rows of the kernels, as a matrix."""
    return kernels.permute(2, 0, 1, 3).flatten(2).unbind(0)  # k×O×I×k → k×O×Ik → k of O×Ik


def slices(rows: Float[Tensor, "ib hnx"], size: int, height: int, step: int) -> list[Float[Tensor, "ib ynx"]]:
    """For each kernel row a, what of `shifted_rows` it is applied to: `height` rows of `step` columns from y = a."""
    return [rows.narrow(1, a * step, height * step) for a in range(size)]  # k of Ik×YNX
