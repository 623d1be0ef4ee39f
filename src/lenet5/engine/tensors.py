"""The tensor path: the layers of `lenet5.layers` themselves, which are the definition."""

import math
from collections.abc import Callable, Sequence
from typing import Final, final

import torch
from torch import Tensor

from lenet5.data.input import to_input
from lenet5.engine.base import Engine, TrainedPart
from lenet5.loss import Loss
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


TENSORS: Final = TensorEngine()


@torch.no_grad()
def _in_batches(read: Callable[[Tensor], Tensor], network: Network, images: Tensor) -> Tensor:
    device = next(network.parameters()).device
    batches = torch.split(images, IMAGES_AT_A_TIME)
    return torch.cat([read(_inputs(batch).to(device)).cpu() for batch in batches])


def _inputs(images: Tensor) -> Tensor:
    """N×1×32×32 of images that are bytes, or inputs already."""
    return images if images.is_floating_point() and images.ndim == 4 else to_input(images)
