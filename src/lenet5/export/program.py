"""A torch.export program: the network as PyTorch runs it without this package. Section II-B.

`torch.export.load("lenet5.pt2").module()` takes N×1×32×32 float32, background −0.1 and foreground 1.175, for any N.
It gives N×10 penalties, the smallest of which is the answer.
The size of the input is fixed: the network gives N×10 for 32×32 and N×10×H×W for more, and a program has one rank. The
ONNX form reads wider images.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from lenet5.export.comparison import beyond_rounding as complaint
from lenet5.export.comparison import input_batches
from lenet5.export.trained_network import TrainedNetwork
from lenet5.paper import INPUT_SIZE

__all__ = ["complaint", "read_back", "write"]


def write(trained: TrainedNetwork, path: Path) -> None:
    """Trace the network, and save the program."""
    # Of two patterns: one would be taken for a size that never changes.
    example = torch.zeros(2, 1, INPUT_SIZE, INPUT_SIZE)
    with torch.no_grad():
        program = torch.export.export(
            trained.network, (example,), dynamic_shapes={"images": {0: torch.export.Dim("batch", min=1)}}
        )
    torch.export.save(program, path)


def read_back(path: Path) -> Callable[[Tensor], Tensor]:
    """The saved program, loaded anew."""
    program = torch.export.load(path).module()

    def read(images: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.cat([program(batch) for batch in input_batches(images)])

    return read
