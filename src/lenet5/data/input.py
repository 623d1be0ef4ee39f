"""Grey levels of an image to states of the network's input."""

import torch
from torch import Tensor

from lenet5.paper import BACKGROUND, FOREGROUND, INPUT_SIZE


def to_input(images: Tensor, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """Images in the middle of the 32×32 input, at the grey levels of section II-B.

    Around the image is background.
    Where the margins cannot be equal, the one above or on the left is the smaller by one.

    Args:
        images: N×height×width uint8, at most 32×32, foreground 255 on background 0.
        dtype: of the result, one with fractions.

    Returns:
        N×1×32×32, on the device of `images`.

    Raises:
        TypeError: no tensor.
        ValueError: images of another dtype or shape, or a dtype without fractions.

    *Paper:* section II-B: x = −0.1 + (1.175 + 0.1) g / 255, g the grey level.
    """
    if not isinstance(images, Tensor):
        raise TypeError(f"images of type {type(images).__name__} were given: give a torch.uint8 tensor")
    if images.dtype != torch.uint8:
        raise ValueError(f"images of {images.dtype} were given: give torch.uint8, foreground 255 on background 0")
    size = INPUT_SIZE
    if images.ndim != 3 or max(images.shape[1:]) > size:
        raise ValueError(
            f"images of shape {tuple(images.shape)} were given: give N×height×width, at most {size}×{size} each"
        )
    if not dtype.is_floating_point:
        raise ValueError(f"an input of {dtype} was asked for: ask for a floating-point dtype")
    n, height, width = images.shape
    top, left = (size - height) // 2, (size - width) // 2
    x = torch.full((n, 1, size, size), BACKGROUND, dtype=dtype, device=images.device)
    x[:, 0, top : top + height, left : left + width] += (FOREGROUND - BACKGROUND) / 255 * images.to(dtype)
    return x
