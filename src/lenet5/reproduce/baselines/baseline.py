"""A classifier of figure 9 as a job of the experiment cache."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from lenet5.data.load import load_dataset
from lenet5.data.patterns import Patterns
from lenet5.reproduce.baselines.boosting import HARD_PATTERNS, MAX_SETS, boosted_outputs
from lenet5.reproduce.baselines.linear import linear, pairwise_linear
from lenet5.reproduce.baselines.neighbours import nearest_neighbours
from lenet5.reproduce.baselines.network_training import BASELINE_PRESET, train_network
from lenet5.reproduce.baselines.networks import NETWORKS
from lenet5.reproduce.baselines.support_vectors import polynomial_machine
from lenet5.reproduce.job import Job
from lenet5.tools.files import write_atomically
from lenet5.training.evaluation import penalties

OUTPUTS: Final = "outputs.safetensors"

# Without chance: (training pixels, labels, test pixels) → outputs.
CLASSIFIERS: Final[dict[str, Callable[[Any, Any, Any], Any]]] = {
    "linear": linear,
    "pairwise linear": pairwise_linear,
    "K-NN": nearest_neighbours,
    "SVM poly 4": polynomial_machine,
}
BOOSTED: Final = "boosted LeNet-4, distortions"
KINDS: Final = (*CLASSIFIERS, *NETWORKS, BOOSTED)

# About the time that each takes, in passes of LeNet-5; the networks take 50.
PASSES_OF_LENET_5: Final = {BOOSTED: 150, "SVM poly 4": 140, "linear": 3, "pairwise linear": 10, "K-NN": 10}


@dataclass(frozen=True)
class Baseline(Job):
    """A classifier other than LeNet-5, by its name in figure 9; it leaves its outputs of the test set, 10,000×10.

    Attributes:
        kind: one of `KINDS`.
        seed: of the networks; the classifiers have no chance in them.
        train_size: the first so many training patterns, None for all.
        passes_each: passes of each network.

    Raises:
        ValueError: another kind.
    """

    kind: str
    seed: int
    train_size: int | None = None
    passes_each: int = BASELINE_PRESET.passes

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no classifier {self.kind!r}; choose one of {', '.join(KINDS)}.")

    @property
    def name(self) -> str:
        """Kind, seed and a digest of every choice: other choices, another folder."""
        words = self.kind.replace("×", "x").replace(" ", "-").replace(",", "").lower()
        choices = (BASELINE_PRESET, HARD_PATTERNS, MAX_SETS, self.train_size, self.passes_each)
        digest = hashlib.sha256(repr(choices).encode()).hexdigest()
        return f"{words}-{digest[:8]}-seed{self.seed}"

    @property
    def passes(self) -> int:
        """About the time that it takes, in passes of LeNet-5."""
        return PASSES_OF_LENET_5.get(self.kind, 50)

    def is_done(self, folder: Path) -> bool:
        """Whether the outputs are there."""
        return (folder / OUTPUTS).exists()

    def do(self, folder: Path, data: str | None) -> None:
        """Train, read the test set, write the outputs."""
        dataset = load_dataset("mnist", data)
        train, test = dataset.train, dataset.test
        if self.train_size is not None:
            train = train.first(self.train_size)
        if self.kind in NETWORKS:
            network = train_network(NETWORKS[self.kind](), train, test, self.seed, self.passes_each)
            outputs = -penalties(network, test)
        elif self.kind == BOOSTED:
            outputs = boosted_outputs(train, test, self.seed, self.passes_each)
        else:
            x, t = pixels(train), pixels(test)
            outputs = torch.from_numpy(CLASSIFIERS[self.kind](x, train.labels.numpy(), t))
        write_atomically(folder / OUTPUTS, safetensors.torch.save({"outputs": outputs.contiguous()}))

    def outputs(self, folder: Path) -> Tensor:
        """What `do` left: the larger, the likelier."""
        return safetensors.torch.load_file(folder / OUTPUTS)["outputs"]


def pixels(patterns: Patterns) -> Any:
    """The images as N×784 float32, background 0 and foreground 1."""
    return patterns.images.flatten(1).numpy().astype(np.float32) / 255
