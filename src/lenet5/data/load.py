"""A dataset by its name."""

from pathlib import Path

from lenet5.data.patterns import Dataset


def load_dataset(name: str, folder: str | Path | None = None) -> Dataset:
    """The dataset of a name.

    Args:
        name: "mnist", as in the paper; or "digits", embedded, for which nothing is downloaded.
        folder: where MNIST is, None for the usual places, see `load_mnist`; the embedded digits ignore it.

    Raises:
        ValueError: another name, and what `load_mnist` raises.
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
