"""lenet5 export."""

from pathlib import Path
from typing import Annotated

import typer

from lenet5.cli.common import DataOption, path, path_option


def export(
    to: Annotated[str, typer.Option("--to", help="onnx, torch (a torch.export program), c (a C99 header) or json.")],
    model: Annotated[
        Path, typer.Argument(parser=path, metavar="MODEL", help="A run's folder, a model.safetensors, or pretrained.")
    ] = Path("pretrained"),
    out: Annotated[
        Path | None, path_option("The file. [default: lenet5.onnx, lenet5.pt2, lenet5.h or lenet5.json]")
    ] = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="With --to c: weights and states in int8, a quarter of the memory.")
    ] = False,
    as_bytes: Annotated[
        bool, typer.Option("--bytes", help="With --to onnx: from N×28×28 bytes 0 to 255 to probabilities.")
    ] = False,
    data: DataOption = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not read the file back and compare it.")] = False,
) -> None:
    """Write a trained network for other programs: read back, and compared on the test set, before it is there."""
    # What can be refused without PyTorch is refused before it is imported, which takes a second.
    from lenet5.export import EXPORT_FORMATS, check_out, check_tools, format_named
    from lenet5.training.run_folder import model_in

    name = format_named(to, int8=int8, as_bytes=as_bytes)
    file = out or Path("lenet5" + EXPORT_FORMATS[name].suffix)
    check_out(file, name)
    model_in(model)
    check_tools(name, unchecked=unchecked)
    from lenet5.export.exporting import export as export_to

    written = export_to(model, name, file, data=data, unchecked=unchecked)
    if written.note:
        typer.echo(written.note, err=True)
    typer.echo(f"{file}: {written.size:,} bytes, from {model}, in {written.seconds:.1f} s")
    typer.echo(f"Read back: {written.comparison}." if written.comparison else "Not read back, not compared.")
    if feed := EXPORT_FORMATS[name].feed:
        typer.echo(feed)
