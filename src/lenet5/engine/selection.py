"""Which engine trains or reads: asked once, by name; the rest of the package has the object."""

from typing import Literal

from lenet5.engine.base import Engine
from lenet5.engine.native import NATIVE, CannotRunError, unsupported_reason
from lenet5.engine.tensors import TENSORS
from lenet5.network import Network

EngineName = Literal["auto", "native", "torch"]


def select_engine(asked: Engine | str, network: Network, *, batch_size: int = 1) -> tuple[Engine, str | None]:
    """The engine for a network, and why it is not the native one where that might have been.

    Args:
        asked: "auto" for the native engine where it can, "native", "torch", or an engine.
        network: what it is to train or to read by.
        batch_size: the patterns of an update.

    Raises:
        ValueError: another name.
        CannotRunError: the native engine was asked for and cannot run the network.
    """
    match asked.name if isinstance(asked, Engine) else asked:
        case "torch":
            return TENSORS, None
        case "auto" | "native" as name:
            reason = unsupported_reason(network, batch_size=batch_size)
            if reason and name == "native":
                raise CannotRunError(f"--engine native cannot be had: {reason}; give --engine torch or auto.")
            return (TENSORS, reason) if reason else (NATIVE, None)
        case name:
            raise ValueError(f"The engine {name!r} was given; choose auto, native or torch.")
