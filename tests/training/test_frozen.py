"""Frozen layers keep their weights to the bit; the others are trained."""

from dataclasses import replace

import pytest
import torch

from lenet5.data.patterns import Patterns
from lenet5.engine import EngineName, unsupported_reason
from lenet5.network import LeNet5
from lenet5.training.presets import PRESETS
from lenet5.training.trainer import Trainer, new_network

FROZEN = ("C1", "S2", "C3", "S4")


@pytest.mark.parametrize("engine", ["torch", "native"])
def test_frozen_layers_stay_the_same_bits(engine: EngineName) -> None:
    if engine == "native" and (reason := unsupported_reason(LeNet5())):
        pytest.skip(reason)
    preset = replace(PRESETS["tuned"], passes=2, curvature_patterns=10, frozen=FROZEN)
    rng = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (40, 28, 28), dtype=torch.uint8, generator=rng)
    patterns = Patterns(images, torch.arange(40) % 10)
    trainer = Trainer(preset, 1, patterns, patterns, engine=engine)
    trainer.run(2)
    before = dict(new_network(preset, 1).named_parameters())
    for name, p in trainer.network.named_parameters():
        assert torch.equal(p, before[name]) == (name.split(".")[0] in FROZEN), name
    assert trainer.optimiser.rate_range()[0] > 0


@pytest.mark.parametrize(("frozen", "words"), [(("C2",), "C2 was given"), ((*FROZEN, "C5", "F6"), "Every layer")])
def test_frozen_layers_that_cannot_be(frozen: tuple[str, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace(PRESETS["tuned"], frozen=frozen)
