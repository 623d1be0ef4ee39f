"""lenet5 reproduce."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from lenet5.cli.common import DataOption, fail, path_option
from lenet5.cli.progress import BAR_WIDTH, progress_bar
from lenet5.reproduce import BEYOND, NAMES, load_reproduction


def reproduce(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help=f"{', '.join(NAMES)}; {', '.join(BEYOND)}; or all of the paper's.",
        ),
    ],
    seeds: Annotated[int, typer.Option(min=1, help="How many runs of each preset.")] = 5,
    data: DataOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="2,000 patterns, 2 passes, 2 seeds: to see that all works.")
    ] = False,
    out: Annotated[
        Path | None,
        path_option(
            "Where results.md and results/ go. [default: docs for all, else runs/results; with --quick runs/quick]",
        ),
    ] = None,
    runs: Annotated[Path, path_option("Where the trained networks are kept.")] = Path("runs/reproduce"),
    workers: Annotated[
        int | None, typer.Option(min=1, help="Runs at a time, of up to 1 GB each. [default: one a core]")
    ] = None,
    backend: Annotated[str, typer.Option(help="joblib's: loky, threading …, or a dask or ray cluster.")] = "loky",
) -> None:
    """Make a table or figure of the paper, ours beside 1998; all of them, and the page docs/results.md."""
    import joblib

    from lenet5.engine import unsupported_reason
    from lenet5.network import LeNet5
    from lenet5.reproduce.experiment_cache import ExperimentCache
    from lenet5.reproduce.report_writer import write_report, write_reproduction

    names = NAMES if name == "all" else (name,)
    chosen = [load_reproduction(one) for one in names]
    folder = out or Path("runs/quick" if quick else "docs" if name == "all" else "runs/results")
    cache = ExperimentCache(
        runs,
        data=data,
        seeds=min(seeds, 2) if quick else seeds,
        workers=workers or joblib.cpu_count(),
        backend=backend,
        quick=quick,
    )
    for path, option in ((folder / "results", "--out"), (cache.folder, "--runs")):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fail(f"{path} cannot be made ({error.strerror}); give another {option}.")
    if reason := unsupported_reason(LeNet5()):
        typer.echo(f"On the tensor path, some fifty times slower: {reason}.", err=True)
    try:
        with _bar_of_passes() as on_progress:
            cache.do([job for one in chosen for job in one.jobs(cache)], on_progress)
    except KeyboardInterrupt:
        typer.echo("Stopped; what was trained is kept. The same command goes on from there.", err=True)
        raise SystemExit(128 + signal.SIGINT) from None
    command = f"lenet5 reproduce {name} --seeds {len(cache.seeds)}" + (" --quick" if quick else "")
    for one in chosen:
        files = write_reproduction(one.make(cache), folder, cache, command)
        typer.echo(" ".join(map(str, files)))
    typer.echo(write_report(folder))


@contextmanager
def _bar_of_passes() -> Iterator[Any]:
    """A bar, or a line each twentieth where none can be drawn; gives what to call with passes done, and of."""
    from rich import progress as rich_progress

    columns = (
        rich_progress.TextColumn("training"),
        rich_progress.BarColumn(BAR_WIDTH),
        rich_progress.TextColumn("{task.fields[passes]}"),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with progress_bar(*columns) as bar:
        task = bar.add_task("", total=None, passes="")
        said = 0

        def on_progress(done: int, total: int) -> None:
            nonlocal said
            passes = f"{done:,} of {total:,} passes"
            bar.update(task, completed=done, total=total, passes=passes)
            if bar.disable and 20 * done // total > said:
                said = 20 * done // total
                typer.echo(f"training: {passes}", err=True)

        yield on_progress
