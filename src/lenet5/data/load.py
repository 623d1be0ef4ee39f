"""A dataset by its name."""

from pathlib import Path

from lenet5.data.patterns import Dataset


def load_dataset(name: str, folder: str | Path | None = None) -> Dataset:
    """The dataset called `name`: "mnist", as in the paper, or "digits", embedded, which needs no network.

    `folder` is where MNIST lies (None: see `load_mnist`); the embedded digits have no use for it.

    Raises ValueError for another name, and what `load_mnist` raises.
    """
    match name:
        case "mnist":
            from lenet5.data.mnist import load_mnist

            return load_mnist(None if folder is None else Path(folder))
        case "digits":
            from lenet5.data.digits import load_digits

            return load_digits()
        case _:
            raise ValueError(f"there is no dataset {name!r}: choose 'mnist' or 'digits'")
