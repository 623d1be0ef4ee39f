"""The tensor path: the layers of `lenet5.layers` themselves, which are the definition."""

import math
from collections.abc import Callable, Sequence
from typing import Final, final

import torch
from torch import Tensor

from lenet5.data.input import to_input
from lenet5.data.line import Line
from lenet5.data.patterns import Patterns
from lenet5.data.strings import Strings
from lenet5.engine.base import LEAST_AT_STAKE, Engine, Reader, TrainedLines, TrainedPart
from lenet5.engine.recognised import recognise
from lenet5.graphs.criteria import CRITERIA
from lenet5.graphs.segmentation_graph import SegmentationGraph, segmentation_graph
from lenet5.graphs.segmenter import of_patterns
from lenet5.graphs.viterbi import best_path
from lenet5.loss import Loss, MAPLoss
from lenet5.network import Network, answer
from lenet5.sdlm import SDLM

# Large enough to keep the matrix products busy, small enough to stay in the cache.
IMAGES_AT_A_TIME: Final = 100


@final
class TensorEngine(Engine):
    """Any network of `lenet5.layers`, any loss, on any device, by PyTorch's tensor operations and autograd."""

    name = "torch"

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
        """See `Engine.train`.

        *Departs:* the step of a batch of B patterns is the mean gradient times √B: the sum, which η is meant for, is
        too long a step from B = 16 on.
        """
        loss_sum, errors, patterns = 0.0, 0, 0
        for batch in torch.split(order, batch_size):
            inputs, wanted = _inputs(images[batch]), labels[batch]
            optimiser.zero_grad()
            penalties = network(inputs)
            value = loss(penalties, wanted)
            (value * math.sqrt(len(batch))).backward()  # type: ignore[no-untyped-call]
            loss_sum += value.item() * len(batch)
            if not math.isfinite(loss_sum):
                break
            optimiser.step()
            errors += int(torch.count_nonzero(answer(penalties) != wanted))
            patterns += len(batch)
        return TrainedPart(loss_sum, errors, patterns)

    def parts(self, order: Tensor, points: Sequence[int], batch_size: int) -> Sequence[Tensor]:  # noqa: ARG002
        """An update each: it takes long enough."""
        return torch.split(order, batch_size)

    def states(self, network: Network, images: Tensor, layer: str) -> Tensor:
        """See `Engine.states`.

        Raises:
            ValueError: the network has no such layer.
        """
        names = [name for name, _ in network.layers()]
        if layer not in names:
            raise ValueError(f"The layer {layer!r} was given; choose one of {', '.join(names)}.")
        return _in_batches(lambda inputs: network.states(inputs)[layer], network, images)

    def penalties(self, network: Network, images: Tensor) -> Tensor:
        """See `Engine.penalties`."""
        return _in_batches(network, network, images)

    def train_strings(
        self, reader: Reader, criterion: str, strings: Strings, loss: MAPLoss, digits: Patterns, beside: Tensor
    ) -> TrainedLines:
        """See `Engine.train_strings`: the definition, line by line; slow."""
        loss_sum, errors, isolated_loss_sum, isolated_errors = 0.0, 0, 0.0, 0
        for n in range(len(strings)):
            value, wrong = self._train_line(reader, criterion, strings.line(n), [int(c) for c in strings.text(n)])
            loss_sum, errors = loss_sum + value, errors + wrong
            if not math.isfinite(loss_sum):
                return TrainedLines(loss_sum, errors, isolated_loss_sum, isolated_errors, n)
            part = self.train(reader.network, reader.optimiser, loss, digits.images, digits.labels, beside[n : n + 1])
            isolated_loss_sum, isolated_errors = isolated_loss_sum + part.loss_sum, isolated_errors + part.errors
            if part.patterns == 0:
                return TrainedLines(loss_sum, errors, isolated_loss_sum, isolated_errors, n)
        return TrainedLines(loss_sum, errors, isolated_loss_sum, isolated_errors, len(strings))

    def _train_line(self, reader: Reader, criterion: str, line: Line, right: list[int]) -> tuple[float, bool]:
        """An update by a line; its criterion, 0 where it teaches nothing, and whether it was misread."""
        recognised = recognise(self, reader.network, reader.segmenter, line)
        if recognised is None:
            return 0.0, True
        hypotheses, _, penalties = recognised
        graph = recognised.graph()
        judged, read = CRITERIA[criterion](graph, right), best_path(graph)
        wrong = read is None or graph.labels(read.arcs) != right
        if judged.loss == math.inf:
            return 0.0, wrong
        derivative = torch.tensor(judged.derivative).view_as(penalties)
        reader.segmenter_optimiser.zero_grad()
        tau = reader.segmenter.temperature.detach()
        penalties.backward(derivative)  # type: ignore[no-untyped-call]
        of_penalties = tau * of_patterns(derivative, hypotheses)
        patterns = torch.from_numpy(hypotheses.patterns)
        for k in torch.nonzero(of_penalties.abs().amax(1) >= tau * LEAST_AT_STAKE).flatten():
            reader.optimiser.zero_grad()
            reader.network(_inputs(patterns[k : k + 1])).backward(of_penalties[k : k + 1])
            reader.optimiser.step()
        reader.segmenter_optimiser.step()
        return judged.loss, wrong

    def segmentation(self, line: Line) -> SegmentationGraph:
        """See `Engine.segmentation`."""
        return segmentation_graph(line)


TENSORS: Final = TensorEngine()


@torch.no_grad()
def _in_batches(read: Callable[[Tensor], Tensor], network: Network, images: Tensor) -> Tensor:
    device = next(network.parameters()).device
    batches = torch.split(images, IMAGES_AT_A_TIME)
    return torch.cat([read(_inputs(batch).to(device)).cpu() for batch in batches])


def _inputs(images: Tensor) -> Tensor:
    """N×1×32×32 of images that are bytes, or inputs already."""
    return images if images.is_floating_point() and images.ndim == 4 else to_input(images)
