"""A dataset's digits with others drawn, with rubbish and with damage among them: what a reader is trained on."""

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
        hit = rest[: round(self.everyday.damaged * len(rest))]
        damage_rng = np.random.default_rng(seed_for(self.seed, "damage", number))
        for n in hit.tolist():
            images[n] = torch.from_numpy(damaged(images[n].numpy(), damage_rng))
        return images, labels


def _drawn_digit(rng: Generator) -> tuple[NDArray[np.uint8], int]:
    if rng.random() < FONTS_DIGITS:
        return glyph(rng, is_digit=True)
    digit = int(rng.integers(10))
    return drawn(hand(skeleton(digit, rng), rng), rng), digit
