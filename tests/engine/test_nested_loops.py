"""The plain C program, the engine's readable reference: it trains as the layers do, and as the engine does."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from lenet5.data import load_dataset
from lenet5.data.input import to_input
from lenet5.engine import NATIVE, TENSORS, Engine, unsupported_reason
from lenet5.layers.connections import full, random
from lenet5.loss import MAPLoss
from lenet5.network import LeNet5
from lenet5.sdlm import SDLM

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="cc, a C compiler, was looked for and is not there")


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The program, with neither fast arithmetic nor the machine's own instructions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        from nested_loops import NestedLoops
    return NestedLoops(tmp_path_factory.mktemp("nested_loops"), flags=("-O1",))


@pytest.mark.parametrize("engine", [TENSORS, NATIVE], ids=["torch", "native"])
@pytest.mark.parametrize(
    "table", [None, full(6, 16), random(6, 16, 2, torch.Generator().manual_seed(3))], ids=["table I", "full", "drawn"]
)
def test_it_trains_as_the_engines_do(loops: Any, engine: Engine, table: torch.Tensor | None) -> None:
    if engine is NATIVE and (reason := unsupported_reason(LeNet5())):
        pytest.skip(reason)
    digits = load_dataset("digits").train.first(40)
    network, other, begun = (LeNet5(0.2, table=table) for _ in range(3))
    optimiser = SDLM(network, eta=1e-3, mu=1)
    part = engine.train(network, optimiser, MAPLoss(1.5), digits.images, digits.labels, torch.arange(40))
    loss = loops.train(other, SDLM(other, eta=1e-3, mu=1).rates(), 1.5, to_input(digits.images), digits.labels)
    assert loss == pytest.approx(part.loss_sum, rel=1e-5)
    for (name, p), q, before in zip(network.named_parameters(), other.parameters(), begun.parameters(), strict=True):
        moved = float((p - before).detach().abs().max())
        assert float((p - q).detach().abs().max()) <= 1e-4 * moved + 1e-7, name
        assert moved > 1e-5, name
