"""Convolution with any connection table: C1, C3 and C5. Section II-B."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from lenet5.layers.connections import check_table
from lenet5.layers.layer import SquashedLayer


class Convolution(SquashedLayer):
    """Feature maps: each unit reads a k×k neighbourhood in each map below that the table connects to its map.

    Section II-B. a[n,o,y,x] = bias[o] + Σ_{i→o} Σ_ab weight[(i→o),a,b] · x[n,i,y+a,x+b]; state f(a), eq. 5.
    Symbols: `table` is a boolean tensor inputs × outputs (`connections`); `weight` holds one k×k kernel for each
    of its K connections, by output map and then input map: K×k×k; `bias`: one per output map.
    Shapes: N×I×H×W → N×O×(H−k+1)×(W−k+1), any H, W ≥ k.
    Raises ValueError for a table that is none, a kernel size below 1, and input that does not fit.
    Departs from the paper: nothing.
    """

    table: Tensor
    _places: Tensor

    def __init__(self, table: Tensor, kernel_size: int = 5) -> None:
        super().__init__()
        if kernel_size < 1:
            raise ValueError(f"A kernel size of {kernel_size} was given; it must be 1 or more.")
        self.register_buffer("table", check_table(table).clone(), persistent=False)
        self.inputs, self.outputs = table.shape
        self.kernel_size = kernel_size
        # Where each kernel stands in the dense array of all outputs × inputs kernels.
        self.register_buffer("_places", table.T.flatten().nonzero().flatten(), persistent=False)
        kernels = int(table.sum())
        self.weight = nn.Parameter(torch.zeros(kernels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(self.outputs))

    def total_input(self, x: Tensor) -> Tensor:
        """The maps a, N×O×(H−k+1)×(W−k+1), from the maps x, N×I×H×W."""
        self._check_input(x)
        return convolve(x, self.dense(self.weight), self.bias)

    def backpropagate(self, x: Tensor, delta: Tensor, to_input: bool = True) -> tuple[Tensor | None, ...]:
        """Eq. 19 and 20: a shared weight's derivative is the sum over its connections."""
        kernels = gather_kernels(x, delta, self.kernel_size)
        below = spread(delta, self.dense(self.weight)) if to_input else None
        return below, self._connected(kernels), delta.sum((0, 2, 3))

    def backpropagate_curvature(self, x: Tensor, h: Tensor) -> tuple[Tensor, ...]:
        """Eq. 23, 25 and 27: the gradient's pass with states and weights squared."""
        kernels = gather_kernels(x.square(), h, self.kernel_size)
        return spread(h, self.dense(self.weight.square())), self._connected(kernels), h.sum((0, 2, 3))

    def connections(self, height: int, width: int) -> int:
        """Each unit has k×k connections per map that it reads, and its bias."""
        units = (height - self.kernel_size + 1) * (width - self.kernel_size + 1)
        return units * (self.weight.numel() + self.bias.numel())

    def initialise(self, bound: Callable[[Tensor], Tensor], biases: bool, generator: Generator) -> None:
        """Kernels uniform in ±bound(F), F = k² × the maps that the output map reads; see `initial_weights`."""
        fan_in = self.table.sum(0) * self.kernel_size**2
        per_map = bound(fan_in.to(self.weight.dtype))
        per_kernel = per_map[self._places.div(self.inputs, rounding_mode="floor")][:, None, None]
        with torch.no_grad():
            self.weight.uniform_(-1, 1, generator=generator).mul_(per_kernel)
            self.bias.zero_()
            if biases:
                self.bias.uniform_(-1, 1, generator=generator).mul_(per_map)

    def dense(self, kernels: Tensor) -> Tensor:
        """The K×k×k kernels among all outputs × inputs places, zeros where the table has no connection: O×I×k×k."""
        shape = (self.outputs, self.inputs, self.kernel_size, self.kernel_size)
        if len(kernels) == self.table.numel():
            return kernels.view(shape)
        dense = kernels.new_zeros(self.table.numel(), *shape[2:])
        return dense.index_copy_(0, self._places, kernels).view(shape)

    def _connected(self, dense: Tensor) -> Tensor:
        """The K×k×k kernels that the table connects, out of O×I×k×k."""
        kernels = dense.flatten(0, 1)
        return kernels if len(self.weight) == len(kernels) else kernels.index_select(0, self._places)

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


