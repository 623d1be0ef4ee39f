"""lenet5 evaluate."""

import json
from pathlib import Path
from typing import Annotated

import typer

from lenet5.cli.common import (
    DATASETS,
    DataOption,
    EngineOption,
    JsonOption,
    check_data,
    choice_option,
    offering_digits,
    path,
)


def evaluate(
    model: Annotated[
        Path, typer.Argument(parser=path, metavar="MODEL", help="A run's folder, a model.safetensors, or pretrained.")
    ],
    dataset: Annotated[str | None, choice_option(DATASETS, "Whose test set. [default: what it was trained on]")] = None,
    data: DataOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluate a trained network on a test set: error rate, F1, confusion matrix."""
    from lenet5.training.run_folder import model_in

    model_in(model)  # before PyTorch is imported, which takes a second
    from lenet5.data import load_dataset
    from lenet5.engine import select_engine
    from lenet5.training.checkpoint import load_model
    from lenet5.training.evaluation import answers, scores

    network, config = load_model(model)
    name = dataset or config.dataset
    check_data(data, name)
    folder = data or (Path(config.data) if config.data and name == config.dataset else None)
    with offering_digits():
        test = load_dataset(name, folder).test
    used, reason = select_engine(engine or "auto", network)
    if reason:
        typer.echo(f"On the tensor path: {reason}.", err=True)
    result = scores(answers(network, test, used), test.labels)
    if as_json:
        header = {"dataset": name, "model": str(model), "engine": used.name}
        typer.echo(json.dumps({**header, **result.as_dict()}, indent=2))
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
