"""The handwritten digits: MNIST, the embedded digits, and how grey levels become the network's input."""

from lenet5.data.load import load_dataset
from lenet5.data.patterns import Dataset, Patterns

__all__ = ["Dataset", "Patterns", "load_dataset"]
