"""The native engine as Python asks it, and when it cannot answer."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import Final, final
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from lenet5.arrays import STATE_SHAPES
from lenet5.data.input import to_input
from lenet5.data.line import Line, stacked
from lenet5.data.patterns import Patterns
from lenet5.data.strings import Strings
from lenet5.engine.agreement import difference
from lenet5.engine.base import LEAST_AT_STAKE, Engine, Reader, TrainedLines, TrainedPart
from lenet5.engine.extension import extension, native_segmentation
from lenet5.graphs.criteria import CRITERIA
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.graphs.sweep import swept_image
from lenet5.layers.convolution import Convolution
from lenet5.layers.rbf import EuclideanRBF
from lenet5.loss import Loss, MAPLoss, MLELoss
from lenet5.network import LeNet5, Network
from lenet5.paper import INPUT_SIZE
from lenet5.sdlm import SDLM

# Of every network that was asked about: how the engine differs from its layers.
_DIFFERENCES: Final = WeakKeyDictionary[Network, str | None]()


class CannotRunError(ValueError):
    """The native engine was asked for what it cannot run; the sentence says what."""


def unsupported_reason(network: Network, *, batch_size: int = 1) -> str | None:
    """Why the native engine cannot train or read by this network, or None where it can.

    At the first question about a network a pattern goes through its layers and the engine, some hundredths of a second.
    """
    if batch_size != 1:
        return f"the native engine updates after every pattern, not after {batch_size}"
    if isinstance(reason := extension(), str):
        return reason
    if type(network) is not LeNet5:
        return "the native engine runs a LeNet5 alone, not other networks of its layers"
    for name, p in network.named_parameters():
        if p.dtype != torch.float32 or not p.is_cpu or not p.is_contiguous():
            return f"the native engine works on contiguous float32 on the CPU; {name} is {p.dtype} on {p.device}"
    if network not in _DIFFERENCES:
        _DIFFERENCES[network] = difference(network, _states, _train)
    differs = _DIFFERENCES[network]
    return f"the native engine does not do what the layers do: {differs}" if differs else None


@final
class NativeEngine(Engine):
    """A LeNet-5 in float32 on the CPU, a pattern an update, in C++ (`native/`).

    Others may run while it trains or reads: the interpreter is let go.
    """

    name = "native"

    def train(
        self,
        network: Network,
        optimiser: SDLM,
        loss: Loss,
        images: Tensor,
        labels: Tensor,
        order: Tensor,
        *,
        batch_size: int = 1,
    ) -> TrainedPart:
        """See `Engine.train`; one thread, for each update needs the one before.

        Raises:
            CannotRunError: what `unsupported_reason` names, and another loss than eq. 8 and 9.
        """
        _check(network, batch_size)
        return _train(network, optimiser.rates(), loss, images, labels, order)

    def parts(self, order: Tensor, points: Sequence[int], batch_size: int) -> Sequence[Tensor]:  # noqa: ARG002
        """Those up to each of the points: a call costs more than an update."""
        return torch.tensor_split(order, [point for point in points if 0 < point < len(order)])

    def states(self, network: Network, images: Tensor, layer: str) -> Tensor:
        """See `Engine.states`; the same bits whatever the number of threads.

        Raises:
            CannotRunError: what `unsupported_reason` names.
            ValueError: an unknown layer, or images that do not fit.
        """
        if layer not in STATE_SHAPES:
            raise ValueError(f"The layer {layer!r} was given; choose one of {', '.join(STATE_SHAPES)}.")
        _check(network)
        return _states(network, images, layer, torch.get_num_threads())

    def penalties(self, network: Network, images: Tensor) -> Tensor:
        """See `Engine.penalties`; the same bits whatever the number of threads."""
        return self.states(network, images, "OUTPUT")

    def train_strings(
        self, reader: Reader, criterion: str, strings: Strings, loss: MAPLoss, digits: Patterns, beside: Tensor
    ) -> TrainedLines:
        """See `Engine.train_strings`; one thread.

        Raises:
            CannotRunError: what `unsupported_reason` names.
        """
        _check(reader.network)
        images, widths = strings.images, strings.widths
        if reader.segmenter.hypotheses == "sweep":
            swept = [swept_image(strings.line(n)) for n in range(len(strings))]
            images, widths = stacked(swept, INPUT_SIZE, INPUT_SIZE)
        parameters, table, codes, scale = _borrowed(reader.network)
        rates, segmenter_rates = reader.optimiser.rates(), reader.segmenter_optimiser.rates()
        segmenter = {name: p.detach() for name, p in reader.segmenter.named_parameters()}
        loss_sum, isolated_loss_sum, errors, isolated_errors, lines = _built().train_strings(
            list(parameters.values()),
            [rates[name] for name in parameters],
            table,
            codes,
            scale,
            loss.j,
            _levels(),
            list(segmenter.values()),
            [segmenter_rates[name] for name in segmenter],
            list(CRITERIA).index(criterion),
            LEAST_AT_STAKE,
            images,
            widths,
            strings.labels,
            digits.images,
            beside,
            digits.labels[beside],
        )
        return TrainedLines(loss_sum, errors, isolated_loss_sum, isolated_errors, lines)

    def segmentation(self, line: Line) -> SegmentationGraph:
        """See `Engine.segmentation`.

        Raises:
            CannotRunError: there is no native engine.
        """
        return native_segmentation(_built(), line)


NATIVE: Final = NativeEngine()


def _check(network: Network, batch_size: int = 1) -> None:
    if reason := unsupported_reason(network, batch_size=batch_size):
        raise CannotRunError(f"The tensor path must run this: {reason}.")


def _train(
    network: Network, rates: Mapping[str, Tensor], loss: Loss, images: Tensor, labels: Tensor, order: Tensor
) -> TrainedPart:
    """Eq. 18 at rates by parameter name, for a network that the engine can run."""
    if type(loss) not in (MAPLoss, MLELoss):
        raise CannotRunError("The native engine knows the losses of eq. 8 and 9 alone; train on the tensor path.")
    parameters, table, codes, scale = _borrowed(network)
    if rates.keys() != parameters.keys():
        raise ValueError(
            f"Rates of {', '.join(rates)} were given; the network's parameters are {', '.join(parameters)}."
        )
    rubbish = loss.j if isinstance(loss, MAPLoss) else None
    as_bytes, inputs = _images(images)
    network_as_it_is = (list(parameters.values()), [rates[name] for name in parameters], table, codes, scale, rubbish)
    return TrainedPart(*_built().train(*network_as_it_is, as_bytes, inputs, _levels(), labels, order))


def _states(network: Network, images: Tensor, layer: str, threads: int = 1) -> Tensor:
    """A layer's states, for a network that the engine can run."""
    parameters, table, codes, scale = _borrowed(network)
    as_bytes, inputs = _images(images)
    shape = (len(codes),) if layer == "OUTPUT" else STATE_SHAPES[layer]
    out = torch.empty(len(images), *shape, dtype=torch.float32)
    network_as_it_is = (list(parameters.values()), table, codes, scale)
    _built().states(*network_as_it_is, as_bytes, inputs, _levels(), layer, threads, out)
    return out


def _borrowed(network: Network) -> tuple[dict[str, Tensor], Tensor, Tensor, float]:
    """The network's own memory: parameters by name, in order, the table of C3, the codes, and s."""
    c3, output = network.C3, network.OUTPUT
    if not isinstance(c3, Convolution) or not isinstance(output, EuclideanRBF):
        raise CannotRunError("The native engine runs a LeNet5 with its own layers alone.")
    parameters = {name: p.detach() for name, p in network.named_parameters()}
    return parameters, c3.table, output.codes, output.scale


def _images(images: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Images as bytes, or as inputs without the dimension of maps."""
    return (images, None) if images.dtype == torch.uint8 else (None, images.squeeze(1))


@cache
def _levels() -> Tensor:
    """The input that each byte becomes: 256."""
    every_byte = torch.arange(256, dtype=torch.uint8).view(1, 16, 16)
    return to_input(every_byte)[0, 0, 8:24, 8:24].flatten()


def _built() -> ModuleType:
    module = extension()
    if isinstance(module, str):
        raise CannotRunError(f"The tensor path must run this: {module}.")
    return module
