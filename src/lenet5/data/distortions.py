"""Distorted patterns: section III-B and figure 7."""

import torch
from torch import Generator, Tensor

from lenet5.paper import FIELD
from lenet5.presets import Distortions

# How many images are distorted at a time: few enough for every step to stay in the cache.
IMAGES_AT_ONCE = 32


def distort(images: Tensor, distortions: Distortions, generator: Generator) -> Tensor:
    """Every image under a random combination of translation, scaling, squeezing and horizontal shearing.

    Section III-B. images: N×height×width uint8, at most 32×32 → N×32×32 uint8, the image in the middle of the field
    first, then distorted about the field's centre; what falls outside is lost. Grey levels are interpolated linearly
    between the four nearest pixels; beyond the image there is paper.
    The same generator state gives the same images. Raises ValueError for images that are none.
    """
    if images.dtype != torch.uint8 or images.dim() != 3 or max(images.shape[1:]) > FIELD:
        raise ValueError(
            f"Images of shape {tuple(images.shape)} and {images.dtype} were given; "
            f"give N×height×width uint8, at most {FIELD}×{FIELD} each."
        )
    drawn = torch.rand(len(images), 5, generator=generator).mul_(2).sub_(1)
    ranges = (distortions.shift, distortions.shift, distortions.scale, distortions.squeeze, distortions.shear)
    right, down, scale, squeeze, shear = (drawn * torch.tensor(ranges)).T.to(images.device)
    width, height = (1 + scale) * (1 + squeeze), (1 + scale) / (1 + squeeze)
    out = images.new_empty(len(images), FIELD, FIELD)
    parameters = (1 / width, 1 / height, shear, right, down)
    for k in range(0, len(images), IMAGES_AT_ONCE):
        part = slice(k, k + IMAGES_AT_ONCE)
        out[part] = _resample(images[part], *(p[part] for p in parameters))
    return out


def _resample(images: Tensor, across: Tensor, along: Tensor, shear: Tensor, right: Tensor, down: Tensor) -> Tensor:
    """Look each pixel (u, v) of the field up in its image, at x = across·u + shear·v − right, y = along·v − down.

    Coordinates are from the centres; the five parameters are N each. y depends on the row alone, so linear
    interpolation between four pixels falls into two steps: between rows, and then along them.
    """
    n, height, width = images.shape
    # A margin of paper, where the pixels of the field that lie outside the image are looked up.
    framed = torch.zeros(n, height + 2, width + 2, device=images.device)
    framed[:, 1:-1, 1:-1] = images
    from_centre = torch.arange(FIELD, device=images.device) - (FIELD - 1) / 2

    y = along[:, None] * from_centre + (((height + 1) / 2) - down)[:, None]
    upper = y.clamp_(0, height + 0.999).long()
    first_rows = torch.arange(n, device=images.device)[:, None] * (height + 2)
    places, rows = (first_rows + upper).flatten(), framed.view(-1, width + 2)
    between_rows = (y - upper).view(-1, 1)
    rows = torch.lerp(rows.index_select(0, places), rows.index_select(0, places + 1), between_rows)

    start = shear[:, None] * from_centre + (((width + 1) / 2) - right)[:, None]
    x = (across[:, None, None] * from_centre + start[:, :, None]).clamp_(0, width + 0.999).view(-1, FIELD)
    left = x.long()
    grey = torch.lerp(rows.gather(1, left), rows.gather(1, left + 1), x - left)
    return grey.round_().to(torch.uint8).view(n, FIELD, FIELD)
