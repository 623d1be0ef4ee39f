"""The command line: parse, call, print. What takes long to import is imported by the command that needs it."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from lenet5 import __version__

if TYPE_CHECKING:
    from lenet5.pictures import Result
    from lenet5.presets import Preset
    from lenet5.reading import Reading
    from lenet5.run import Run
    from lenet5.training import PassRecord, Progress

app = typer.Typer(
    help="LeNet-5 of 1998, from scratch: train it, judge it, see its every number.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class DatasetName(StrEnum):
    """What --dataset takes."""

    digits = "digits"
    mnist = "mnist"


class PresetName(StrEnum):
    """What --preset takes; the presets themselves are in `presets`."""

    paper = "1998"
    tuned = "tuned"
    distorted = "distorted"
    best = "best"
    fast = "fast"
    digits = "digits"


class EngineChoice(StrEnum):
    """What --engine takes."""

    auto = "auto"
    native = "native"
    torch = "torch"


DataOption = Annotated[
    Path | None,
    typer.Option(help="The folder with MNIST's four files. [default: $LENET5_DATA, the cache, a download]"),
]
EngineOption = Annotated[
    EngineChoice | None, typer.Option(help="native is C++, torch the tensor path. [default: auto, native if it can]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def main() -> NoReturn:
    """Run the command line; a mistake of the user's is one sentence and exit status 1."""
    try:
        app()
    except (ValueError, OSError) as error:
        fail(str(error))
    raise SystemExit(0)


