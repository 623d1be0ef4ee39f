"""The other classifiers of figure 9, as jobs: what scikit-learn, NumPy or the layers of this package give cheaply.

How each departs from the paper, beyond what its own docstring says: none was tuned. The linear ones are solved for the
least squared error at once and not trained pattern by pattern. K-NN takes k = 3 and Euclidean distances between the 784
pixels. The support vector machine has the kernel (x·x'/49 + 1)⁴ and C = 1, and is 45 machines of a pair of classes each
where 1998 had ten of a class against the rest. The perceptrons and small networks learn by SDLM in mini-batches of 16,
which the paper did not have for them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.torch
import torch
from torch import Generator, Tensor

from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.load import load_dataset
from lenet5.data.patterns import Patterns
from lenet5.layers import connections
from lenet5.layers.convolution import Convolution
from lenet5.layers.full_connection import FullConnection
from lenet5.layers.layer import HiddenLayer, Layer
from lenet5.layers.rbf import EuclideanRBF
from lenet5.layers.subsampling import Subsampling
from lenet5.network import Network
from lenet5.reproduce.experiment_cache import Job
from lenet5.tools.files import write_atomically
from lenet5.tools.rng import generator
from lenet5.training.evaluation import answers, penalties
from lenet5.training.presets import Preset
from lenet5.training.trainer import Trainer

OUTPUTS: Final = "outputs.safetensors"

# Networks beside LeNet-5 train in mini-batches on the tensor path, by the squared error of ten outputs of ±1.
RIVAL: Final = Preset(
    name="rival",
    passes=15,
    eta=((0.0005, 6), (0.0002, 3), (0.0001, 3), (0.00003, None)),
    mu=0.02,
    curvature_patterns=500,
    curvature_loss="mle",
    coefficient_curvature="one_state",
    loss="mle",
    scale=0.5,
    j=1.0,
    initial_weights="sqrt_fan_in",
    order="fresh",
    batch_size=16,
)

# Boosting asks for more hard patterns than there are: distorted ones are sifted until so many are found.
HARD_PATTERNS: Final = 12_000
SIFTED_AT_MOST: Final = 20


class Middle(HiddenLayer):
    """The middle of the field, for networks of 28×28 inputs. N×1×H×W → N×1×size×size."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """The rows and columns in the middle."""
        margin = (x.shape[2] - self.size) // 2
        return x[:, :, margin : margin + self.size, margin : margin + self.size]

    def curvature(self, x: Tensor, y: Tensor, second: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """The margin has none. See `HiddenLayer.curvature`."""
        margin = (x.shape[2] - y.shape[2]) // 2
        below = torch.zeros_like(x)
        below[:, :, margin : margin + y.shape[2], margin : margin + y.shape[3]] = second
        return below, {}

    def connections(self, height: int, width: int) -> int:  # noqa: ARG002 whatever the input
        """None: nothing is computed."""
        return 0


def ten_outputs() -> EuclideanRBF:
    """Codes of one unit a class, +1 for it and −1 for the others: with eq. 8, the squared error of ten outputs."""
    return EuclideanRBF(2 * torch.eye(10) - 1, RIVAL.scale)


def perceptron(*hidden: int) -> Network:
    """Section III-C.5: 28×28 inputs, hidden layers of so many units, 10 outputs.

    The first layer's kernel is as large as the image, which makes a full connection of it.
    """
    layers: dict[str, Layer] = {
        "INPUT": Middle(28),
        "H1": Convolution(connections.full(1, hidden[0]), kernel_size=28),
    }
    sizes = [*hidden, 10]
    for number, (inputs, outputs) in enumerate(pairwise(sizes), 2):
        layers[f"H{number}"] = FullConnection(inputs, outputs)
    return Network(**layers, OUTPUT=ten_outputs())


def lenet_1() -> Network:
    """LeNet-1, section III-C.7: 4 maps, then 12 that read one or two of them, then the outputs; 2,578 parameters.

    Departs from the paper: its input was the digit at 16×16 in a field of 28×28; this is MNIST's 20×20 digit.
    """
    wiring = connections.from_rows("X...XX.XX... .X..X.X..XX. ..X..XX.X.XX ...X...X.X.X")
    return Network(
        INPUT=Middle(28),
        C1=Convolution(connections.full(1, 4), kernel_size=5),
        S2=Subsampling(4),
        C3=Convolution(wiring, kernel_size=5),
        S4=Subsampling(12),
        F5=Convolution(connections.full(12, 10), kernel_size=4),
        OUTPUT=ten_outputs(),
    )


def lenet_4() -> Network:
    """LeNet-4, section III-C.8: 4 maps, 16 maps, 120 units and 10 outputs; about 17,000 parameters.

    Departs from the paper: it prints 8 sub-sampled maps, two of each of the 4, and no wiring; here they are 4, each
    map of C3 reads two, and each unit of F5 five of the 16, drawn once, which comes to 17,290 parameters.
    """
    numbers = generator(1, "wiring of LeNet-4")
    return Network(
        C1=Convolution(connections.full(1, 4), kernel_size=5),
        S2=Subsampling(4),
        C3=Convolution(connections.random(4, 16, 2, numbers), kernel_size=5),
        S4=Subsampling(16),
        C5=Convolution(connections.random(16, 120, 5, numbers), kernel_size=5),
        F6=FullConnection(120, 10),
        OUTPUT=ten_outputs(),
    )


NETWORKS: Final[dict[str, Callable[[], Network]]] = {
    "28×28-300-10": lambda: perceptron(300),
    "28×28-300-100-10": lambda: perceptron(300, 100),
    "LeNet-1": lenet_1,
    "LeNet-4": lenet_4,
}
CLASSIFIERS: Final = ("linear", "pairwise linear", "K-NN", "SVM poly 4")
BOOSTED: Final = "boosted LeNet-4, distortions"


@dataclass(frozen=True)
class Rival(Job):
    """A classifier other than LeNet-5, by its name in figure 9; it leaves its outputs of the test set, 10,000×10."""

    kind: str
    seed: int
    train_size: int | None = None
    passes_each: int = RIVAL.passes

    @property
    def name(self) -> str:
        """Kind, seed and a digest of every choice: other choices, another folder."""
        words = self.kind.replace("×", "x").replace(" ", "-").replace(",", "").lower()
        choices = (RIVAL, HARD_PATTERNS, SIFTED_AT_MOST, self.train_size, self.passes_each)
        digest = hashlib.sha256(repr(choices).encode()).hexdigest()
        return f"{words}-{digest[:8]}-seed{self.seed}"

    @property
    def passes(self) -> int:
        """About the time that it takes, in passes of LeNet-5."""
        return {BOOSTED: 150, "SVM poly 4": 140, "linear": 3, "pairwise linear": 10, "K-NN": 10}.get(self.kind, 50)

    def is_done(self, folder: Path) -> bool:
        """Whether the outputs are there."""
        return (folder / OUTPUTS).exists()

    def do(self, folder: Path, data: str | None) -> None:
        """Train, read the test set, write the outputs."""
        dataset = load_dataset("mnist", data)
        train = dataset.train if self.train_size is None else dataset.train.first(self.train_size)
        if self.kind in NETWORKS:
            outputs = -penalties(self.trained(NETWORKS[self.kind](), train, dataset.test), dataset.test)
        elif self.kind == BOOSTED:
            outputs = self.boosted(train, dataset.test)
        else:
            outputs = self.by_scikit_learn(train, dataset.test)
        write_atomically(folder / OUTPUTS, safetensors.torch.save({"outputs": outputs.contiguous()}))

    def outputs(self, folder: Path) -> Tensor:
        """What `do` left: the larger, the likelier."""
        return safetensors.torch.load_file(folder / OUTPUTS)["outputs"]

    def trained(
        self,
        network: Network,
        train: Patterns,
        judge: Patterns,
        member: int = 0,
        distortions: Distortions | None = None,
    ) -> Network:
        """The network after training by preset RIVAL; each member of several has weights and orders of its own."""
        preset = replace(RIVAL, passes=self.passes_each, distortions=distortions)
        seed = self.seed + 1000 * member
        network.initialise(preset.initial_weights, seed)
        trainer = Trainer(preset, seed, train, judge.first(100), network=network)
        trainer.run(preset.passes)
        return trainer.network

    def boosted(self, train: Patterns, test: Patterns) -> Tensor:
        """Section III-C.8, after Drucker, Schapire and Simard: three LeNet-4 whose outputs are added.

        The second learns patterns of which the first misreads half, the third those on which the two disagree.
        """
        first = self.trained(lenet_4(), train, test, 0, Distortions())
        wanted = min(HARD_PATTERNS, len(train))

        def half_misread(patterns: Patterns, number: int) -> Tensor:
            wrong = answers(first, patterns) != patterns.labels
            return balanced(wrong, generator(self.seed, "the half read right", number))

        second = self.trained(lenet_4(), self.sifted(train, half_misread, wanted), test, 1)

        def disputed(patterns: Patterns, number: int) -> Tensor:  # noqa: ARG001 nothing is drawn
            return (answers(first, patterns) != answers(second, patterns)).nonzero().flatten()

        third = self.trained(lenet_4(), self.sifted(train, disputed, wanted), test, 2)
        return -sum((penalties(network, test) for network in (first, second, third)), torch.zeros(()))

    def sifted(self, train: Patterns, sieve: Callable[[Patterns, int], Tensor], wanted: int) -> Patterns:
        """Distorted patterns that a sieve lets through, set after set, until there are enough or sets enough."""
        images, labels, found = [], [], 0
        for number in range(1, SIFTED_AT_MOST + 1):
            numbers = generator(self.seed, "boosting", number)
            copies = Patterns(distort(train.images, Distortions(), numbers), train.labels)
            through = sieve(copies, number)
            images.append(copies.images[through])
            labels.append(copies.labels[through])
            found += len(through)
            if found >= wanted:
                break
        return Patterns(torch.cat(images), torch.cat(labels))

    def by_scikit_learn(self, train: Patterns, test: Patterns) -> Tensor:
        """The outputs of the classifiers that are no networks, on the 784 pixels, ink 1 and paper 0.

        Raises ValueError for another kind.
        """
        x, t = (patterns.images.flatten(1).numpy().astype(np.float32) / 255 for patterns in (train, test))
        labels = train.labels.numpy()
        match self.kind:
            case "linear":
                # Ten outputs by least squares, which is what training on the squared error comes to.
                targets = np.eye(10, dtype=np.float32)[labels]
                return torch.from_numpy(with_ones(t) @ least_squares(with_ones(x), targets))
            case "pairwise linear":
                return torch.from_numpy(pairwise_linear(with_ones(x), labels, with_ones(t)))
            case "K-NN":
                from sklearn.neighbors import KNeighborsClassifier

                neighbours = KNeighborsClassifier(n_neighbors=3, algorithm="brute").fit(x, labels)
                return torch.from_numpy(neighbours.predict_proba(t))
            case "SVM poly 4":
                from sklearn.svm import SVC

                machine = SVC(
                    kernel="poly",
                    degree=4,
                    gamma=1 / 49,
                    coef0=1.0,
                    C=1.0,
                    decision_function_shape="ovo",
                    cache_size=1000,
                )
                return torch.from_numpy(weakest_margins(machine.fit(x, labels).decision_function(t)))
        raise ValueError(f"There is no classifier {self.kind!r}; choose one of {', '.join(CLASSIFIERS)}.")


def balanced(wrong: Tensor, numbers: Generator) -> Tensor:
    """The places of all that are wrong and, drawn at random, of as many that are not (or of all there are)."""
    right = (~wrong).nonzero().flatten()
    drawn = right[torch.randperm(len(right), generator=numbers)[: int(wrong.sum())]]
    return torch.cat([wrong.nonzero().flatten(), drawn])


def with_ones(pixels: Any) -> Any:
    """Inputs with a constant one behind them, for the bias: N×I → N×(I + 1)."""
    return np.hstack([pixels, np.ones((len(pixels), 1), dtype=np.float32)])


def least_squares(x: Any, targets: Any) -> Any:
    """The weights of the smallest squared error, I×O; a trace of decay, as many pixels are always paper."""
    return np.linalg.solve(x.T @ x + 1e-2 * np.eye(x.shape[1], dtype=np.float32), x.T @ targets)


def weakest_margins(margins: Any) -> Any:
    """What each of ten classes has over the one that it has least over: N×10, from N×45.

    The 45 are scikit-learn's, of the pairs (0, 1), (0, 2) … (8, 9), positive for the first.
    """
    weakest = np.full((len(margins), 10), np.inf)
    for margin, (one, other) in zip(margins.T, combinations(range(10), 2), strict=True):
        weakest[:, one] = np.minimum(weakest[:, one], margin)
        weakest[:, other] = np.minimum(weakest[:, other], -margin)
    return weakest


def pairwise_linear(x: Any, labels: Any, t: Any) -> Any:
    """Section III-C.2: 45 linear units, each for one class against another; a class's score is the sum of its nine."""
    scores = np.zeros((len(t), 10))
    for one in range(10):
        for other in range(one):
            chosen = (labels == one) | (labels == other)
            signs = np.where(labels[chosen] == one, 1.0, -1.0).astype(np.float32)[:, None]
            side = np.clip((t @ least_squares(x[chosen], signs))[:, 0], -1, 1)
            scores[:, one] += side
            scores[:, other] -= side
    return scores
