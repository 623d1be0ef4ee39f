"""The network before training and after: the same LeNet-5, as it was drawn and as it was trained."""

import asyncio
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.reading.inference import InferenceNetwork
from lenet5.tools.workers import Workers

# What makes a `InferenceNetwork`: its parameters, s and j; as such it can be sent to a worker.
Network = tuple[dict[str, NDArray[np.float32]], float, float]

WEIGHTS: Final = ("trained", "untrained")
SEED: Final = 1

# Seconds that the untrained network may take: PyTorch is imported for it.
MAKING: Final = 60


class Networks:
    """The trained network, and its untrained twin, which is made when first asked for."""

    def __init__(self, trained: InferenceNetwork) -> None:
        self.trained: Network = (trained.parameters, trained.scale, trained.j)
        self._untrained: Network | None = None
        self._making = asyncio.Lock()

    async def by(self, weights: str) -> Network | None:
        """The one asked for, one of `WEIGHTS`; None for the trained one, which every worker has."""
        if weights == "trained":
            return None
        async with self._making:
            if self._untrained is None:
                # In a process of its own: the import would halt this one, and take the time and memory of a worker's.
                maker = Workers(1, seconds=MAKING)
                try:
                    made = maker.submit(untrained, self.trained[1], self.trained[2])
                    self._untrained = await asyncio.wrap_future(made)
                finally:
                    maker.close()
        return self._untrained


def untrained(scale: float, j: float, seed: int = SEED) -> Network:
    """A network with the initial weights of appendix A, judged by the same s and j as the trained one."""
    from lenet5.network import LeNet5

    network = LeNet5(scale, seed=seed)
    return {name: p.detach().numpy() for name, p in network.named_parameters()}, scale, j
