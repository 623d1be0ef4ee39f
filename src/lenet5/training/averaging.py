"""The mean of the weights over the end of a pass: not the paper's, which keeps the last ones."""

from collections.abc import Mapping
from typing import Final, final

import torch
from torch import Tensor

from lenet5.network import Network

# The key in a state of how many snapshots its mean is of; checkpoints have it under this name.
SNAPSHOTS: Final = "moments"


@final
class WeightAverage:
    """The mean of several snapshots of a network's weights, for the network to go on from.

    After a single pattern a boundary lies where that pattern has pushed it, and at η = 0.0005 a doubtful 4 or 9 pushes
    far; the mean of many snapshots lies in their middle.

    *Departs:* the paper takes no mean. B. Polyak, A. Juditsky, "Acceleration of Stochastic Approximation by Averaging",
    SIAM Journal on Control and Optimization 30(4), 1992.
    """

    _mean: dict[str, Tensor]
    _snapshots: int

    def __init__(self) -> None:
        self.load_state_dict({})

    @torch.no_grad()
    def add(self, network: Network) -> None:
        """Take the weights as they are now into the mean."""
        self._snapshots += 1
        for name, p in network.named_parameters():
            mean = self._mean.get(name)
            self._mean[name] = p.clone() if mean is None else mean.to(p).lerp_(p, 1 / self._snapshots)

    @torch.no_grad()
    def put(self, network: Network) -> None:
        """Give the network the mean for its weights, and begin a new one."""
        for name, p in network.named_parameters():
            p.copy_(self._mean[name])
        self.load_state_dict({})

    def state_dict(self) -> dict[str, Tensor]:
        """The mean by parameter name and the number of snapshots; nothing before the first."""
        return {**self._mean, SNAPSHOTS: torch.tensor(self._snapshots)} if self._snapshots else {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take up what `state_dict` gave."""
        self._mean = {name: mean.clone() for name, mean in state.items() if name != SNAPSHOTS}
        self._snapshots = int(state.get(SNAPSHOTS, 0))
