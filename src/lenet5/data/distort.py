"""Distorted patterns: the planar ones of section III-B and figure 7, and elastic ones."""

from functools import cache

import torch
from torch import Generator, Tensor

from lenet5.data.distortions import Distortions
from lenet5.paper import FIELD

# How many images are distorted at a time: few enough for every step to stay in the cache.
IMAGES_AT_ONCE = 64

# Of a smoothed field's variance, what may be left out with its finest waves.
NEGLIGIBLE = 1e-3


def distort(images: Tensor, distortions: Distortions, generator: Generator) -> Tensor:
    """Every image under a random combination of translation, scaling, squeezing, horizontal shearing and elastic waves.

    Section III-B, and III-E for inverted pixels; the elastic part is P. Simard, D. Steinkraus, J. Platt, "Best
    practices for convolutional neural networks applied to visual document analysis", 2003, section 2.
    images: N×height×width uint8, at most 32×32 → N×32×32 uint8, the image in the middle of the field first, then
    distorted about the field's centre; what falls outside is lost. Between pixels see `look_up`; beyond the image
    there is paper.
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
    of_columns, of_rows = planar(right, down, scale, squeeze, shear)
    out = images.new_empty(len(images), FIELD, FIELD)
    for k in range(0, len(images), IMAGES_AT_ONCE):
        part = slice(k, k + IMAGES_AT_ONCE)
        at = of_columns[part] + of_rows[part]
        if distortions.elastic:
            at += waves(len(at), distortions.elastic, distortions.smoothness, generator).to(images.device)
        out[part] = look_up(images[part], at)
        if distortions.inverted:
            turned = (torch.rand(len(at), FIELD, FIELD, generator=generator) < distortions.inverted).to(images.device)
            out[part] = torch.where(turned, 255 - out[part], out[part])
    return out


def planar(right: Tensor, down: Tensor, scale: Tensor, squeeze: Tensor, shear: Tensor) -> tuple[Tensor, Tensor]:
    """Where in its image each pixel (u, v) of the field comes from, as the sum of its column's part and its row's.

    x = u / width + shear·v − right, y = v / height − down, from the centres, in pixels; width and height by the scaling
    and the squeezing. The five parameters are N each. A place is a complex number, x + iy: N×1×32 and N×32×1.
    """
    from_centre = torch.arange(FIELD, device=right.device) - (FIELD - 1) / 2
    right, down, scale, squeeze, shear = (p[:, None] for p in (right, down, scale, squeeze, shear))
    width, height = (1 + scale) * (1 + squeeze), (1 + scale) / (1 + squeeze)
    across = from_centre / width
    of_columns = torch.complex(across, torch.zeros_like(across))
    of_rows = torch.complex(shear * from_centre - right, from_centre / height - down)
    return of_columns[:, None, :], of_rows[:, :, None]


def waves(n: int, size: float, smoothness: float, generator: Generator) -> Tensor:
    """Smooth random displacements x + iy of standard deviation `size`, each way: N×32×32, complex.

    White noise under a Gaussian of σ = smoothness pixels. Drawn from the distribution that this gives: a smoothed
    field's covariance is that of its rows times that of its columns, and their few largest waves hold all of it.
    """
    along = _waves_along(smoothness)
    heights = torch.randn(n, along.shape[1], 2 * along.shape[1], generator=generator)
    # x and y side by side: the same waves for both.
    across = torch.kron(along.T.contiguous(), size * torch.eye(2))
    return torch.view_as_complex((along @ heights @ across).view(n, FIELD, FIELD, 2))


def look_up(images: Tensor, at: Tensor) -> Tensor:
    """The grey levels at places x + iy, in pixels from the centre of the field: N×32×32 uint8, 0 beyond the image.

    The image is in the middle of the field, see `to_input`.
    By cubic convolution over sixteen pixels: between four, linearly, strokes blur, and a network that sees nothing
    else reads sharp ones worse.
    """
    height, width = images.shape[1:]
    top, left = (FIELD - height) // 2, (FIELD - width) // 2
    field = torch.zeros(len(images), 1, FIELD, FIELD, device=images.device)
    field[:, 0, top : top + height, left : left + width] = images
    # The sampler counts from the centre to the middle of the last pixel as 1.
    grid = torch.view_as_real(at * (2 / (FIELD - 1)))
    cubic, with_zeros, centres_at_ends = 2, 0, True
    grey = torch.grid_sampler(field, grid, cubic, with_zeros, centres_at_ends)
    return grey[:, 0].round_().clamp_(0, 255).to(torch.uint8)


@cache
def _waves_along(smoothness: float) -> Tensor:
    """The waves of a line of 32 smoothed noises, 32×r: their products with themselves sum to the covariance."""
    at = torch.arange(FIELD, dtype=torch.float64)
    covariance = torch.exp(-(((at[:, None] - at) / (2 * smoothness)) ** 2))
    variance, wave = torch.linalg.eigh(covariance)
    kept = variance > NEGLIGIBLE * variance.max()
    waves_along: Tensor = wave[:, kept] * variance[kept].sqrt()
    return waves_along.float()
