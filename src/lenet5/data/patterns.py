"""Patterns, the paper's word for images with their labels, and datasets of them."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Patterns:
    """Images of handwritten digits, each with its label.

    Attributes:
        images: N×height×width uint8, foreground 255 on background 0.
        labels: N int64, the digits 0 … 9.

    Raises:
        TypeError: no tensors.
        ValueError: other dtypes or shapes, or not as many labels as images.
    """

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        """Refuse what is not images and labels, images that lack a label and labels that lack an image."""
        wanted = (("images", torch.uint8, ("N", "height", "width")), ("labels", torch.int64, ("N",)))
        for name, dtype, sizes in wanted:
            given = getattr(self, name)
            expected = f"give a {dtype} tensor of {'×'.join(sizes)}"
            if not isinstance(given, Tensor):
                raise TypeError(f"{name} of type {type(given).__name__} were given: {expected}")
            if given.dtype != dtype or given.ndim != len(sizes):
                raise ValueError(f"{name} of {given.dtype} and shape {tuple(given.shape)} were given: {expected}")
        if len(self.images) != len(self.labels):
            raise ValueError(
                f"{len(self.images)} images came with {len(self.labels)} labels: give exactly one label for each image"
            )

    def __len__(self) -> int:
        """N, the number of patterns."""
        return len(self.labels)

    def first(self, n: int) -> "Patterns":
        """The first n patterns, in their order, sharing memory with these.

        Raises:
            ValueError: n is not between 1 and the number of patterns.
        """
        if not 1 <= n <= len(self):
            raise ValueError(f"the first {n} of {len(self)} patterns were asked for: ask for 1 to {len(self)}")
        return Patterns(self.images[:n], self.labels[:n])

    def last(self, n: int) -> "Patterns":
        """The last n patterns, likewise.

        Raises:
            ValueError: n is not between 1 and the number of patterns.
        """
        if not 1 <= n <= len(self):
            raise ValueError(f"the last {n} of {len(self)} patterns were asked for: ask for 1 to {len(self)}")
        return Patterns(self.images[-n:], self.labels[-n:])


@dataclass(frozen=True)
class Dataset:
    """Patterns to train on, and others, never trained on, to test on.

    Attributes:
        name: what `--dataset` calls it.
        train: the training set, N×28×28 images.
        test: the test set, likewise.
    """

    name: str
    train: Patterns
    test: Patterns
