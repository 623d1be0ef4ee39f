"""The programs of docs/change_one_thing.md run, and the engine is the one that the page names."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from lenet5.engine import unsupported_reason
from lenet5.network import LeNet5

PAGE = (Path(__file__).parents[2] / "docs/change_one_thing.md").read_text()
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
# In the order of the page; None where the program is its own loop.
ENGINES = ("native", "native", "native", None, "torch", None)


@pytest.mark.parametrize(("program", "engine"), list(zip(PROGRAMS, ENGINES, strict=True)))
def test_a_program_runs_on_the_engine_that_the_page_names(program: str, engine: str | None) -> None:
    names: dict[str, Any] = {}
    exec(program, names)
    if engine is not None:
        if unsupported_reason(LeNet5()) is not None:
            engine = "torch"
        assert names["trainer"].engine.name == engine
        assert names["trainer"].progress.passes_done == 1
    network = names["trainer"].network if "trainer" in names else names["network"]
    assert all(bool(torch.isfinite(p).all()) for p in network.parameters())
    # It has learnt: other weights than it began with.
    assert not torch.equal(network.F6.weight, LeNet5().F6.weight)
