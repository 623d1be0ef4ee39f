"""lenet5 bench."""

import json
from typing import Annotated

import typer

from lenet5.cli.common import JsonOption


def bench(
    rounds: Annotated[int, typer.Option(min=1, help="Rounds to take the median of.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Measure the native engine beside the tensor path, in turn, on this machine."""
    from lenet5.engine.bench import machine, native_beside_tensors

    rows = []
    if not as_json:
        typer.echo(machine())
    for row in native_beside_tensors(rounds):
        rows.append(row.as_dict())
        if not as_json:
            typer.echo(row.line())
    if as_json:
        typer.echo(json.dumps({"machine": machine(), "rows": rows}, indent=2))
