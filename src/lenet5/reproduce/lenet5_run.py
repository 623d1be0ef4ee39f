"""A training run of LeNet-5 as a job, and what it leaves."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from lenet5.data.patterns import Patterns
from lenet5.engine import select_engine
from lenet5.network import LeNet5, answer
from lenet5.reproduce.job import Job
from lenet5.training.checkpoint import load_model
from lenet5.training.config import Config
from lenet5.training.evaluation import penalties
from lenet5.training.presets import Preset
from lenet5.training.progress import PassRecord
from lenet5.training.run import Run
from lenet5.training.run_folder import CHECKPOINT
from lenet5.training.trainer import new_network


@dataclass(frozen=True)
class LeNet5Run(Job):
    """A training run of LeNet-5 on MNIST.

    Attributes:
        preset: how it is trained.
        seed: of initial weights, orders and distortions.
        train_size: the first so many training patterns, None for all.
        validation: the last so many training patterns, left out, are the evaluation set in place of the test set.
    """

    preset: Preset
    seed: int
    train_size: int | None = None
    validation: int = 0

    @property
    def name(self) -> str:
        """Preset, seed and a digest of every choice: other choices, another folder."""
        choices = (self.preset, self.train_size, *([self.validation] if self.validation else []))
        digest = hashlib.sha256(repr(choices).encode()).hexdigest()
        return f"{self.preset.name}-{digest[:8]}-seed{self.seed}"

    @property
    def passes(self) -> int:
        """Those of the preset."""
        return self.preset.passes

    def do(self, folder: Path, data: str | None) -> None:
        """Begin the run, or go on with it."""
        if (folder / CHECKPOINT).exists():
            run = Run.resume(folder, data=data)
        else:
            # A run that ended before its first checkpoint has left nothing to go on with.
            shutil.rmtree(folder)
            engine, _ = select_engine("auto", new_network(self.preset, seed=1), batch_size=self.preset.batch_size)
            config = Config("mnist", data, self.preset, self.seed, self.train_size, self.validation, engine=engine.name)
            run = Run.start(config, folder)
        run.train()
        run.finish(pictures=False)

    def is_done(self, folder: Path) -> bool:
        """Whether its report is there."""
        return (folder / "report.json").exists()

    def passes_done(self, folder: Path) -> int:
        """The lines of its log."""
        log = folder / "log.jsonl"
        return log.read_text().count("\n") if log.exists() else 0


@dataclass(frozen=True)
class RunResult:
    """What a run left.

    Attributes:
        job: the run.
        network: as trained.
        config: of the run.
        records: one a pass.
        report: `report.json`.
        penalties: of the test set, 10,000×10.
    """

    job: LeNet5Run
    network: LeNet5
    config: Config
    records: list[PassRecord]
    report: dict[str, Any]
    penalties: Tensor

    @property
    def predictions(self) -> Tensor:
        """The digit that it reads in each test pattern, 10,000."""
        return answer(self.penalties)


def load_result(job: LeNet5Run, folder: Path, test: Patterns) -> RunResult:
    """What a run left in its folder, and the penalties of the test set."""
    network, config = load_model(folder)
    report = json.loads((folder / "report.json").read_text())
    records = [PassRecord.from_dict(record) for record in report["passes"]]
    return RunResult(job, network, config, records, report, penalties(network, test, "auto"))
