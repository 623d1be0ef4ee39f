"""lenet5 train."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lenet5.cli.common import DataOption, DatasetName, EngineChoice, EngineOption, PresetName, check_data, fail

if TYPE_CHECKING:
    from lenet5.presets import Preset
    from lenet5.run import Run
    from lenet5.training import PassRecord, Progress


def train(
    dataset: Annotated[
        DatasetName | None, typer.Option(help="What to train on. [default: digits, mnist where --data is given]")
    ] = None,
    data: DataOption = None,
    preset: Annotated[PresetName | None, typer.Option(help="[default: tuned on mnist, digits on digits]")] = None,
    passes: Annotated[int | None, typer.Option(help="Passes through the training set. [default: the preset's]")] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Patterns an update, to about 64. [default: the preset's, 1]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and curvature patterns. [default: 1]")] = None,
    train_size: Annotated[int | None, typer.Option(help="Train on the first so many patterns. [default: all]")] = None,
    validation: Annotated[
        int | None,
        typer.Option(
            help="Keep the last so many training patterns to judge on, and leave the test set alone. [default: 0]"
        ),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda. [default: cpu]")] = None,
    engine: EngineOption = None,
    out: Annotated[Path | None, typer.Option(help="A new folder for the run. [default: under runs/]")] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with the run in this folder; takes --passes and --data.")
    ] = None,
) -> None:
    """Train the network, and leave a folder with weights, report and pictures."""
    asked: dict[str, object] = {"--dataset": dataset, "--preset": preset, "--batch-size": batch_size, "--seed": seed}
    asked |= {
        "--train-size": train_size,
        "--validation": validation,
        "--device": device,
        "--engine": engine,
        "--out": out,
    }
    if resume is not None and any(value is not None for value in asked.values()):
        given = ", ".join(name for name, value in asked.items() if value is not None)
        fail(f"{given} cannot be changed when a run is resumed; give --resume with --passes or --data alone.")

    # What can be refused without PyTorch is refused before it is imported, which takes a second.
    from lenet5 import folder as run_folder
    from lenet5.config import DEFAULT_PRESETS, Config, preset_by_name

    folder = None if data is None else str(data.absolute())
    if resume is not None:
        run_folder.checkpoint_in(resume)
        from lenet5.run import Run

        run = Run.resume(resume, data=folder, passes=passes)
    else:
        name = (dataset or (DatasetName.digits if data is None else DatasetName.mnist)).value
        check_data(data, name)
        choices = preset_by_name(
            preset.value if preset else DEFAULT_PRESETS[name], passes=passes, batch_size=batch_size
        )
        if out is not None:
            run_folder.check_new(out)
        from lenet5.run import Run

        config = Config(
            engine=_engine_for(choices, (engine or EngineChoice.auto).value, device or "cpu"),
            dataset=name,
            data=folder,
            preset=choices,
            seed=1 if seed is None else seed,
            train_size=train_size,
            validation=validation or 0,
            device=device or "cpu",
        )
        run = Run.start(config, out or _new_folder(f"{name}-{choices.name}-seed{config.seed}"))
    _train(run)


def _engine_for(preset: "Preset", asked: str, device: str) -> Literal["native", "torch"]:
    """The engine for a run; says why where it is not the native one, though it might have been."""
    from lenet5.engine import choose
    from lenet5.run import check_device
    from lenet5.training import new_network

    network = new_network(preset, seed=1).to(check_device(device))
    engine, reason = choose(asked, network, batch_size=preset.batch_size)
    if reason:
        typer.echo(f"On the tensor path: {reason}.", err=True)
    return engine


def _new_folder(name: str) -> Path:
    """runs/NAME, or with the first free number behind it."""
    candidates = (Path("runs") / (name if number == 1 else f"{name}-{number}") for number in range(1, sys.maxsize))
    return next(folder for folder in candidates if not folder.exists())


def _train(run: "Run") -> None:
    """Train with a progress bar and a line a pass; print where everything lies."""
    preset = run.config.preset
    patterns = len(run.train_patterns)
    judged_on = "validation" if run.config.validation else "test"
    typer.echo(
        f"LeNet-5 on {run.config.dataset}: preset {preset.name}, seed {run.config.seed}, {run.config.engine} engine, "
        f"{patterns:,} patterns to train on, {len(run.judge):,} to {judged_on}; folder {run.folder}"
    )

    def line(record: "PassRecord") -> None:
        rates = f"rates {record.rate_min:.1e} … {record.rate_max:.1e}"
        typer.echo(
            f"pass {record.pass_:2d}/{preset.passes}  η {record.eta:<8.3g} {rates}  "
            f"loss {record.loss:.4f}  error: train {record.train_error:6.2%}  {judged_on} {record.test_error:6.2%}  "
            f"{patterns / record.seconds:,.0f}/s"
        )

    with _stopping_on_signals() as stopped:
        with _progress_bar(preset.passes, patterns) as on_update:
            done = run.train(on_update=on_update, on_pass=line, stop=lambda: bool(stopped))
        # Judging and drawing take a second or two: a first Ctrl-C waits for them.
        result = run.finish() if done else {}
    progress = run.trainer.progress
    if not done:
        where = f"after {progress.passes_done} passes and {progress.patterns_done:,} patterns"
        typer.echo(f"Stopped {where}; nothing is lost. Go on with: lenet5 train --resume {run.folder}", err=True)
        raise SystemExit(128 + stopped[0])
    typer.echo(
        f"{judged_on.capitalize()} error {result['test_error']:.2%}, macro-F1 {result['macro_f1']:.4f} "
        f"(untrained: {result['before']['test_error']:.2%}, {result['before']['macro_f1']:.4f})\n"
        f"Weights, report and pictures: {run.folder}"
    )


@contextmanager
def _stopping_on_signals() -> Iterator[list[int]]:
    """The signals that asked to stop (Ctrl-C, SIGTERM), empty until one comes; a second one stops at once."""
    received: list[int] = []

    def remember(number: int, frame: Any) -> None:  # noqa: ARG001 the signature is Python's
        received.append(number)
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress_bar(passes: int, patterns: int) -> Iterator[Any]:
    """A bar on a terminal's standard error over the whole run; gives what to call after each update."""
    import time

    from rich import progress as rich_progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        rich_progress.TextColumn("pass {task.fields[number]}/" + str(passes)),
        rich_progress.BarColumn(),
        rich_progress.TextColumn("{task.percentage:>3.0f} %  {task.fields[speed]:,.0f}/s"),
        rich_progress.TextColumn("loss {task.fields[loss]:.4f}  error {task.fields[error]:.2%}"),
        rich_progress.TimeRemainingColumn(),
    )
    on_terminal = sys.stdout is not None and sys.stdout.isatty()  # None where it is closed
    with rich_progress.Progress(*columns, console=console, redirect_stdout=on_terminal, transient=True) as bar:
        task = bar.add_task("", total=passes * patterns, number=1, speed=0.0, loss=float("nan"), error=0.0)
        shown = 0.0

        def on_update(progress: "Progress") -> None:
            nonlocal shown
            if time.monotonic() - shown < 0.1:
                return
            shown = time.monotonic()
            bar.update(
                task,
                completed=progress.passes_done * patterns + progress.patterns_done,
                number=progress.passes_done + 1,
                speed=progress.patterns_done / progress.seconds,
                loss=progress.loss_curve[-1][1] if progress.loss_curve else progress.loss_sum / progress.patterns_done,
                error=progress.errors / progress.patterns_done,
            )

        yield on_update