# The arithmetic. Maps are N×C×H×W to the caller, and lie in memory row by row, C×H×N×W: the rows that one row of a
# kernel reads are then a slice, whichever that row is, and only the shifts along x need copies. A convolution is k
# matrix products, one for each row of the kernels, and its result needs no rearranging. Where the kernel covers the
# whole map, as in C5 on a 32×32 image, it is a single product with the maps as they lie.


def shifted_rows(x: Tensor, size: int) -> Tensor:
    """Each map's rows at each shift along x, as a matrix: (I·size) × (H·N·(W−size+1)).

    rows[(i,b), (y,n,x)] = x[n, i, y, x+b].
    """
    return x.unfold(3, size, 1).permute(1, 4, 2, 0, 3).flatten(0, 1).flatten(1)


def convolve(x: Tensor, kernels: Tensor, bias: Tensor) -> Tensor:
    """a[n,o,y,x] = bias[o] + Σ_iab kernels[o,i,a,b] · x[n,i,y+a,x+b]; kernels O×I×k×k."""
    k = kernels.shape[-1]
    n, _, height, width = x.shape
    if height == width == k:
        return torch.addmm(bias, x.flatten(1), kernels.flatten(1).T)[:, :, None, None]
    height, width = height - k + 1, width - k + 1
    (first, read), *others = zip(kernel_rows(kernels), slices(shifted_rows(x, k), k, height, n * width), strict=True)
    a = torch.addmm(bias[:, None], first, read)
    for of_row, read in others:
        a.addmm_(of_row, read)
    return a.view(-1, height, n, width).permute(2, 0, 1, 3)


def gather_kernels(x: Tensor, delta: Tensor, size: int) -> Tensor:
    """The kernels' derivative: Σ_nyx delta[n,o,y,x] · x[n,i,y+a,x+b], O×I×size×size."""
    n, o, height, width = delta.shape
    if height == width == 1:
        return (delta.flatten(1).T @ x.flatten(1)).view(o, -1, size, size)
    by_map = delta.permute(1, 2, 0, 3).flatten(1)
    reads = slices(shifted_rows(x, size), size, height, n * width)
    return torch.stack([(by_map @ read.T).view(o, -1, size) for read in reads], dim=2)


def spread(delta: Tensor, kernels: Tensor) -> Tensor:
    """The states' derivative: Σ_oab delta[n,o,y−a,x−b] · kernels[o,i,a,b], N×I×H×W.

    Each row of the kernels adds its product to the rows that it read; the shifts along x are added up at the end.
    """
    n, _, height, width = delta.shape
    _, i, k, _ = kernels.shape
    if height == width == 1:
        return (delta.flatten(1) @ kernels.flatten(1)).view(n, i, k, k)
    by_map = delta.permute(1, 2, 0, 3).flatten(1)
    rows = delta.new_zeros(i * k, (height + k - 1) * n * width)
    for of_row, read in zip(kernel_rows(kernels), slices(rows, k, height, n * width), strict=True):
        read.addmm_(of_row.T, by_map)
    maps = delta.new_zeros(i, height + k - 1, n, width + k - 1)
    for b, shift in enumerate(rows.view(i, k, -1, n, width).unbind(1)):
        maps.narrow(3, b, width).add_(shift)
    return maps.permute(2, 0, 1, 3)


def kernel_rows(kernels: Tensor) -> tuple[Tensor, ...]:
    """Each of the k rows of the kernels O×I×k×k, as a matrix O × (I·k)."""
    return kernels.permute(2, 0, 1, 3).flatten(2).unbind(0)


def slices(rows: Tensor, size: int, height: int, step: int) -> list[Tensor]:
    """For each of the `size` rows a of a kernel, the part of `shifted_rows` that it reads: `height` rows from y = a."""
    return [rows.narrow(1, a * step, height * step) for a in range(size)]
