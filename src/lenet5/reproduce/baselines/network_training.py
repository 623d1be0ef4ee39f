"""How the networks beside LeNet-5 are trained."""

from dataclasses import replace
from typing import Final

from lenet5.data.distortions import Distortions
from lenet5.data.patterns import Patterns
from lenet5.network import Network
from lenet5.reproduce.baselines.networks import SCALE
from lenet5.training.presets import Preset
from lenet5.training.trainer import Trainer

# Mini-batches of 16 on the tensor path, by the squared error of ten outputs of ±1; the paper's network is trained
# pattern by pattern, and the perceptrons and small networks of 1998 were not trained by SDLM.
BASELINE_PRESET: Final = Preset(
    name="baseline",
    passes=15,
    eta=((0.0005, 6), (0.0002, 3), (0.0001, 3), (0.00003, None)),
    mu=0.02,
    curvature_patterns=500,
    curvature_loss="mle",
    coefficient_curvature="one_state",
    loss="mle",
    scale=SCALE,
    j=1.0,
    initial_weights="sqrt_fan_in",
    order="fresh",
    batch_size=16,
)

# The trainer tests after each pass; nobody looks at it here, so on few patterns.
TEST_PATTERNS: Final = 100


def train_network(
    network: Network,
    train: Patterns,
    test: Patterns,
    seed: int,
    passes: int,
    distortions: Distortions | None = None,
) -> Network:
    """The network after so many passes by `BASELINE_PRESET`, from initial weights by the seed.

    *Departs:* SDLM in mini-batches, which the paper did not have for these networks.
    """
    preset = replace(BASELINE_PRESET, passes=passes, distortions=distortions)
    network.initialise(preset.initial_weights, seed)
    trainer = Trainer(preset, seed, train, test.first(TEST_PATTERNS), network=network)
    trainer.run(preset.passes)
    return trainer.network
