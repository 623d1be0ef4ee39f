"""Sets of handwritten digits: MNIST, the embedded digits, distorted ones; and how grey levels become the input."""

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
