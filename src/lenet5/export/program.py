"""A torch.export program: the network as PyTorch runs it without this package. Section II-B.

`torch.export.load("lenet5.pt2").module()` is called on N×1×32×32 float32 fields, background −0.1 and ink 1.175, for any
N, and gives N×10 penalties, the smallest of which is the answer. The size of the image is fixed: the network's answer
is N×10 on a 32×32 field and N×10×H×W on a larger one, and a program has one rank; the ONNX form reads wider images.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from lenet5.data.input import to_input
from lenet5.engine.tensors import IMAGES_AT_A_TIME
from lenet5.export.comparison import beyond_rounding as complaint
from lenet5.export.trained import Trained
from lenet5.paper import INPUT_SIZE

__all__ = ["complaint", "reader", "write"]


def write(trained: Trained, path: Path) -> None:
    """Trace the network, and save the program."""
    # Of two patterns: one would be taken for a size that never changes.
    example = torch.zeros(2, 1, INPUT_SIZE, INPUT_SIZE)
    with torch.no_grad():
        program = torch.export.export(
            trained.network, (example,), dynamic_shapes={"images": {0: torch.export.Dim("batch", min=1)}}
        )
    torch.export.save(program, path)


def reader(path: Path) -> Callable[[Tensor], Tensor]:
    """The saved program, loaded anew."""
    program = torch.export.load(path).module()

    def read(images: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.cat([program(to_input(batch)) for batch in torch.split(images, IMAGES_AT_A_TIME)])

    return read
