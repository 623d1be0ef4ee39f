"""The handwritten digits: MNIST, the embedded digits, any picture, and how grey levels become the network's input."""

from typing import TYPE_CHECKING

from lenet5.tools.lazy import lazy

if TYPE_CHECKING:
    from lenet5.data.load import load_dataset
    from lenet5.data.patterns import Dataset, Patterns

__all__ = ["Dataset", "Patterns", "load_dataset"]

__getattr__ = lazy(
    __name__,
    {
        "Dataset": "lenet5.data.patterns",
        "Patterns": "lenet5.data.patterns",
        "load_dataset": "lenet5.data.load",
    },
)