def fail(sentence: str) -> NoReturn:
    """Say what is wrong, and end with status 1."""
    typer.echo(f"lenet5: {sentence}", err=True)
    raise SystemExit(1)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lenet5 {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
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
        _check_data(data, name)
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


def _check_data(data: Path | None, dataset: str) -> None:
    """A folder of MNIST's files and another data set are two wishes: ask which is meant."""
    if data is not None and dataset != DatasetName.mnist.value:
        fail(f"--data {data} holds MNIST's files, and {dataset} was asked for; give --dataset mnist, or no --data.")


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
            f"pass {record.pass_:2d}/{preset.passes}  η {record.eta:<7g} {rates}  "
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


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A run's folder, a model.safetensors, or pretrained.")],
    dataset: Annotated[
        DatasetName | None, typer.Option(help="Whose test set. [default: what it was trained on]")
    ] = None,
    data: DataOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a trained network on a test set: error rate, F1, confusion matrix."""
    from lenet5.folder import model_in

    model_in(model)  # before PyTorch is imported, which takes a second
    from lenet5.checkpoint import load_model
    from lenet5.data import load_dataset
    from lenet5.engine import choose
    from lenet5.evaluation import answers, scores

    network, config = load_model(model)
    name = dataset.value if dataset else config.dataset
    _check_data(data, name)
    folder = data or (Path(config.data) if config.data and name == config.dataset else None)
    test = load_dataset(name, folder).test
    used, reason = choose((engine or EngineChoice.auto).value, network)
    if reason:
        typer.echo(f"On the tensor path: {reason}.", err=True)
    result = scores(answers(network, test, used), test.labels)
    if as_json:
        typer.echo(json.dumps({"dataset": name, "model": str(model), "engine": used, **result.as_dict()}, indent=2))
        return

    from rich import box
    from rich.console import Console
    from rich.table import Table

    typer.echo(
        f"{result.patterns:,} test patterns of {name}: error {result.test_error:.2%}, macro-F1 {result.macro_f1:.4f}"
    )
    table = Table(title="Rows: the true digit. Columns: the answer.", box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ["", *map(str, range(10)), "F1"]:
        table.add_column(heading, justify="right")
    for digit, (row, f1) in enumerate(zip(result.confusion, result.per_digit_f1, strict=True)):
        table.add_row(str(digit), *(str(count) if count else "·" for count in row), f"{f1:.4f}")
    Console().print(table)


@app.command()
def read(
    pictures: Annotated[
        list[str], typer.Argument(metavar="PICTURE…", help="Files, folders, patterns as 'scans/*.png', - for stdin.")
    ],
    model: Annotated[str, typer.Option(help="A run's folder, a model.safetensors, or pretrained.")] = "pretrained",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    explain: Annotated[Path | None, typer.Option(help="Draw what the network saw of one picture to this PNG.")] = None,
) -> None:
    """Read the digits on pictures: the answer, its probability, the runner-up, and whether it is a digit at all."""
    from lenet5.pictures import files_meant, read_files
    from lenet5.reading import network_of
    from lenet5.readings_out import as_csv_lines, as_json_lines, as_table_lines

    if as_json and as_csv:
        fail("--json and --csv were both given; give one of them.")
    files = files_meant(pictures)
    network_of(model)
    if explain is not None and len(files) != 1:
        fail(f"--explain draws one picture, and {len(files)} were given; give one.")
    form = as_json_lines if as_json else as_csv_lines if as_csv else as_table_lines
    if explain is not None:
        files_read: Iterator[Result] = iter([(files[0], _explained(files[0], model, explain))])
    else:
        files_read = read_files(files, model)
    bad = 0

    def results() -> "Iterator[Result]":
        nonlocal bad
        with _bar_of_pictures(len(files)) as on_read:
            for file, reading in files_read:
                on_read()
                if isinstance(reading, str):
                    bad += 1
                    typer.echo(f"lenet5: {file}: {reading}", err=True)
                yield file, reading

    for line in form(results(), files):
        typer.echo(line)
    if bad:
        raise SystemExit(1)


def _explained(file: str, model: str, to: Path) -> "Reading":
    """A picture's reading; what the network saw of it is drawn."""
    from lenet5.data.picture import grey_levels
    from lenet5.pictures import content_of
    from lenet5.reading import network_of, read_by

    if to.is_dir() or not to.absolute().parent.is_dir():
        fail(f"--explain {to} cannot be written: it is a folder, or its folder is not there; give a file.")
    grey = grey_levels(content_of(file))
    reading = read_by(network_of(model), grey)

    # What draws takes half a second to import, and a bad picture need not wait for it.
    from lenet5.figures import style
    from lenet5.figures.explanation import explanation

    style.save(explanation(grey, reading, network_of(model)), to)
    return reading


@contextmanager
def _bar_of_pictures(number: int) -> Iterator[Any]:
    """A bar on a terminal's standard error where there are many; gives what to call after each picture."""
    if number < 100 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("reading"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    bar = rich_progress.Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=on_terminal)
    with bar:
        task = bar.add_task("", total=number)
        yield lambda: bar.advance(task)


@app.command()
def export(
    to: Annotated[str, typer.Option("--to", help="onnx, torch (a torch.export program), c (a C99 header) or json.")],
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A run's folder, a model.safetensors, or pretrained.")
    ] = Path("pretrained"),
    out: Annotated[
        Path | None, typer.Option(help="The file. [default: lenet5.onnx, lenet5.pt2, lenet5.h or lenet5.json]")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="With --to c: weights and states in int8, a quarter of the memory.")
    ] = False,
    data: DataOption = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not read the file back and compare it.")] = False,
) -> None:
    """Write a trained network for other programs: read back, and compared on the test set, before it is there."""
    # What can be refused without PyTorch is refused before it is imported, which takes a second.
    from lenet5.export import FORMATS, check_out, check_tools, format_named
    from lenet5.folder import model_in

    name = format_named(to, int8=int8)
    file = out or Path("lenet5" + FORMATS[name].suffix)
    check_out(file, name)
    model_in(model)
    check_tools(name, unchecked=unchecked)
    from lenet5.export.exporting import export as export_to

    written = export_to(model, name, file, data=data, unchecked=unchecked)
    if written.note:
        typer.echo(written.note, err=True)
    typer.echo(f"{file}: {written.size:,} bytes, from {model}, in {written.seconds:.1f} s")
    typer.echo(f"Read back: {written.comparison}." if written.comparison else "Not read back, not compared.")


