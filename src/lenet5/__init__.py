"""LeNet-5 of 1998, from scratch on PyTorch tensor operations.

Names are imported when first used, so that `lenet5 --help` need not wait for PyTorch.
"""

from typing import TYPE_CHECKING

from lenet5.tools.lazy import lazy
from lenet5.version import __version__ as __version__

if TYPE_CHECKING:
    from lenet5.curvature import diagonal_curvature
    from lenet5.data import Dataset, Patterns, load_dataset
    from lenet5.data.input import to_input
    from lenet5.layers.convolution import Convolution
    from lenet5.layers.full_connection import FullConnection
    from lenet5.layers.rbf import EuclideanRBF
    from lenet5.layers.subsampling import Subsampling
    from lenet5.loss import MAPLoss, MLELoss
    from lenet5.network import LeNet5, Network, answer, summary
    from lenet5.reading.reader import read
    from lenet5.reading.result import Reading
    from lenet5.sdlm import SDLM
    from lenet5.training.checkpoint import load_model, load_pretrained
    from lenet5.training.evaluation import predictions, scores
    from lenet5.training.presets import PRESETS, Preset
    from lenet5.training.trainer import Trainer


_HOMES = {
    "Convolution": "lenet5.layers.convolution",
    "Dataset": "lenet5.data",
    "EuclideanRBF": "lenet5.layers.rbf",
    "FullConnection": "lenet5.layers.full_connection",
    "LeNet5": "lenet5.network",
    "MAPLoss": "lenet5.loss",
    "MLELoss": "lenet5.loss",
    "Network": "lenet5.network",
    "PRESETS": "lenet5.training.presets",
    "Patterns": "lenet5.data",
    "Preset": "lenet5.training.presets",
    "Reading": "lenet5.reading.result",
    "SDLM": "lenet5.sdlm",
    "Subsampling": "lenet5.layers.subsampling",
    "Trainer": "lenet5.training.trainer",
    "answer": "lenet5.network",
    "diagonal_curvature": "lenet5.curvature",
    "load_dataset": "lenet5.data",
    "load_model": "lenet5.training.checkpoint",
    "load_pretrained": "lenet5.training.checkpoint",
    "predictions": "lenet5.training.evaluation",
    "read": "lenet5.reading.reader",
    "scores": "lenet5.training.evaluation",
    "summary": "lenet5.network",
    "to_input": "lenet5.data.input",
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
    "Reading",
    "SDLM",
    "Subsampling",
    "Trainer",
    "answer",
    "diagonal_curvature",
    "load_dataset",
    "load_model",
    "load_pretrained",
    "predictions",
    "read",
    "scores",
    "summary",
    "to_input",
]

__getattr__ = lazy(__name__, _HOMES, old_names={"answers": "predictions", "to_field": "to_input"})
