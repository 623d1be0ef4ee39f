"""The plain C program beside the native engine, src/lenet5/engine/native/nested_loops.c, called from Python."""

import ctypes
import subprocess
from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from lenet5.network import LeNet5

SOURCE = Path(__file__).parents[1] / "src" / "lenet5" / "engine" / "native" / "nested_loops.c"
FASTEST = ("-O3", "-march=native", "-ffast-math")

Pointer = ctypes.c_void_p


class Constants(ctypes.Structure):
    """`struct constants` of the program."""

    _fields_ = [("table", Pointer), ("codes", Pointer), ("s", ctypes.c_float), ("j", ctypes.c_float)]


class NestedLoops:
    """The program, compiled into a folder by this machine's C compiler; gcc's warnings are errors."""

    def __init__(self, folder: Path, flags: Iterable[str] = FASTEST) -> None:
        library = folder / "nested_loops.so"
        command = ["cc", *flags, "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", SOURCE, "-o", library, "-lm"]
        subprocess.run(command, check=True)
        self._library = ctypes.CDLL(str(library))
        self._library.train.restype = ctypes.c_float

    def train(self, network: LeNet5, rates: dict[str, Tensor], j: float, inputs: Tensor, labels: Tensor) -> float:
        """A pattern an update, on the network's own parameters; the sum of the losses, eq. 9.

        Args:
            network: what is trained.
            rates: ε_k by parameter name.
            j: the penalty of the rubbish class.
            inputs: N×1×32×32 float32.
            labels: N int64.
        """
        table = network.C3.table.to(torch.uint8)
        constants = Constants(table.data_ptr(), network.OUTPUT.codes.data_ptr(), network.OUTPUT.scale, j)
        loss = self._library.train(
            _arrays(p.detach() for p in network.parameters()),
            _arrays(rates[name] for name, _ in network.named_parameters()),
            ctypes.byref(constants),
            Pointer(inputs.data_ptr()),
            Pointer(labels.data_ptr()),
            ctypes.c_long(len(labels)),
        )
        return float(loss)


def _arrays(tensors: Iterable[Tensor]) -> ctypes.Array[Pointer]:
    """`struct arrays` of the program: twelve pointers."""
    pointers = [t.data_ptr() for t in tensors]
    return (Pointer * len(pointers))(*pointers)
