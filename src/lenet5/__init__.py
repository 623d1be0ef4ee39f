"""LeNet-5 of 1998, from scratch on PyTorch tensor operations."""

__version__ = "0.1.0"
