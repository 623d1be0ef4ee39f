"""Grey levels of the page to states of the network's input."""

import torch
from torch import Tensor

from lenet5.paper import BACKGROUND, FIELD, INK


def to_input(images: Tensor, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """Images in the middle of the 32×32 input field, at the grey levels of section II-B.

    x = −0.1 + (1.175 + 0.1) g / 255      g the grey level, ink 255 on paper 0; around the image, paper

    images → N×height×width uint8, at most 32×32 · result → N×1×32×32 of `dtype`, on the device of `images`.
    Where the margins cannot be equal, the one above or on the left is the smaller by one.

    Raises TypeError for what is no tensor, ValueError for images of another dtype or shape, and for a dtype without
    fractions.

    Departs from the paper: nothing.
    """
    if not isinstance(images, Tensor):
        raise TypeError(f"images of type {type(images).__name__} were given: give a torch.uint8 tensor")
    if images.dtype != torch.uint8:
        raise ValueError(f"images of {images.dtype} were given: give torch.uint8, ink 255 on paper 0")
    if images.ndim != 3 or max(images.shape[1:]) > FIELD:
        raise ValueError(
            f"images of shape {tuple(images.shape)} were given: give N×height×width, at most {FIELD}×{FIELD} each"
        )
    if not dtype.is_floating_point:
        raise ValueError(f"a field of {dtype} was asked for: ask for a floating-point dtype")
    n, height, width = images.shape
    top, left = (FIELD - height) // 2, (FIELD - width) // 2
    field = torch.full((n, 1, FIELD, FIELD), BACKGROUND, dtype=dtype, device=images.device)
    field[:, 0, top : top + height, left : left + width] += (INK - BACKGROUND) / 255 * images.to(dtype)
    return field
