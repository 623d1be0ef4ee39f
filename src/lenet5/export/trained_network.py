"""A trained network as the formats take it: its arrays, and where they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from lenet5.arrays import STATE_SHAPES, table_i
from lenet5.network import LeNet5
from lenet5.training.calibration import AS_TRAINED, Calibration
from lenet5.training.checkpoint import network_in
from lenet5.training.config import Config
from lenet5.training.model_file import open_model
from lenet5.training.run_folder import model_in

Element = TypeVar("Element", bound=np.generic)


@final
@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A LeNet-5 and what is known of it.

    Attributes:
        name: as it was given.
        network: to compare with.
        config: of its training.
        parameters: the twelve arrays by name, float32, shaped as the layers have them.
        blank: whether it has an eleventh class, of the blank space or of what is no digit.
        calibration: what makes frequencies of its posteriors.
        scores: what the file's header says of the test set, empty where it says nothing.
    """

    name: str
    network: LeNet5
    config: Config
    parameters: dict[str, NDArray[np.float32]]
    scores: dict[str, Any]
    blank: bool = False
    calibration: Calibration = AS_TRAINED

    @property
    def scale(self) -> float:
        """The scale s of eq. 7."""
        return self.config.preset.scale

    @property
    def j(self) -> float:
        """The rubbish class's penalty, eq. 9."""
        return self.config.preset.j


def load_trained_network(model: str | Path) -> TrainedNetwork:
    """The network in a file, a run's folder, or one that comes with the package.

    What is exported reads single digits: of a network for whole numbers, too, the ten digits' outputs alone.

    Raises:
        ValueError: as `load_model` does.
    """
    file = open_model(model_in(Path(model)))
    network = LeNet5(file.config.preset.scale)
    network.load_state_dict(network_in(file).state_dict())
    parameters = {name: p.detach().numpy() for name, p in network.named_parameters()}
    return TrainedNetwork(
        str(model), network, file.config, parameters, file.scores, file.config.preset.blank, file.calibration
    )


def c3_kernels(kernels: NDArray[np.float32]) -> NDArray[np.float32]:
    """C3's kernels by output map and input map: 60×5×5 → 16×6×5×5, zeros where Table I has no connection."""
    connected = table_i().T
    dense = np.zeros((*connected.shape, *kernels.shape[1:]), dtype=np.float32)
    dense[connected] = kernels
    return dense


def c5_kernels(kernels: NDArray[Element]) -> NDArray[Element]:
    """C5's kernels by output map and input map: 1920×5×5 → 120×16×5×5. Those of a unit cover the whole of S4."""
    return kernels.reshape(-1, *STATE_SHAPES["S4"])
