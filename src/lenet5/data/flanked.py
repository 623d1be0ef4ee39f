"""Digits with others beside them: what the space displacement network is trained on, section VII-B."""

import torch
from torch import Generator, Tensor

from lenet5.data.distort import with_inverted
from lenet5.data.flanking import BLANK, Flanking
from lenet5.data.line import FOREGROUND
from lenet5.paper import INPUT_SIZE


def flanked(images: Tensor, labels: Tensor, flanking: Flanking, rng: Generator) -> tuple[Tensor, Tensor]:
    """Each image between two others of the set, drawn at random, or two others with the middle of the input between.

    Of the neighbours is seen what lies in the input. Where two overlap, the darker pixel counts.

    Args:
        images: N×32×32 uint8, foreground 255, a digit each.
        labels: N int64.
        flanking: how.
        rng: on the CPU; the same state gives the same images.

    Returns:
        N×32×32 uint8, and the labels, those without a digit in the middle that of the blank space.

    *Paper:* section VII-B.
    *Departs:* a side may be empty, as at the end of a line.
    """
    count = len(images)
    left, right = _edges(images)
    beside = torch.randint(count, (2, count), generator=rng)
    gaps = torch.randint(flanking.gap[0], flanking.gap[1] + 1, (3, count), generator=rng)
    blank = torch.rand(count, generator=rng) < flanking.blank
    alone = torch.rand(2, count, generator=rng) < flanking.alone
    # Where the neighbours end and begin: at a gap from the digit, or from each other about the middle of the input.
    middle = INPUT_SIZE // 2
    end = torch.where(blank, middle - gaps[2].div(2, rounding_mode="floor"), left - gaps[0])
    begin = torch.where(blank, end + gaps[2], right + gaps[1])
    made = torch.where(blank[:, None, None], 0, images)
    for side, shift in ((0, end - right[beside[0]]), (1, begin - left[beside[1]])):
        made = torch.maximum(made, _moved(images[beside[side]], shift).masked_fill(alone[side, :, None, None], 0))
    return with_inverted(made, flanking.inverted, rng), torch.where(blank, BLANK, labels)


def _edges(images: Tensor) -> tuple[Tensor, Tensor]:
    """The first column of each foreground, and the column behind its last; the middle where there is none."""
    columns = (images >= FOREGROUND).any(1)
    numbers = torch.arange(INPUT_SIZE)
    first = torch.where(columns, numbers, INPUT_SIZE).amin(1)
    last = torch.where(columns, numbers + 1, 0).amax(1)
    empty = last == 0
    return first.masked_fill(empty, INPUT_SIZE // 2), last.masked_fill(empty, INPUT_SIZE // 2)


def _moved(images: Tensor, shift: Tensor) -> Tensor:
    """Images moved to the right by whole columns, background where nothing comes from."""
    source = torch.arange(INPUT_SIZE) - shift[:, None]
    inside = (source >= 0) & (source < INPUT_SIZE)
    columns = source.clamp(0, INPUT_SIZE - 1)[:, None, :].expand(-1, INPUT_SIZE, -1)
    return images.gather(2, columns) * inside[:, None, :]
