"""The command line: parse, call, print. What takes long to import is imported by the command that needs it."""

from typing import Annotated, NoReturn

import typer

from lenet5.cli.bench import bench
from lenet5.cli.common import fail
from lenet5.cli.evaluate import evaluate
from lenet5.cli.export import export
from lenet5.cli.output import open_streams
from lenet5.cli.read import read
from lenet5.cli.reproduce import reproduce
from lenet5.cli.serve import serve
from lenet5.cli.summary import summary
from lenet5.cli.train import train
from lenet5.version import __version__

app = typer.Typer(
    help="LeNet-5 of 1998, from scratch: train it, evaluate it, see its every number.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for command in (train, evaluate, read, serve, export, reproduce, bench, summary):
    app.command()(command)


def main() -> NoReturn:
    """Run the command line; a mistake of the user's is one sentence and exit status 1."""
    open_streams()
    try:
        app()
    except ValueError as error:
        fail(str(error))
    except OSError as error:
        fail(str(error).removeprefix(f"[Errno {error.errno}] "))  # a number says nothing to who reads the rest
    raise SystemExit(0)


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
