"""Section III-C.5 to 8: the other networks, of this package's layers."""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor

from lenet5.layers import connections
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.layer import HiddenLayer, Layer
from lenet5.layers.rbf import EuclideanRBF
from lenet5.layers.subsampling import Subsampling
from lenet5.network import Network
from lenet5.tools.rng import generator

# s of the RBF units of ±1: with eq. 8 the squared error has its usual factor of a half.
SCALE: Final = 0.5


class CentreCrop(HiddenLayer):
    """The middle of the input, for networks of 28×28 inputs. N×1×H×W → N×1×size×size."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """The rows and columns in the middle."""
        margin = (x.shape[2] - self.size) // 2
        return x[:, :, margin : margin + self.size, margin : margin + self.size]

    def curvature(self, x: Tensor, y: Tensor, second: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The margin has none. See `HiddenLayer.curvature`."""
        margin = (x.shape[2] - y.shape[2]) // 2
        below = torch.zeros_like(x)
        below[:, :, margin : margin + y.shape[2], margin : margin + y.shape[3]] = second
        return below, {}

    def connections(self, height: int, width: int) -> int:  # noqa: ARG002 whatever the input
        """None: nothing is computed."""
        return 0


def ten_outputs() -> EuclideanRBF:
    """Codes of one unit a class, +1 for it and −1 for the others: with eq. 8, the squared error of ten outputs."""
    return EuclideanRBF(2 * torch.eye(10) - 1, SCALE)


def perceptron(*hidden: int) -> Network:
    """28×28 inputs, hidden layers of so many units, 10 outputs.

    The first layer's kernel is as large as the image, which makes a full connection of it.

    *Paper:* section III-C.5.
    """
    layers: dict[str, Layer] = {
        "INPUT": CentreCrop(28),
        "H1": Convolution(connections.full(1, hidden[0]), kernel_size=28),
    }
    sizes = [*hidden, 10]
    for number, (inputs, outputs) in enumerate(pairwise(sizes), 2):
        layers[f"H{number}"] = FullConnection(inputs, outputs)
    return Network(**layers, OUTPUT=ten_outputs())


def lenet_1() -> Network:
    """4 maps, then 12 that read one or two of them, then the outputs; 2,578 parameters.

    *Paper:* section III-C.7.
    *Departs:* the paper's input is the digit at 16×16 in 28×28 pixels; this is MNIST's 20×20 digit.
    """
    wiring = connections.from_rows("X...XX.XX... .X..X.X..XX. ..X..XX.X.XX ...X...X.X.X")
    return Network(
        INPUT=CentreCrop(28),  #                                         1×28×28
        C1=Convolution(connections.full(1, 4), kernel_size=5),  #        4×24×24
        S2=Subsampling(4),  #                                            4×12×12
        C3=Convolution(wiring, kernel_size=5),  #                       12×8×8
        S4=Subsampling(12),  #                                          12×4×4
        F5=Convolution(connections.full(12, 10), kernel_size=4),  #     10×1×1
        OUTPUT=ten_outputs(),  #                                        10
    )


def lenet_4() -> Network:
    """4 maps, 16 maps, 120 units and 10 outputs; 17,290 parameters, the paper's "about 17,000".

    *Paper:* section III-C.8.
    *Departs:* the paper has 8 sub-sampled maps, two of each of the 4, and prints no wiring. Here they are 4; each map
    of C3 reads two, and each unit of C5 five of the 16, drawn once.
    """
    rng = generator(1, "wiring of LeNet-4")
    return Network(  #                                                          1×32×32
        C1=Convolution(connections.full(1, 4), kernel_size=5),  #               4×28×28
        S2=Subsampling(4),  #                                                   4×14×14
        C3=Convolution(connections.random(4, 16, 2, rng), kernel_size=5),  #   16×10×10
        S4=Subsampling(16),  #                                                 16×5×5
        C5=Convolution(connections.random(16, 120, 5, rng), kernel_size=5),  # 120×1×1
        F6=FullConnection(120, 10),  #                                         10
        OUTPUT=ten_outputs(),  #                                               10
    )


NETWORKS: Final[dict[str, Callable[[], Network]]] = {
    "28×28-300-10": lambda: perceptron(300),
    "28×28-300-100-10": lambda: perceptron(300, 100),
    "LeNet-1": lenet_1,
    "LeNet-4": lenet_4,
}
