"""Distorted patterns: the planar ones of section III-B and figure 7, and elastic ones."""

from functools import cache

import torch
from torch import Generator, Tensor

from lenet5.paper import FIELD
from lenet5.presets import Distortions

# How many images are distorted at a time: few enough for every step to stay in the cache.
IMAGES_AT_ONCE = 32

# Of a smoothed field's variance, what may be left out with its finest waves.
NEGLIGIBLE = 1e-3


def distort(images: Tensor, distortions: Distortions, generator: Generator) -> Tensor:
    """Every image under a random combination of translation, scaling, squeezing, horizontal shearing and elastic waves.

    Section III-B, and III-E for inverted pixels; the elastic part is P. Simard, D. Steinkraus, J. Platt, "Best
    practices for convolutional neural networks applied to visual document analysis", 2003, section 2.
    images: N×height×width uint8, at most 32×32 → N×32×32 uint8, the image in the middle of the field first, then
    distorted about the field's centre; what falls outside is lost. Grey levels are interpolated linearly between the
    four nearest pixels; beyond the image there is paper.
    The same generator state gives the same images. Raises ValueError for images that are none.
    """
    if images.dtype != torch.uint8 or images.dim() != 3 or max(images.shape[1:]) > FIELD:
        raise ValueError(
            f"Images of shape {tuple(images.shape)} and {images.dtype} were given; "
            f"give N×height×width uint8, at most {FIELD}×{FIELD} each."
        )
    drawn = torch.rand(len(images), 5, generator=generator).mul_(2).sub_(1)
    ranges = (distortions.shift, distortions.shift, distortions.scale, distortions.squeeze, distortions.shear)
    planar = (drawn * torch.tensor(ranges)).to(images.device)
    out = images.new_empty(len(images), FIELD, FIELD)
    for k in range(0, len(images), IMAGES_AT_ONCE):
        part = slice(k, k + IMAGES_AT_ONCE)
        x, y = places(*planar[part].T)
        if distortions.elastic:
            by_x, by_y = waves(len(x), distortions.smoothness, generator).to(images.device).mul_(distortions.elastic)
            x, y = x.add_(by_x), y + by_y
        out[part] = look_up(images[part], x, y)
        if distortions.inverted:
            turned = (torch.rand(out[part].shape, generator=generator) < distortions.inverted).to(images.device)
            out[part] = torch.where(turned, 255 - out[part], out[part])
    return out


def places(right: Tensor, down: Tensor, scale: Tensor, squeeze: Tensor, shear: Tensor) -> tuple[Tensor, Tensor]:
    """Where in its image each pixel (u, v) of the field comes from: x, N×32×32, and y, N×32×1; from the centres.

    x = u / width + shear·v − right, y = v / height − down, width and height by the scaling and the squeezing.
    """
    from_centre = torch.arange(FIELD, device=right.device) - (FIELD - 1) / 2
    u, v = from_centre, from_centre[:, None]
    right, down, scale, squeeze, shear = (p[:, None, None] for p in (right, down, scale, squeeze, shear))
    width, height = (1 + scale) * (1 + squeeze), (1 + scale) / (1 + squeeze)
    return u / width + (shear * v - right), v / height - down


def waves(n: int, smoothness: float, generator: Generator) -> Tensor:
    """Smooth random displacements of variance 1: 2×N×32×32, for x and for y.

    White noise under a Gaussian of σ = smoothness pixels. Drawn from the distribution that this gives: a smoothed
    field's covariance is that of its rows times that of its columns, and their few largest waves hold all of it.
    """
    along = _waves_along(smoothness)
    heights = torch.randn(2 * n, along.shape[1], along.shape[1], generator=generator)
    return (along @ heights @ along.T).view(2, n, FIELD, FIELD)


def look_up(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The grey levels at the places x, y, from the centre of each image: N×32×32 uint8, 0 beyond the image."""
    height, width = images.shape[1:]
    grid = torch.stack([x / ((width - 1) / 2), (y / ((height - 1) / 2)).expand_as(x)], dim=-1)
    linearly, with_zeros, centres_at_ends = 0, 0, True
    grey = torch.grid_sampler(images[:, None].float(), grid, linearly, with_zeros, centres_at_ends)
    return grey[:, 0].round_().to(torch.uint8)


@cache
def _waves_along(smoothness: float) -> Tensor:
    """The waves of a line of 32 smoothed noises, 32×r: their products with themselves sum to the covariance."""
    at = torch.arange(FIELD, dtype=torch.float64)
    covariance = torch.exp(-(((at[:, None] - at) / (2 * smoothness)) ** 2))
    variance, wave = torch.linalg.eigh(covariance)
    kept = variance > NEGLIGIBLE * variance.max()
    waves_along: Tensor = wave[:, kept] * variance[kept].sqrt()
    return waves_along.float()
