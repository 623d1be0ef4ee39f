"""A dataset's digits with others drawn, with rubbish and with damage among them: what a reader is trained on."""

from typing import Final

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from lenet5.data.damage import damaged
from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.drawing import drawn
from lenet5.data.everyday import NO_DIGIT, Everyday
from lenet5.data.glyphs import glyph
from lenet5.data.patterns import Patterns
from lenet5.data.rubbish import rubbish
from lenet5.data.skeletons import hand, skeleton
from lenet5.tools.rng import generator, seed_for

# Of the drawn digits those of fonts, and of the rubbish letters and signs of fonts: the other hands.
FONTS_DIGITS = 0.3
FONTS_RUBBISH = 0.45

# How many times larger an outline is drawn: once is what others had binarised.
ENLARGED: Final = (1, 4, 4)


class EverydayPatterns:
    """What is made before the first pass, and what each pass makes of it.

    Args:
        everyday: the shares.
        digits: the dataset's, N×28×28, of which parts and neighbours make rubbish.
        seed: the same seed, the same patterns.
    """

    def __init__(self, everyday: Everyday, digits: Patterns, seed: int) -> None:
        self.everyday = everyday
        self.seed = seed
        rng = np.random.default_rng(seed_for(seed, "drawn digits and rubbish"))
        of_digits = [_drawn_digit(rng) for _ in range(everyday.pool)]
        images, labels = digits.images.cpu().numpy(), digits.labels.cpu().numpy()
        of_rubbish = [
            glyph(rng, is_digit=False)[0] if rng.random() < FONTS_RUBBISH else rubbish(images, labels, rng)
            for _ in range(everyday.pool)
        ]
        self.drawn = torch.from_numpy(np.stack([image for image, _ in of_digits]))
        self.drawn_labels = torch.tensor([label for _, label in of_digits])
        self.rubbish = torch.from_numpy(np.stack(of_rubbish))

    def of_pass(self, images: Tensor, labels: Tensor, distortions: Distortions, number: int) -> tuple[Tensor, Tensor]:
        """A pass's own: some of the dataset's replaced, and some damaged.

        Args:
            images: N×32×32 uint8, distorted.
            labels: theirs.
            distortions: of what replaces them.
            number: the pass, from 1.
        """
        rng = generator(self.seed, "everyday", number)
        order = torch.randperm(len(images), generator=rng)
        parts = self.everyday.drawn, self.everyday.rubbish
        drawn_count, rubbish_count = (round(part * len(images)) for part in parts)
        images, labels = images.clone(), labels.clone()
        of_drawn = torch.randint(self.everyday.pool, (drawn_count,), generator=rng)
        of_rubbish = torch.randint(self.everyday.pool, (rubbish_count,), generator=rng)
        there = order[:drawn_count]
        images[there], labels[there] = distort(self.drawn[of_drawn], distortions, rng), self.drawn_labels[of_drawn]
        there = order[drawn_count : drawn_count + rubbish_count]
        images[there], labels[there] = distort(self.rubbish[of_rubbish], distortions, rng), NO_DIGIT
        rest = order[drawn_count + rubbish_count :]
        damaged_count, redrawn_count = (
            round(part * len(rest)) for part in (self.everyday.damaged, self.everyday.redrawn)
        )
        damage_rng = np.random.default_rng(seed_for(self.seed, "damage", number))
        for n in rest[:damaged_count].tolist():
            images[n] = torch.from_numpy(damaged(images[n].numpy(), damage_rng))
        for n in rest[damaged_count : damaged_count + redrawn_count].tolist():
            images[n] = torch.from_numpy(_redrawn(images[n].numpy(), damage_rng))
        return images, labels


def _redrawn(image: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """A pattern's outline at some grey level, drawn at a larger size and reduced."""
    times = ENLARGED[rng.integers(len(ENLARGED))]
    large = cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), rng.uniform(0.2, 0.42) * times) if times > 1 else large
    outline = np.where(smooth > 255 * rng.uniform(0.25, 0.6), np.uint8(255), np.uint8(0))
    return np.asarray(cv2.resize(outline, image.shape[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _drawn_digit(rng: Generator) -> tuple[NDArray[np.uint8], int]:
    if rng.random() < FONTS_DIGITS:
        return glyph(rng, is_digit=True)
    digit = int(rng.integers(10))
    return drawn(hand(skeleton(digit, rng), rng), rng), digit
