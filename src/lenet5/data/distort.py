"""Distorted patterns: the planar ones of section III-B and figure 7, and elastic ones."""

from functools import cache

import torch
from torch import Generator, Tensor

from lenet5.data.distortions import Distortions
from lenet5.paper import INPUT_SIZE

# How many images are distorted at a time: few enough for every step to stay in the cache.
IMAGES_AT_ONCE = 64

# Of the variance of smoothed noise, what may be left out with its finest waves.
NEGLIGIBLE = 1e-3


def distort(images: Tensor, distortions: Distortions, rng: Generator) -> Tensor:
    """Every image under a random combination of translation, scaling, squeezing, horizontal shearing and elastic waves.

    The image is put in the middle of the 32×32 input, then distorted about its centre; what falls outside is lost.
    Between pixels see `look_up`; beyond the image is background.
    The same state of `rng` gives the same images.

    Args:
        images: N×height×width uint8, at most 32×32.
        distortions: how far they go.
        rng: on the CPU.

    Returns:
        N×32×32 uint8.

    Raises:
        ValueError: images that are none.

    *Paper:* section III-B; III-E for inverted pixels.
    *Departs:* the elastic waves are P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural
    networks applied to visual document analysis", 2003, section 2.
    """
    size = INPUT_SIZE
    if images.dtype != torch.uint8 or images.dim() != 3 or max(images.shape[1:]) > size:
        raise ValueError(
            f"Images of shape {tuple(images.shape)} and {images.dtype} were given; "
            f"give N×height×width uint8, at most {size}×{size} each."
        )
    drawn = torch.rand(len(images), 5, generator=rng).mul_(2).sub_(1)
    ranges = (distortions.shift, distortions.shift, distortions.scale, distortions.squeeze, distortions.shear)
    right, down, scale, squeeze, shear = (drawn * torch.tensor(ranges)).T.to(images.device)
    of_columns, of_rows = planar(right, down, scale, squeeze, shear)
    out = images.new_empty(len(images), size, size)
    for k in range(0, len(images), IMAGES_AT_ONCE):
        part = slice(k, k + IMAGES_AT_ONCE)
        at = of_columns[part] + of_rows[part]
        if distortions.elastic:
            at += waves(len(at), distortions.elastic, distortions.smoothness, rng).to(images.device)
        out[part] = look_up(images[part], at)
        if distortions.inverted:
            out[part] = with_inverted(out[part], distortions.inverted, rng)
    return out


def with_inverted(images: Tensor, part: float, rng: Generator) -> Tensor:
    """Images with such a part of the pixels turned from foreground to background or back, drawn pixel by pixel.

    Args:
        images: N×height×width uint8.
        part: 0 to 1.
        rng: on the CPU.
    """
    inverted = (torch.rand(images.shape, generator=rng) < part).to(images.device)
    return torch.where(inverted, 255 - images, images)


def planar(right: Tensor, down: Tensor, scale: Tensor, squeeze: Tensor, shear: Tensor) -> tuple[Tensor, Tensor]:
    """Where in its image each pixel (u, v) of the input comes from, as the sum of its column's part and its row's.

    x = u / width + shear·v − right and y = v / height − down, in pixels from the centres; width and height come from
    the scaling and the squeezing.

    Args:
        right: to the right, in pixels, N like the others.
        down: down, in pixels.
        scale: in size, 0.1 for a tenth larger.
        squeeze: wider and lower by so much.
        shear: pixels that a row moves against the row above.

    Returns:
        Complex numbers x + iy: N×1×32 for the columns, N×32×1 for the rows.
    """
    from_centre = torch.arange(INPUT_SIZE, device=right.device) - (INPUT_SIZE - 1) / 2
    right, down, scale, squeeze, shear = (p[:, None] for p in (right, down, scale, squeeze, shear))
    width, height = (1 + scale) * (1 + squeeze), (1 + scale) / (1 + squeeze)
    across = from_centre / width
    of_columns = torch.complex(across, torch.zeros_like(across))
    of_rows = torch.complex(shear * from_centre - right, from_centre / height - down)
    return of_columns[:, None, :], of_rows[:, :, None]


def waves(n: int, size: float, smoothness: float, rng: Generator) -> Tensor:
    """Smooth random displacements: white noise under a Gaussian.

    They are drawn from the distribution that the smoothing gives: the covariance of smoothed noise is that of its rows
    times that of its columns, and the few largest waves of each hold all of it.

    Args:
        n: how many.
        size: the standard deviation of x and of y, in pixels.
        smoothness: σ of the Gaussian, in pixels.
        rng: on the CPU.

    Returns:
        N×32×32 complex numbers x + iy, in pixels.
    """
    along = _waves_along(smoothness)
    heights = torch.randn(n, along.shape[1], 2 * along.shape[1], generator=rng)
    # x and y side by side: the same waves for both.
    across = torch.kron(along.T.contiguous(), size * torch.eye(2))
    return torch.view_as_complex((along @ heights @ across).view(n, INPUT_SIZE, INPUT_SIZE, 2))


def look_up(images: Tensor, at: Tensor) -> Tensor:
    """The grey levels at positions between the pixels of images in the middle of the input, 0 beyond the image.

    By cubic convolution over sixteen pixels. Linear interpolation between four blurs strokes, and a network that sees
    nothing else reads sharp ones worse.

    Args:
        images: N×height×width uint8.
        at: N×32×32 positions x + iy, in pixels from the centre of the input.

    Returns:
        N×32×32 uint8.
    """
    height, width = images.shape[1:]
    top, left = (INPUT_SIZE - height) // 2, (INPUT_SIZE - width) // 2
    centred = torch.zeros(len(images), 1, INPUT_SIZE, INPUT_SIZE, device=images.device)
    centred[:, 0, top : top + height, left : left + width] = images
    # The sampler counts from the centre to the middle of the last pixel as 1.
    grid = torch.view_as_real(at * (2 / (INPUT_SIZE - 1)))
    cubic, with_zeros, centres_at_ends = 2, 0, True
    grey = torch.grid_sampler(centred, grid, cubic, with_zeros, centres_at_ends)
    return grey[:, 0].round_().clamp_(0, 255).to(torch.uint8)


@cache
def _waves_along(smoothness: float) -> Tensor:
    """The waves of a line of 32 smoothed noises, 32×r: their products with themselves sum to the covariance."""
    at = torch.arange(INPUT_SIZE, dtype=torch.float64)
    covariance = torch.exp(-(((at[:, None] - at) / (2 * smoothness)) ** 2))
    variance, wave = torch.linalg.eigh(covariance)
    kept = variance > NEGLIGIBLE * variance.max()
    waves_along: Tensor = wave[:, kept] * variance[kept].sqrt()
    return waves_along.float()
