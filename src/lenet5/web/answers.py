"""What the service answers, as bytes of JSON: made in its workers, from the body as it came to the last digit.

Nothing that a stranger sent is taken apart in the service's own process.
"""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from lenet5 import bitmaps, paper
from lenet5.arrays import STATE_SHAPES
from lenet5.reading.formats.limits import TooLargeError
from lenet5.reading.inference import InferenceNetwork
from lenet5.reading.reader import Reading, read_by
from lenet5.web.http_errors import HTTPError, json_bytes
from lenet5.web.limits import Limits
from lenet5.web.networks import Network
from lenet5.web.pictures import picture_in

# Of this worker: the network that the service began with, whatever has become of its file.
TRAINED: Final[list[InferenceNetwork]] = []


def prepare(network: Network) -> None:
    """Make a worker ready for the functions below."""
    # Workers run side by side; threads within each would only take turns with the others.
    cv2.setNumThreads(1)
    TRAINED[:] = [InferenceNetwork(*network)]
    # Where there is no native engine this imports PyTorch, which no picture should have to wait for.
    TRAINED[0].penalties(np.zeros((1, 28, 28), dtype=np.uint8))


def read_answer(body: bytes, content_type: str, limits: Limits) -> bytes:
    """`Reading.as_dict`, rounded."""
    return json_bytes(_rounded(_reading(TRAINED[0], body, content_type, limits).as_dict()))


def states_answer(body: bytes, content_type: str, limits: Limits, weights: str, given: Network | None) -> bytes:
    """The reading with the boldest mark's pattern and the states that it gives in every layer.

    given: another network than the trained one.
    """
    network = InferenceNetwork(*given) if given else TRAINED[0]
    reading = _reading(network, body, content_type, limits)
    answer: dict[str, Any] = _rounded(reading.as_dict())
    answer |= {"weights": weights, "pattern": None, "box": None, "posterior": None, "states": None}
    if (mark := reading.main) is not None:
        answer |= {
            "pattern": mark.pattern.tolist(),
            "box": _rounded(list(mark.box)),
            "posterior": _rounded(mark.posterior.tolist()),
            "states": {name: numbers(network.states(mark.pattern[None], name)[0], 3) for name in STATE_SHAPES},
        }
    return json_bytes(answer)


def weights_answer(weights: str, given: Network | None) -> bytes:
    """Every weight, the wiring of C3 and the codes."""
    network = InferenceNetwork(*given) if given else TRAINED[0]
    codes = [[int(sign) for sign in code] for code in bitmaps.signs()]
    parameters = {name: numbers(p, 4) for name, p in network.parameters.items()}
    answer = {"weights": weights, "scale": network.scale, "j": network.j, "table": paper.TABLE_I.split()}
    return json_bytes({**answer, "codes": codes, "parameters": parameters})


def numbers(array: NDArray[np.float32], decimals: int) -> Any:
    """The array as lists of rounded numbers; in double precision, where a rounded number is written short."""
    return np.round(array.astype(np.float64), decimals).tolist()


def _reading(network: InferenceNetwork, body: bytes, content_type: str, limits: Limits) -> Reading:
    picture = picture_in(body, content_type, limits)
    try:
        return read_by(network, picture)
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
