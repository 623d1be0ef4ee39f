"""lenet5 train."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from lenet5.cli.common import (
    DATASETS,
    DataOption,
    EngineOption,
    check_data,
    choice_option,
    complain,
    fail,
    offering_digits,
    path_option,
)
from lenet5.cli.output import Output
from lenet5.cli.progress import BAR_WIDTH, lifted, progress_bar
from lenet5.training.presets import PRESETS

if TYPE_CHECKING:
    from lenet5.training.presets import Preset
    from lenet5.training.progress import PassRecord, Progress
    from lenet5.training.run import Run


def train(
    dataset: Annotated[
        str | None, choice_option(DATASETS, "What to train on. [default: digits, mnist where --data is given]")
    ] = None,
    data: DataOption = None,
    preset: Annotated[str | None, choice_option(PRESETS, "[default: tuned on mnist, digits on digits]")] = None,
    passes: Annotated[int | None, typer.Option(help="Passes through the training set. [default: the preset's]")] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Patterns an update, to about 64. [default: the preset's, 1]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and curvature patterns. [default: 1]")] = None,
    train_size: Annotated[int | None, typer.Option(help="Train on the first so many patterns. [default: all]")] = None,
    validation: Annotated[
        int | None,
        typer.Option(
            help="Keep the last so many training patterns to evaluate on, and leave the test set alone. [default: 0]"
        ),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda. [default: cpu]")] = None,
    engine: EngineOption = None,
    out: Annotated[Path | None, path_option("A new folder for the run. [default: under runs/]")] = None,
    resume: Annotated[Path | None, path_option("Go on with the run in this folder; takes --passes and --data.")] = None,
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
    from lenet5.training import run_folder as run_folder
    from lenet5.training.config import DEFAULT_PRESETS, Config, preset_by_name

    folder = None if data is None else str(data.absolute())
    if resume is not None:
        run_folder.checkpoint_in(resume)
        from lenet5.training.run import Run

        run = Run.resume(resume, data=folder, passes=passes)
    else:
        name = dataset or ("digits" if data is None else "mnist")
        check_data(data, name)
        choices = preset_by_name(preset or DEFAULT_PRESETS[name], passes=passes, batch_size=batch_size)
        if out is not None:
            run_folder.check_new(out)
        from lenet5.training.run import Run

        config = Config(
            engine=_engine_for(choices, engine or "auto", device or "cpu"),
            dataset=name,
            data=folder,
            preset=choices,
            seed=1 if seed is None else seed,
            train_size=train_size,
            validation=validation or 0,
            device=device or "cpu",
        )
        with offering_digits():
            run = Run.start(config, out or _new_folder(f"{name}-{choices.name}-seed{config.seed}"))
    _train(run)


def _engine_for(preset: "Preset", asked: str, device: str) -> Literal["native", "torch"]:
    """The engine for a run; says why where it is not the native one, though it might have been."""
    from lenet5.engine import select_engine
    from lenet5.training.run import check_device
    from lenet5.training.trainer import new_network

    network = new_network(preset, seed=1).to(check_device(device))
    engine, reason = select_engine(asked, network, batch_size=preset.batch_size)
    if reason:
        typer.echo(f"On the tensor path: {reason}.", err=True)
    return engine.name


def _new_folder(name: str) -> Path:
    """runs/NAME, or with the first free number behind it."""
    candidates = (Path("runs") / (name if number == 1 else f"{name}-{number}") for number in range(1, sys.maxsize))
    return next(folder for folder in candidates if not folder.exists())


def _train(run: "Run") -> None:
    """Train with a progress bar and a line a pass; print where everything lies."""
    preset = run.config.preset
    evaluated_on = "validation" if run.config.validation else "test"
    output = Output()
    output.say(
        f"LeNet-5 on {run.config.dataset}: preset {preset.name}, seed {run.config.seed}, {run.config.engine} engine\n"
        f"{len(run.train_patterns):,} patterns to train on, {len(run.evaluation_set):,} to {evaluated_on}; "
        f"folder {run.folder}"
    )
    with _stopping_on_signals() as stopped:
        with _bar_of_patterns(run) as (bar, on_update):

            def on_pass(record: "PassRecord") -> None:
                with lifted(bar):
                    output.say(_line(record, run))

            done = run.train(on_update=on_update, on_pass=on_pass, stop=lambda: bool(stopped or output.lost))
        # Evaluating and drawing take a second or two: a first Ctrl-C waits for them.
        result = run.finish() if done else {}
    progress = run.trainer.progress
    if not done:
        why = f"lenet5: {output.lost}; stopped" if output.lost else "Stopped"
        where = f"in pass {progress.passes_done + 1} after {progress.patterns_done:,} patterns"
        complain(f"{why} {where}; nothing is lost. Go on with: lenet5 train --resume {run.folder}")
        raise SystemExit(output.lost.exit_status if output.lost else 128 + stopped[0])
    output.say(
        f"{evaluated_on.capitalize()} error {result['test_error']:.2%}, macro-F1 {result['macro_f1']:.4f} "
        f"(untrained: {result['before']['test_error']:.2%}, {result['before']['macro_f1']:.4f})\n"
        f"Weights, report and pictures: {run.folder}"
    )
    if output.lost:
        complain(f"lenet5: {output.lost}; the run is done. Weights, report and pictures: {run.folder}")
        raise SystemExit(output.lost.exit_status)


def _line(record: "PassRecord", run: "Run") -> str:
    """What is said of a pass, in 80 columns; `log.jsonl` has all of it."""
    passes = str(run.config.preset.passes)
    evaluated_on = "val" if run.config.validation else "test"
    strings = "" if record.string_error is None else f"strings {record.string_error:6.2%}  "
    return (
        f"pass {record.pass_:{len(passes)}d}/{passes}  η {record.eta:<7.2g}  loss {record.loss:.4f}  "
        f"error train {record.train_error:6.2%}  {evaluated_on} {record.test_error:6.2%}  {strings}"
        f"{len(run.train_patterns) / record.seconds:,.0f}/s"
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
def _bar_of_patterns(run: "Run") -> Iterator[Any]:
    """A bar over the whole run, and what to call after each update."""
    from rich import progress as rich_progress

    passes, patterns = run.config.preset.passes, len(run.train_patterns)
    columns = (
        rich_progress.TextColumn("pass {task.fields[number]}/" + str(passes)),
        rich_progress.BarColumn(BAR_WIDTH),
        rich_progress.TextColumn("{task.percentage:3.0f} %{task.fields[so_far]}"),
        rich_progress.TimeRemainingColumn(),
    )
    with progress_bar(*columns) as bar:
        begun = run.trainer.progress
        completed = begun.passes_done * patterns + begun.patterns_done
        number = min(begun.passes_done + 1, passes)
        task = bar.add_task("", total=passes * patterns, completed=completed, number=number, so_far="")
        shown = time.monotonic()

        def on_update(progress: "Progress") -> None:
            nonlocal shown
            if time.monotonic() - shown < 0.1:
                return
            shown = time.monotonic()
            done = progress.patterns_done
            so_far = f"  {done / progress.seconds:,.0f}/s  error {progress.errors / done:.2%}"
            bar.update(
                task,
                completed=progress.passes_done * patterns + done,
                number=progress.passes_done + 1,
                # Of the first patterns of a pass neither says much yet.
                so_far=so_far if done >= patterns / 100 else "",
            )

        yield bar, on_update
