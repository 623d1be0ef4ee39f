"""LeNet-5 of 1998, from scratch on PyTorch tensor operations.

Names are imported when first used, so that `lenet5 --help` need not wait for PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lenet5.checkpoint import load_model, load_pretrained
    from lenet5.curvature import diagonal_curvature
    from lenet5.data import Dataset, Patterns, load_dataset
    from lenet5.data.normalisation import to_field
    from lenet5.evaluation import answers, scores
    from lenet5.layers.convolution import Convolution
    from lenet5.layers.full_connection import FullConnection
    from lenet5.layers.rbf import EuclideanRBF
    from lenet5.layers.subsampling import Subsampling
    from lenet5.loss import MAPLoss, MLELoss
    from lenet5.network import LeNet5, Network, answer, summary
    from lenet5.presets import PRESETS, Preset
    from lenet5.sdlm import SDLM
    from lenet5.training import Trainer

__version__ = "0.1.0"

_HOMES = {
    "Convolution": "layers.convolution",
    "Dataset": "data",
    "EuclideanRBF": "layers.rbf",
    "FullConnection": "layers.full_connection",
    "LeNet5": "network",
    "MAPLoss": "loss",
    "MLELoss": "loss",
    "Network": "network",
    "PRESETS": "presets",
    "Patterns": "data",
    "Preset": "presets",
    "SDLM": "sdlm",
    "Subsampling": "layers.subsampling",
    "Trainer": "training",
    "answer": "network",
    "answers": "evaluation",
    "diagonal_curvature": "curvature",
    "load_dataset": "data",
    "load_model": "checkpoint",
    "load_pretrained": "checkpoint",
    "scores": "evaluation",
    "summary": "network",
    "to_field": "data.normalisation",
}

__all__ = [  # noqa: RUF022 sorted as Python sorts, which a test checks
    "Convolution",
    "Dataset",
    "EuclideanRBF",
    "FullConnection",
    "LeNet5",
    "MAPLoss",
    "MLELoss",
    "Network",
    "PRESETS",
    "Patterns",
    "Preset",
    "SDLM",
    "Subsampling",
    "Trainer",
    "answer",
    "answers",
    "diagonal_curvature",
    "load_dataset",
    "load_model",
    "load_pretrained",
    "scores",
    "summary",
    "to_field",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lenet5' has no attribute {name!r}")
    return getattr(import_module(f"lenet5.{_HOMES[name]}"), name)
