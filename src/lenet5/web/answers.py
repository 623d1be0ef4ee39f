"""What the service answers, as bytes of JSON: made in the reading threads, away from the event loop."""

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lenet5 import bitmaps, paper
from lenet5.engine.frozen import SHAPES, FrozenNetwork
from lenet5.reading import Reading, read_by
from lenet5.web.refusal import Refusal, json_bytes

log = logging.getLogger("lenet5.web")


def reading_of(network: FrozenNetwork, picture: Any) -> Reading:
    """A picture read; refuses with 400 what is no picture."""
    try:
        return read_by(network, picture)
    except ValueError as error:
        raise Refusal(400, str(error)) from error
    except Exception as error:
        # No picture may bring the service down; that this one was no ValueError is a mistake of ours, to be logged.
        log.exception("A picture could not be read")
        raise Refusal(400, f"The picture cannot be read ({type(error).__name__}); send another.") from error


def read_answer(network: FrozenNetwork, picture: Any) -> bytes:
    """`Reading.as_dict`, rounded."""
    return json_bytes(_rounded(reading_of(network, picture).as_dict()))


def states_answer(network: FrozenNetwork, weights: str, picture: Any) -> bytes:
    """The reading with the boldest mark's pattern and the states that it gives in every layer."""
    reading = reading_of(network, picture)
    answer: dict[str, Any] = _rounded(reading.as_dict())
    answer |= {"weights": weights, "pattern": None, "box": None, "posterior": None, "states": None}
    if (mark := reading.main) is not None:
        answer |= {
            "pattern": mark.pattern.tolist(),
            "box": _rounded(list(mark.box)),
            "posterior": _rounded(mark.posterior.tolist()),
            "states": {name: numbers(network.states(mark.pattern[None], name)[0], 3) for name in SHAPES},
        }
    return json_bytes(answer)


def weights_answer(network: FrozenNetwork, weights: str) -> bytes:
    """Every weight, the wiring of C3 and the codes."""
    codes = [[int(sign) for sign in code] for code in bitmaps.signs()]
    parameters = {name: numbers(p, 4) for name, p in network.parameters.items()}
    answer = {"weights": weights, "scale": network.scale, "j": network.j, "table": paper.TABLE_I.split()}
    return json_bytes({**answer, "codes": codes, "parameters": parameters})


def numbers(array: NDArray[np.float32], decimals: int) -> Any:
    """The array as lists of rounded numbers; in double precision, where a rounded number is written short."""
    return np.round(array.astype(np.float64), decimals).tolist()


def _rounded(value: Any) -> Any:
    """Fractions to six decimals, however deep they lie."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value
