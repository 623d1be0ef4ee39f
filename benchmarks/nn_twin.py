"""The same network of PyTorch's ready-made parts: what the layers under src/ are measured against."""

import torch
from torch import Tensor, nn

from lenet5 import bitmaps


class ScaledTanh(nn.Module):
    """1.7159 tanh(2a/3)."""

    def forward(self, a: Tensor) -> Tensor:
        """States of the total inputs a."""
        return 1.7159 * torch.tanh(2 / 3 * a)


class TrainablePool(nn.Module):
    """nn.AvgPool2d with a coefficient and a bias per map."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(2)
        self.coefficient = nn.Parameter(torch.full((maps, 1, 1), 2.0))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """N×C×H×W to N×C×H/2×W/2."""
        return self.pool(x) * self.coefficient + self.bias


class Penalties(nn.Module):
    """Eq. 7 over the bitmaps, at a scale."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.register_buffer("codes", bitmaps.codes())

    def forward(self, x: Tensor) -> Tensor:
        """N×84 to N×10."""
        return self.scale * (x[:, None] - self.codes).square().sum(-1)


def nn_twin(scale: float) -> nn.Sequential:
    """LeNet-5 of nn.Conv2d, nn.AvgPool2d and nn.Linear; C3 is dense, as nn.Conv2d knows no connection table."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5), ScaledTanh(), TrainablePool(6), ScaledTanh()),
        *(nn.Conv2d(6, 16, 5), ScaledTanh(), TrainablePool(16), ScaledTanh()),
        *(nn.Conv2d(16, 120, 5), ScaledTanh(), nn.Flatten()),
        *(nn.Linear(120, 84), ScaledTanh(), Penalties(scale)),
    )


def map_loss(penalties: Tensor, labels: Tensor, j: float) -> Tensor:
    """Eq. 9 as nn.functional has it: the cross entropy of the negative penalties beside the rubbish class's."""
    return nn.functional.cross_entropy(nn.functional.pad(-penalties, (0, 1), value=-j), labels)
