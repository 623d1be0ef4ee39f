"""A trained network as the formats take it: its arrays, and where they come from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lenet5.network import LeNet5
from lenet5.training.checkpoint import network_in
from lenet5.training.config import Config
from lenet5.training.model_file import open_model
from lenet5.training.run_folder import model_in


@dataclass(frozen=True, eq=False)
class Trained:
    """A LeNet-5 and what is known of it.

    name: as it was given · network: to compare with · parameters: the twelve arrays by name, float32, shaped as the
    layers have them · scores: what the file's header says of the test set, empty where it says nothing.
    """

    name: str
    network: LeNet5
    config: Config
    parameters: dict[str, NDArray[np.float32]]
    scores: dict[str, Any]

    @property
    def scale(self) -> float:
        """The s of eq. 7."""
        return self.config.preset.scale

    @property
    def j(self) -> float:
        """The rubbish class's penalty, eq. 9."""
        return self.config.preset.j


def load_trained(model: str | Path) -> Trained:
    """The network in a file, a run's folder, or one that comes with the package.

    Raises ValueError as `load_model` does.
    """
    file = open_model(model_in(Path(model)))
    network = network_in(file)
    parameters = {name: p.detach().numpy() for name, p in network.named_parameters()}
    return Trained(str(model), network, file.config, parameters, file.scores)


def dense_kernels(kernels: NDArray[np.float32], connected: NDArray[np.bool_]) -> NDArray[np.float32]:
    """K×k×k kernels, by output map and then input map, among all places: O×I×k×k, zeros where no connection is."""
    dense = np.zeros((*connected.T.shape, *kernels.shape[1:]), dtype=np.float32)
    dense[connected.T] = kernels
    return dense