@app.command()
def bench(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds to take the median of.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Measure the native engine beside the tensor path, in turn, on this machine."""
    from lenet5.bench import machine, native_beside_tensors

    rows = []
    if not as_json:
        typer.echo(machine())
    for row in native_beside_tensors(rounds):
        rows.append(row.as_dict())
        if not as_json:
            typer.echo(row.line())
    if as_json:
        typer.echo(json.dumps({"machine": machine(), "rows": rows}, indent=2))


@app.command()
def reproduce(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="table1, fig3, fig5 … fig10, fig13; silences, fast, best, weights; or all of the paper's.",
        ),
    ],
    seeds: Annotated[int, typer.Option(min=1, help="How many runs of each preset.")] = 5,
    data: DataOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="2,000 patterns, 2 passes, 2 seeds: to see that all works.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where results.md and results/ go. [default: docs for all, else runs/results; with --quick runs/quick]"
        ),
    ] = None,
    runs: Annotated[Path, typer.Option(help="Where the trained networks are kept.")] = Path("runs/reproduce"),
    workers: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time, of up to 1 GB each. [default: one a core]")
    ] = None,
    backend: Annotated[str, typer.Option(help="joblib's: loky, threading …, or a dask or ray cluster.")] = "loky",
) -> None:
    """Make a table or figure of the paper, ours beside 1998; all of them, and the page docs/results.md."""
    import joblib

    from lenet5.engine import why_not
    from lenet5.network import LeNet5
    from lenet5.reproduce import BEYOND, NAMES, reproduction
    from lenet5.reproduce.lab import Lab
    from lenet5.reproduce.page import write, write_page

    names = NAMES if name == "all" else (name,)
    chosen = [reproduction(one) for one in names]
    folder = out or Path("runs/quick" if quick else "docs" if name == "all" else "runs/results")
    lab = Lab(
        runs,
        data=data,
        seeds=min(seeds, 2) if quick else seeds,
        workers=workers or joblib.cpu_count(),
        backend=backend,
        quick=quick,
    )
    for place, option in ((folder / "results", "--out"), (lab.folder, "--runs")):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fail(f"{place} cannot be made ({error.strerror}); give another {option}.")
    if reason := why_not(LeNet5()):
        typer.echo(f"On the tensor path, some fifty times slower: {reason}.", err=True)
    try:
        with _bar_of_passes() as on_progress:
            lab.do([job for one in chosen for job in one.jobs(lab)], on_progress)
    except KeyboardInterrupt:
        typer.echo("Stopped; what was trained is kept. The same command goes on from there.", err=True)
        raise SystemExit(128 + signal.SIGINT) from None
    command = f"lenet5 reproduce {name} --seeds {len(lab.seeds)}" + (" --quick" if quick else "")
    for one in chosen:
        files = write(one.make(lab), folder, lab, command)
        typer.echo(" ".join(map(str, files)))
    typer.echo(write_page(folder, NAMES + BEYOND))


@contextmanager
def _bar_of_passes() -> Iterator[Any]:
    """A bar on a terminal's standard error, else a line each twentieth; gives what to call with passes done, and of."""
    from rich import progress as rich_progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        rich_progress.TextColumn("training"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TextColumn("passes"),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        said = 0

        def on_progress(done: int, of: int) -> None:
            nonlocal said
            bar.update(task, completed=done, total=of)
            if not console.is_terminal and 20 * done // of > said:
                said = 20 * done // of
                typer.echo(f"training: {done:,} of {of:,} passes", err=True)

        yield on_progress


@app.command()
def summary(as_json: JsonOption = False) -> None:
    """The network layer by layer: sizes, trainable parameters and connections, beside the paper's."""
    from lenet5 import paper
    from lenet5.network import LeNet5
    from lenet5.network import summary as count

    rows = count(LeNet5())
    parameters, connections = sum(row.parameters for row in rows), sum(row.connections for row in rows)
    if as_json:
        layers = [{**row._asdict(), "paper": paper.LAYERS[row.name]._asdict()} for row in rows]
        total = {"parameters": parameters, "connections": connections}
        total_1998 = {"parameters": paper.PARAMETERS, "connections": paper.CONNECTIONS}
        typer.echo(json.dumps({"layers": layers, **total, "paper": total_1998}, indent=2))
        return

    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("layer", "size", "parameters", "1998", "connections", "1998"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    for row in rows:
        printed = paper.LAYERS[row.name]
        size = "×".join(map(str, row.size))
        numbers = (row.parameters, printed.parameters, row.connections, printed.connections)
        table.add_row(row.name, size, *(f"{number:,}" for number in numbers))
    table.add_section()
    table.add_row("total", "", *(f"{n:,}" for n in (parameters, paper.PARAMETERS, connections, paper.CONNECTIONS)))
    Console().print(table)


@app.command()
def serve(
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="A run's folder, a model.safetensors, or pretrained.")
    ] = "pretrained",
    host: Annotated[str, typer.Option(help="The address to answer on; 0.0.0.0 for the whole network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any free one.")] = 8000,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Pictures read at a time. [default: one a core, 8 at most]")
    ] = None,
    access_log: Annotated[bool, typer.Option(help="A line a request on standard error.")] = True,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Draw a digit in the browser and watch every layer; or send pictures to the service behind it."""
    from lenet5.engine.frozen import frozen_network

    network = frozen_network(model)
    try:
        from lenet5.web import app as web_app
        from lenet5.web import server
        from lenet5.web.limits import Limits
    except ModuleNotFoundError as error:
        fail(f"the page needs {error.name}, which is not installed; get it with: pip install 'lenet5[serve]'")
    limits = Limits() if threads is None else Limits(threads=threads)
    listening = server.listen(host, port)
    where = server.url(listening)

    def ready() -> None:
        typer.echo(f"LeNet-5 is at {where}, its service described at {where}docs; Ctrl-C stops it.")
        if open_page:
            typer.launch(where)

    server.serve(web_app.create_app(network, model, limits), listening, limits, ready, access_log=access_log)
