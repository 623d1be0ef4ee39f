"""lenet5 summary."""

import json
from typing import Annotated

import typer

from lenet5.cli.common import JsonOption, fail


def summary(
    explain: Annotated[bool, typer.Option("--explain", help="Write out the arithmetic of every count.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The network layer by layer: sizes, trainable parameters and connections, beside the paper's."""
    if explain and as_json:
        fail("--explain and --json were given; --explain is for readers and --json for programs, give one of them.")
    from lenet5 import paper
    from lenet5.network import LeNet5
    from lenet5.network import summary as count

    network = LeNet5()
    rows = count(network)
    parameters, connections = sum(row.parameters for row in rows), sum(row.connections for row in rows)
    if as_json:
        layers = [{**row._asdict(), "paper": paper.LAYERS[row.name]._asdict()} for row in rows]
        total = {"parameters": parameters, "connections": connections}
        total_1998 = {"parameters": paper.PARAMETERS, "connections": paper.CONNECTIONS}
        typer.echo(json.dumps({"layers": layers, **total, "paper": total_1998}, indent=2))
        return

    if explain:
        from lenet5.cli.arithmetic import arithmetic

        for (name, layer), row in zip(network.layers(), rows, strict=True):
            for left, line in zip((name, ""), arithmetic(layer, row), strict=True):
                typer.echo(f"{left:<8}{line}")
        typer.echo(f"{'total':<8}{parameters:,} parameters, {connections:,} connections")
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
