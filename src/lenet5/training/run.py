"""A training run and the folder that it leaves behind."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from lenet5.data.distort import distort
from lenet5.data.distortions import Distortions
from lenet5.data.load import load_dataset
from lenet5.data.patterns import Patterns
from lenet5.engine import CannotRunError
from lenet5.tools.files import write_atomically, write_json
from lenet5.tools.rng import generator, seed_for
from lenet5.training.calibration import Calibration, calibrated
from lenet5.training.checkpoint import read_config, restore, save_checkpoint, save_model
from lenet5.training.config import Config
from lenet5.training.evaluation import answers, penalties, scores
from lenet5.training.progress import PassRecord, Progress
from lenet5.training.report import report
from lenet5.training.run_folder import CHECKPOINT, CONFIG, MODEL, check_new, checkpoint_in
from lenet5.training.trainer import Trainer, new_network

# How much work a `kill -9` may cost at most, in seconds.
CHECKPOINT_EVERY = 1.0


class Run:
    """A run in its folder: `config.json`, `log.jsonl`, the checkpoint, and at the end the model and the report.

    `Run.start(config, folder)` or `Run.resume(folder)`, then `train`, then `finish`.
    """

    def __init__(self, config: Config, folder: Path) -> None:
        self.config = config
        self.folder = folder
        dataset = load_dataset(config.dataset, None if config.data is None else Path(config.data))
        self.train_patterns, self.evaluation_set = config.split(dataset)
        self.trainer = Trainer(
            config.preset,
            config.seed,
            self.train_patterns,
            self.evaluation_set,
            check_device(config.device),
            config.engine,
        )

    @classmethod
    def start(cls, config: Config, folder: Path) -> "Run":
        """A new run in a new or empty folder.

        Raises:
            ValueError: the folder is in use or cannot be written.
        """
        check_new(folder)
        run = cls(config, folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Claimed at one stroke, as another run may have begun in this folder since the check above.
            write_json(folder / CONFIG, config.as_dict(), new=True)
        except FileExistsError as error:
            raise ValueError(f"Another run has just begun in {folder}; give another --out.") from error
        except OSError as error:
            raise ValueError(f"{folder} cannot be written ({error.strerror}); give another --out.") from error
        run.save()
        return run

    @classmethod
    def resume(cls, folder: Path, *, data: str | None = None, passes: int | None = None) -> "Run":
        """A run taken up where its last checkpoint stands, or before the first at its start; with more passes if asked.

        Raises:
            ValueError: there is no run in the folder, or fewer passes are asked for than are done.
        """
        checkpoint = checkpoint_in(folder)
        config = read_config(folder).changed(data=data, passes=passes)
        try:
            run = cls(config, folder)
        except CannotRunError as error:
            raise ValueError(
                f"The run in {folder} was begun with the {config.engine} engine on {config.device}, which cannot be "
                f"had here ({error}); go on with it where it was begun, or train again."
            ) from error
        if checkpoint is not None:
            restore(checkpoint, run.trainer)
        done = run.trainer.progress.passes_done
        if config.preset.passes < done:
            raise ValueError(f"{config.preset.passes} passes were asked for; the run in {folder} has done {done}.")
        with run.writing():
            write_json(folder / CONFIG, config.as_dict())
        return run

    def train(
        self,
        *,
        on_update: Callable[[Progress], None] = lambda _: None,
        on_pass: Callable[[PassRecord], None] = lambda _: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train to the last pass, or until `stop()`; True when done. Saves every second and at the end.

        See `Trainer.run` for the callbacks and what is raised.
        """
        saved = time.monotonic()

        def update(progress: Progress) -> None:
            nonlocal saved
            on_update(progress)
            if time.monotonic() - saved > CHECKPOINT_EVERY:
                self.save()
                saved = time.monotonic()

        def passed(record: PassRecord) -> None:
            self.save()
            on_pass(record)

        done = self.trainer.run(self.config.preset.passes, on_update=update, on_pass=passed, stop=stop)
        self.save()
        return done

    def save(self) -> None:
        """Write the checkpoint, and `log.jsonl` to agree with it; never weights that are not finite over good ones."""
        if not all(bool(p.isfinite().all()) for p in self.trainer.network.parameters()):
            return
        with self.writing():
            save_checkpoint(self.folder / CHECKPOINT, self.trainer, self.config)
            lines = [json.dumps(record.as_dict()) + "\n" for record in self.trainer.progress.records]
            write_atomically(self.folder / "log.jsonl", "".join(lines).encode())

    def finish(self, *, pictures: bool = True) -> dict[str, Any]:
        """Evaluate the trained network, and write the model and the report.

        Args:
            pictures: draw figures too, which takes a second.

        Returns:
            The report.
        """
        untrained = new_network(self.config.preset, self.config.seed)
        predicted_before = answers(untrained, self.evaluation_set, self.trainer.engine)
        predicted = answers(self.trainer.network, self.evaluation_set, self.trainer.engine)
        before, after = (scores(p, self.evaluation_set.labels) for p in (predicted_before, predicted))
        progress = self.trainer.progress
        result = report(self.config, self.trainer.network, progress, before, after, len(self.train_patterns))
        with self.writing():
            segmenter = None if self.trainer.strings is None else self.trainer.strings.segmenter
            calibration = self._calibration()
            save_model(self.folder / MODEL, self.trainer.network, self.config, after.as_dict(), segmenter, calibration)
            write_json(self.folder / "report.json", result)
            if pictures:
                from lenet5.training.run_figures import draw, draw_network

                figures = self.folder / "figures"
                draw(figures, self.config, progress, self.evaluation_set, predicted_before, predicted)
                draw_network(figures, self.trainer.network, self.evaluation_set, after.confusion)
        return result

    def _calibration(self) -> Calibration | None:
        """Of a network that knows what is no digit, on training digits that were left out; None of others."""
        everyday = self.config.preset.everyday
        if everyday is None or not self.config.validation:
            return None
        from lenet5.data.everyday_patterns import EverydayPatterns

        left_out = self.evaluation_set
        # Undamaged: nearly all that is read is, and what is damaged is unsure then.
        undamaged = replace(everyday, pool=len(left_out), damaged=0.0)
        made = EverydayPatterns(undamaged, left_out, seed_for(self.config.seed, "left out"))
        undistorted = distort(left_out.images, Distortions.NONE, generator(self.config.seed, "left out"))
        images, labels = made.of_pass(undistorted, left_out.labels, Distortions.NONE, 1)
        of_left_out = penalties(self.trainer.network, Patterns(images, labels), self.trainer.engine)
        return calibrated(of_left_out.numpy(), labels.numpy(), self.config.preset.j)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Where the disk takes no file while this lasts, say how to go on.

        Raises:
            ValueError: in the place of an OSError.
        """
        try:
            yield
        except OSError as error:
            raise ValueError(
                f"{error.filename} cannot be written ({error.strerror}). What was saved before is whole; "
                f"once there is room, go on with: lenet5 train --resume {self.folder}"
            ) from error


def check_device(device: str) -> str:
    """The device itself, if this machine has it.

    Raises:
        CannotRunError: it has not; a ValueError.
    """
    try:
        if torch.device(device).type not in ("cpu", "cuda"):
            raise RuntimeError("not a device to train on")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise CannotRunError(
            f"The device {device!r} was asked for and cannot be used here; try --device cpu."
        ) from error
    return device
