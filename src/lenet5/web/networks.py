"""The network before training and after: the same LeNet-5, as it was drawn and as it was trained."""

from threading import Lock
from typing import Final, Literal

from lenet5.engine.frozen import FrozenNetwork

Weights = Literal["trained", "untrained"]
WEIGHTS: Final = ("trained", "untrained")
SEED: Final = 1


class Networks:
    """The trained network, and its untrained twin, which is made when first asked for: that takes PyTorch's import."""

    def __init__(self, trained: FrozenNetwork) -> None:
        self.trained = trained
        self._untrained: FrozenNetwork | None = None
        self._making = Lock()

    def by(self, weights: str) -> FrozenNetwork:
        """The one of the two that is asked for. Raises ValueError for another word than those of `WEIGHTS`."""
        if weights == "trained":
            return self.trained
        if weights != "untrained":
            raise ValueError(f"The weights {weights!r} were asked for; choose trained or untrained.")
        with self._making:
            if self._untrained is None:
                self._untrained = untrained(self.trained)
            return self._untrained


def untrained(trained: FrozenNetwork, seed: int = SEED) -> FrozenNetwork:
    """A network with the initial weights of appendix A, judged by the same s and j as the trained one."""
    from lenet5.network import LeNet5

    network = LeNet5(trained.scale, seed=seed)
    parameters = {name: p.detach().numpy() for name, p in network.named_parameters()}
    return FrozenNetwork(parameters, trained.scale, trained.j)
