"""A trained network to read with: arrays in, arrays out, and no PyTorch where the native engine is there."""

import sys
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet5 import bitmaps, paper
from lenet5.engine.extension import PROVED_EQUAL_TO, digest_of_definition, extension
from lenet5.folder import model_in
from lenet5.model_file import open_model

# The states of one pattern, by layer, as a network shapes them.
SHAPES: Final[dict[str, tuple[int, ...]]] = {
    name: size[:1] if name in ("F6", "OUTPUT") else size for name, (size, _, _) in paper.LAYERS.items()
}

# The grey level that each byte stands for, as `to_field` has it.
LEVELS: Final = np.float32(paper.BACKGROUND) + np.float32((paper.INK - paper.BACKGROUND) / 255) * np.arange(
    256, dtype=np.float32
)


class FrozenNetwork:
    """A LeNet-5 that is only read with.

    parameters: the twelve arrays by name, float32 · scale: s of eq. 7 · j: the rubbish class's penalty, eq. 9.
    """

    def __init__(self, parameters: dict[str, NDArray[np.float32]], scale: float, j: float) -> None:
        self.parameters = {name: np.ascontiguousarray(p, dtype=np.float32) for name, p in parameters.items()}
        self.scale = scale
        self.j = j
        self._codes = codes()
        self._table = table()

    def penalties(self, patterns: NDArray[np.uint8], threads: int = 1) -> NDArray[np.float32]:
        """Eq. 7: N×10 penalties of patterns N×28×28, ink 255; see `states`."""
        return self.states(patterns, "OUTPUT", threads)

    def states(self, patterns: NDArray[np.uint8], layer: str, threads: int = 1) -> NDArray[np.float32]:
        """The states of a layer, N by its shape in `SHAPES`, from patterns N×height×width, at most 32×32, ink 255.

        Raises ValueError for an unknown layer and for patterns that do not fit.
        """
        if layer not in SHAPES:
            raise ValueError(f"The layer {layer!r} was given; choose one of {', '.join(SHAPES)}.")
        if self._engine is None:
            return self._states_by_tensors(patterns, layer)
        return self._states_by(self._engine, patterns, layer, threads)

    @cached_property
    def _engine(self) -> ModuleType | None:
        """The native engine, or None where there is none or it does not do what the layers do.

        While the layers are neither loaded nor edited, there is no need to load them to know that it does.
        """
        engine = extension()
        if isinstance(engine, str):
            return None
        as_proved = "lenet5.network" not in sys.modules and digest_of_definition() == PROVED_EQUAL_TO
        return engine if as_proved or self._agrees(engine) else None

    def _agrees(self, engine: ModuleType) -> bool:
        """Whether a pattern has the same states by the native engine and by the layers as they stand."""
        import torch

        from lenet5.engine.agreement import IMAGE, difference_of_states

        pattern = IMAGE.numpy()
        expected = {layer: torch.from_numpy(self._states_by_tensors(pattern, layer)) for layer in SHAPES}
        given = {layer: torch.from_numpy(self._states_by(engine, pattern, layer)) for layer in SHAPES}
        return difference_of_states(given.__getitem__, expected) is None

    def _states_by(
        self, engine: ModuleType, patterns: NDArray[np.uint8], layer: str, threads: int = 1
    ) -> NDArray[np.float32]:
        out = np.empty((len(patterns), *SHAPES[layer]), dtype=np.float32)
        network = (list(self.parameters.values()), self._table, self._codes, self.scale)
        engine.states(*network, np.ascontiguousarray(patterns), None, LEVELS, layer, threads, out)
        return out

    def _states_by_tensors(self, patterns: NDArray[np.uint8], layer: str) -> NDArray[np.float32]:
        """The same by the layers themselves."""
        import torch

        from lenet5.data.field import to_field

        with torch.no_grad():
            states: NDArray[np.float32] = self._layers.states(to_field(torch.from_numpy(patterns)))[layer].numpy()
        return states

    @cached_property
    def _layers(self) -> Any:
        import torch

        from lenet5.network import LeNet5

        network = LeNet5(self.scale)
        network.load_state_dict({name: torch.from_numpy(p) for name, p in self.parameters.items()})
        return network


def frozen_network(model: str | Path = "pretrained") -> FrozenNetwork:
    """The network in a model or checkpoint file or a run's folder, or one that comes with the package.

    Raises ValueError when there is none, or the file does not hold a LeNet-5.
    """
    file = open_model(model_in(Path(model)))
    return FrozenNetwork(file.weights(parameter_shapes()), file.config.preset.scale, file.config.preset.j)


def table() -> NDArray[np.bool_]:
    """Table I, inputs × outputs: 6×16, True where the C3 map reads the S2 map."""
    return np.array([[mark == "X" for mark in row] for row in paper.TABLE_I.split()])


def codes() -> NDArray[np.float32]:
    """The centres of the RBF units, figure 3: 10×84, ±1."""
    return np.array(bitmaps.signs(), dtype=np.float32)


def parameter_shapes() -> dict[str, tuple[int, ...]]:
    """The shapes of the twelve parameters, by name and in the order of the layers."""
    kernels = paper.TABLE_I.count("X")
    return {
        "C1.weight": (6, 5, 5),
        "C1.bias": (6,),
        "S2.coefficient": (6,),
        "S2.bias": (6,),
        "C3.weight": (kernels, 5, 5),
        "C3.bias": (16,),
        "S4.coefficient": (16,),
        "S4.bias": (16,),
        "C5.weight": (16 * 120, 5, 5),
        "C5.bias": (120,),
        "F6.weight": (84, 120),
        "F6.bias": (84,),
    }
