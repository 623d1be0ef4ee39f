"""The extension module `_native`, or why there is none; and which layers it was written after."""

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.data.line import Line
from lenet5.graphs.cuts import Cuts
from lenet5.graphs.graph import DIGITS, NULL
from lenet5.graphs.interpretation import Interpretation, likeliest_first
from lenet5.graphs.recognition import Hypotheses
from lenet5.graphs.segmentation_graph import SegmentationGraph
from lenet5.paper import INPUT_SIZE

# The files that say what a network computes, and the SHA-256 of their SHA-256s as the engine was last proved equal to
# them. After an edit: `pytest tests/engine`, and where the engine still does the same, the digest that it prints.
DEFINITION: Final = ("layers/*.py", "bitmaps.py", "data/input.py", "network.py", "paper.py")
PROVED_EQUAL_TO: Final = "c8d4dfe477a8e6ad812c481acdd62a36b235d2cf936a005af58c0c0c2137481f"

PACKAGE: Final = Path(__file__).parents[1]


@cache
def extension() -> ModuleType | str:
    """The native engine's module, or the reason why this machine has none.

    Returns:
        The module; or a clause without a full stop, for a sentence to take in.
    """
    try:
        return import_module("lenet5.engine._native")
    except ModuleNotFoundError:
        return "no native engine was built for this machine when lenet5 was installed (it takes GCC 12 or Clang)"
    except ImportError as error:
        return f"the native engine does not run here: {error}"


def digest_of_definition(package: Path = PACKAGE) -> str:
    """The SHA-256 of the SHA-256s of the files that say what a network computes.

    Args:
        package: the folder of lenet5.

    Returns:
        Hexadecimal; empty where the files are not there.
    """
    files = [file for pattern in DEFINITION for file in sorted(package.glob(pattern))]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return hashlib.sha256("".join(digests).encode()).hexdigest() if digests else ""


def native_segmentation(module: ModuleType, line: Line) -> SegmentationGraph:
    """The segmentation graph of a line by the extension's module; see `graphs.segmentation_graph`."""
    x, crossed, arcs, boxes, features, patterns = module.segments(np.ascontiguousarray(line))
    cuts = Cuts(x.astype(np.int64), crossed[:, 0].astype(np.int64))
    shaped = patterns.reshape(-1, INPUT_SIZE, INPUT_SIZE)
    return SegmentationGraph(cuts, arcs.astype(np.int64), boxes.astype(np.int64), features, shaped)


def native_interpretations(
    module: ModuleType, hypotheses: Hypotheses, penalties: NDArray[np.float64]
) -> list[Interpretation]:
    """What `graphs.interpretation.interpret` says of a recognition graph without a grammar, by the extension's module.

    Args:
        module: the extension.
        hypotheses: the segments, or a sweep.
        penalties: arcs×11.
    """
    found = []
    for path, posterior in module.interpret(hypotheses.arcs.astype(np.int32), np.ascontiguousarray(penalties)):
        labelled = tuple((segment, k if k in DIGITS else NULL) for segment, k in path.tolist())
        labels = tuple(k for _, k in labelled if k is not NULL)
        found.append(Interpretation(labels, labelled, posterior))
    return likeliest_first(found)
