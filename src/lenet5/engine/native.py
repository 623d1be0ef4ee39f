"""What Python asks of the native engine, and when it cannot answer."""

from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from lenet5.arrays import STATE_SHAPES
from lenet5.data.input import to_input
from lenet5.engine.agreement import difference
from lenet5.engine.extension import extension
from lenet5.layers.convolution import Convolution
from lenet5.layers.rbf import EuclideanRBF
from lenet5.loss import Loss, MAPLoss, MLELoss
from lenet5.network import LeNet5, Network

EngineName = Literal["auto", "native", "torch"]


# Of every network that was asked about: how the engine differs from its layers.
_DIFFERENCES: Final = WeakKeyDictionary[Network, str | None]()


class CannotRunError(ValueError):
    """The native engine was asked for what it cannot run; the sentence says what."""


class TrainedPart(NamedTuple):
    """What came of training on a part of a pass.

    loss_sum: over its patterns · errors: how many were misread, each before its own update · patterns: how many there
    were; fewer than asked for when the loss of the next one is not finite, and is then what loss_sum ends in.
    """

    loss_sum: float
    errors: int
    patterns: int


def unsupported_reason(network: Network, *, batch_size: int = 1) -> str | None:
    """Why the native engine cannot train or read by this network, or None where it can.

    At the first question about a network a pattern goes through its layers and the engine, some hundredths of a second.
    """
    if batch_size != 1:
        return f"the native engine updates after every pattern, not after {batch_size}"
    return _unsupported_reason(network, dict(network.named_parameters()))


def _unsupported_reason(network: Network, parameters: Mapping[str, Tensor]) -> str | None:
    if isinstance(reason := extension(), str):
        return reason
    if type(network) is not LeNet5:
        return "the native engine runs a LeNet5 alone, not other networks of its layers"
    for name, p in parameters.items():
        if p.dtype != torch.float32 or not p.is_cpu or not p.is_contiguous():
            return f"the native engine works on contiguous float32 on the CPU; {name} is {p.dtype} on {p.device}"
    if network not in _DIFFERENCES:
        _DIFFERENCES[network] = difference(network, _states, _train)
    differs = _DIFFERENCES[network]
    return f"the native engine does not do what the layers do: {differs}" if differs else None


def choose(engine: str, network: Network, *, batch_size: int = 1) -> tuple[Literal["native", "torch"], str | None]:
    """The engine that "auto", "native" or "torch" comes to for this network, and why it is not the native one.

    Raises ValueError for another name, and CannotRunError when "native" is asked for and cannot be had.
    """
    match engine:
        case "torch":
            return "torch", None
        case "auto" | "native":
            reason = unsupported_reason(network, batch_size=batch_size)
            if reason and engine == "native":
                raise CannotRunError(f"--engine native cannot be had: {reason}; give --engine torch or auto.")
            return ("torch", reason) if reason else ("native", None)
        case _:
            raise ValueError(f"The engine {engine!r} was given; choose auto, native or torch.")


def train(
    network: Network, rates: Mapping[str, Tensor], loss: Loss, images: Tensor, labels: Tensor, order: Tensor
) -> TrainedPart:
    """Appendix C, eq. 18, for every pattern of `order` in turn, on the network's own parameters.

    rates: ε_k by parameter name, fixed meanwhile · images: N×height×width uint8 or N×1×32×32 float32 · labels: N
    int64 · order: M int64, which patterns, in which order. Others may run meanwhile: the interpreter is let go.
    Raises CannotRunError for what `unsupported_reason` names and for another loss than eq. 8 and 9, ValueError or
    TypeError for arrays that do not fit.
    """
    _check(network)
    return _train(network, rates, loss, images, labels, order)


def penalties(network: Network, images: Tensor, *, threads: int = 1) -> Tensor:
    """Eq. 7: the penalties N×10 of images, N×height×width uint8 or N×1×32×32 float32; see `states`."""
    return states(network, images, "OUTPUT", threads=threads)


def states(network: Network, images: Tensor, layer: str, *, threads: int = 1) -> Tensor:
    """The states of a layer, shaped as the tensor path has them; the same bits whatever the number of threads.

    Raises CannotRunError for what `unsupported_reason` names, ValueError for an unknown layer and for images that do
    not fit.
    """
    if layer not in STATE_SHAPES:
        raise ValueError(f"The layer {layer!r} was given; choose one of {', '.join(STATE_SHAPES)}.")
    _check(network)
    return _states(network, images, layer, threads)


def _check(network: Network) -> None:
    if reason := _unsupported_reason(network, dict(network.named_parameters())):
        raise CannotRunError(f"The tensor path must run this: {reason}.")


def _train(
    network: Network, rates: Mapping[str, Tensor], loss: Loss, images: Tensor, labels: Tensor, order: Tensor
) -> TrainedPart:
    """`train`, by a network that the engine can run."""
    if type(loss) not in (MAPLoss, MLELoss):
        raise CannotRunError("The native engine knows the losses of eq. 8 and 9 alone; train on the tensor path.")
    parameters, table, codes, scale = _borrowed(network)
    if rates.keys() != parameters.keys():
        raise ValueError(
            f"Rates of {', '.join(rates)} were given; the network's parameters are {', '.join(parameters)}."
        )
    rubbish = loss.j if isinstance(loss, MAPLoss) else None
    as_bytes, fields = _images(images)
    network_as_it_is = (list(parameters.values()), [rates[name] for name in parameters], table, codes, scale, rubbish)
    return TrainedPart(*_built().train(*network_as_it_is, as_bytes, fields, _levels(), labels, order))


def _states(network: Network, images: Tensor, layer: str, threads: int = 1) -> Tensor:
    """`states`, by a network that the engine can run."""
    parameters, table, codes, scale = _borrowed(network)
    as_bytes, fields = _images(images)
    out = torch.empty(len(images), *STATE_SHAPES[layer], dtype=torch.float32)
    network_as_it_is = (list(parameters.values()), table, codes, scale)
    _built().states(*network_as_it_is, as_bytes, fields, _levels(), layer, threads, out)
    return out


def _borrowed(network: Network) -> tuple[dict[str, Tensor], Tensor, Tensor, float]:
    """The network's own memory: parameters by name, in order, the table of C3, the codes, and s."""
    c3, output = network.C3, network.OUTPUT
    if not isinstance(c3, Convolution) or not isinstance(output, EuclideanRBF):
        raise CannotRunError("The native engine runs a LeNet5 with its own layers alone.")
    parameters = {name: p.detach() for name, p in network.named_parameters()}
    return parameters, c3.table, output.codes, output.scale


def _images(images: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Images as bytes, or as fields."""
    return (images, None) if images.dtype == torch.uint8 else (None, images.squeeze(1))


@cache
def _levels() -> Tensor:
    """The grey level that each byte stands for: 256 states of the input field."""
    every_byte = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    return to_input(every_byte)[0, 0, 8:24, 8:24].flatten()


def _built() -> ModuleType:
    module = extension()
    if isinstance(module, str):
        raise CannotRunError(f"The tensor path must run this: {module}.")
    return module
