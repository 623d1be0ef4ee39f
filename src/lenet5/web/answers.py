"""What the service answers, as bytes of JSON: made in its workers, from the body as it came to the last digit.

Nothing that a stranger sent is taken apart in the service's own process.
"""

import asyncio
from typing import Any, Final, final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5 import paper
from lenet5.arrays import STATE_SHAPES, codes
from lenet5.reading.formats.limits import TooLargeError
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.reader import NUMBERS, SDNN, load_network, read_by
from lenet5.reading.result import Reading
from lenet5.tools.workers import Workers
from lenet5.web.http_errors import HTTPError, json_bytes
from lenet5.web.limits import Limits
from lenet5.web.request_body import picture_in
from lenet5.web.schemas import WeightsName

UNTRAINED_SEED: Final = 1

# Seconds that the untrained network may take: PyTorch is imported for it.
UNTRAINED_SECONDS: Final = 60

# Of this worker: the network that the service began with, whatever has become of its file.
TRAINED: Final[list[InferenceNetwork]] = []


@final
class Networks:
    """The trained network, and the same LeNet-5 before training, which is made when first asked for."""

    def __init__(self, trained: InferenceNetwork) -> None:
        self.trained = trained
        self._untrained: InferenceNetwork | None = None
        self._making = asyncio.Lock()

    async def by(self, name: WeightsName) -> InferenceNetwork | None:
        """The one asked for; None for the trained one, which every worker has."""
        if name == "trained":
            return None
        async with self._making:
            if self._untrained is None:
                # In a process of its own: the import would halt this one, and take the time and memory of a worker's.
                maker = Workers(1, seconds=UNTRAINED_SECONDS)
                try:
                    made = maker.submit(untrained, self.trained.scale, self.trained.j)
                    self._untrained = await asyncio.wrap_future(made)
                finally:
                    maker.close()
        return self._untrained


def untrained(scale: float, j: float, seed: int = UNTRAINED_SEED) -> InferenceNetwork:
    """Initial weights of appendix A, with the s and j of the trained network."""
    from lenet5.network import LeNet5

    network = LeNet5(scale, seed=seed)
    return InferenceNetwork({name: p.detach().numpy() for name, p in network.named_parameters()}, scale, j)


def prepare(trained: InferenceNetwork) -> None:
    """Make a worker ready for the functions below."""
    # Workers run side by side; threads within each would only take turns with the others.
    cv2.setNumThreads(1)
    TRAINED[:] = [trained]
    # Where there is no native engine this imports PyTorch, which no picture should have to wait for.
    TRAINED[0].penalties(np.zeros((1, 28, 28), dtype=np.uint8))
    load_network(NUMBERS)
    load_network(SDNN)


def read_answer(body: bytes, content_type: str, limits: Limits) -> bytes:
    """The answer of /api/read: `Reading.as_dict`, rounded."""
    return json_bytes(_rounded(_reading(TRAINED[0], body, content_type, limits).as_dict()))


def states_answer(
    body: bytes, content_type: str, limits: Limits, name: WeightsName, other: InferenceNetwork | None
) -> bytes:
    """The answer of /api/states: the reading, the boldest segment's pattern, and its states in every layer.

    Args:
        body: of the request.
        content_type: of the body.
        limits: of the service.
        name: of the weights.
        other: than the trained network; None for that one.
    """
    network = other or TRAINED[0]
    # Digits before training are those that the untrained network sees, and no trained one's.
    reading = _reading(network, body, content_type, limits, whole_numbers=other is None)
    answer: dict[str, Any] = _rounded(reading.as_dict())
    answer |= {"weights": name, "pattern": None, "box": None, "posterior": None, "states": None}
    if (main := reading.main) is not None:
        every_state = {layer: network.states(main.pattern[None], layer) for layer in STATE_SHAPES}
        # The ten digits alone: the page has no unit for what is none.
        every_state["OUTPUT"] = every_state["OUTPUT"][:, :10]
        answer |= {
            "pattern": main.pattern.tolist(),
            "box": _rounded(list(main.box)),
            "posterior": _rounded(main.posterior.tolist()),
            "states": {layer: _numbers(states[0], 3) for layer, states in every_state.items()},
        }
    return json_bytes(answer)


def weights_answer(name: WeightsName, other: InferenceNetwork | None) -> bytes:
    """The answer of /api/weights: every weight, Table I and the codes."""
    network = other or TRAINED[0]
    answer = {
        "weights": name,
        "scale": network.scale,
        "j": network.j,
        "table": paper.TABLE_I.split(),
        "codes": codes().astype(int).tolist(),
        "parameters": {parameter: _numbers(p, 4) for parameter, p in network.parameters.items()},
    }
    return json_bytes(answer)


def _numbers(array: NDArray[np.float32], decimals: int) -> Any:
    """The array as lists of rounded numbers; in double precision, where a rounded number is written short."""
    return np.round(array.astype(np.float64), decimals).tolist()


def _reading(
    network: InferenceNetwork, body: bytes, content_type: str, limits: Limits, *, whole_numbers: bool = True
) -> Reading:
    picture = picture_in(body, content_type, limits)
    try:
        return read_by(network, picture, whole_numbers=whole_numbers)
    except TooLargeError as error:
        raise HTTPError(413, str(error)) from error
    except ValueError as error:
        raise HTTPError(400, str(error)) from error


def _rounded(value: Any) -> Any:
    """Fractions to six decimals, however deep they lie."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value
