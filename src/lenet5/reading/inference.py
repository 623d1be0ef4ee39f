"""A trained network to read with: arrays in, arrays out, and no PyTorch where the native engine is there."""

import sys
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lenet5.arrays import GREY_LEVELS, STATE_SHAPES, codes, parameter_shapes, table_i
from lenet5.engine.extension import PROVED_EQUAL_TO, digest_of_definition, extension
from lenet5.training.model_file import open_model
from lenet5.training.run_folder import model_in


class InferenceNetwork:
    """A LeNet-5 that is only read with.

    Args:
        parameters: the twelve arrays by name, float32.
        scale: s of eq. 7.
        j: the rubbish class's penalty, eq. 9.
    """

    def __init__(self, parameters: dict[str, NDArray[np.float32]], scale: float, j: float) -> None:
        self.parameters = {name: np.ascontiguousarray(p, dtype=np.float32) for name, p in parameters.items()}
        self.scale = scale
        self.j = j
        self._codes = codes()
        self._table = table_i()

    def penalties(self, patterns: NDArray[np.uint8], threads: int = 1) -> NDArray[np.float32]:
        """Eq. 7: N×10 penalties of patterns N×28×28, foreground 255; see `states`."""
        return self.states(patterns, "OUTPUT", threads)

    def states(self, patterns: NDArray[np.uint8], layer: str, threads: int = 1) -> NDArray[np.float32]:
        """The states of a layer, N by its shape in `STATE_SHAPES`, of patterns N×height×width.

        Args:
            patterns: uint8, at most 32×32 each, foreground 255.
            layer: its name, C1 to OUTPUT.
            threads: among which the patterns are shared.

        Raises:
            ValueError: the layer is unknown, or the patterns do not fit.
        """
        if layer not in STATE_SHAPES:
            raise ValueError(f"The layer {layer!r} was given; choose one of {', '.join(STATE_SHAPES)}.")
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
        expected = {layer: torch.from_numpy(self._states_by_tensors(pattern, layer)) for layer in STATE_SHAPES}
        given = {layer: torch.from_numpy(self._states_by(engine, pattern, layer)) for layer in STATE_SHAPES}
        return difference_of_states(given.__getitem__, expected) is None

    def _states_by(
        self, engine: ModuleType, patterns: NDArray[np.uint8], layer: str, threads: int = 1
    ) -> NDArray[np.float32]:
        out = np.empty((len(patterns), *STATE_SHAPES[layer]), dtype=np.float32)
        network = (list(self.parameters.values()), self._table, self._codes, self.scale)
        engine.states(*network, np.ascontiguousarray(patterns), None, GREY_LEVELS, layer, threads, out)
        return out

    def _states_by_tensors(self, patterns: NDArray[np.uint8], layer: str) -> NDArray[np.float32]:
        """The same by the layers themselves."""
        import torch

        from lenet5.data.input import to_input

        with torch.no_grad():
            states: NDArray[np.float32] = self._layers.states(to_input(torch.from_numpy(patterns)))[layer].numpy()
        return states

    @cached_property
    def _layers(self) -> Any:
        import torch

        from lenet5.network import LeNet5

        network = LeNet5(self.scale)
        network.load_state_dict({name: torch.from_numpy(p) for name, p in self.parameters.items()})
        return network


def load_inference_network(model: str | Path = "pretrained") -> InferenceNetwork:
    """The network in a model or checkpoint file or a run's folder, or one that comes with the package.

    Raises:
        ValueError: there is none, or the file does not hold a LeNet-5.
    """
    file = open_model(model_in(Path(model)))
    return InferenceNetwork(file.weights(parameter_shapes()), file.config.preset.scale, file.config.preset.j)
