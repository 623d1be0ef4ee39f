"""The native engine: the paper's online training, a pattern an update, at the machine's speed.

The layers under `lenet5.layers` are the definition; this is the same arithmetic in C++ (`native/`, a file a stage),
proved equal to them by tests/engine. It works on the network's own parameters; those of C3 it arranges by map for as
long as a call lasts, so leave a network alone while it is trained.
"""

from typing import TYPE_CHECKING

from lenet5.late_import import late

if TYPE_CHECKING:
    from lenet5.engine.native_path import (
        CannotRunError,
        EngineName,
        TrainedPart,
        choose,
        penalties,
        states,
        train,
        why_not,
    )

__all__ = ["CannotRunError", "EngineName", "TrainedPart", "choose", "penalties", "states", "train", "why_not"]

__getattr__ = late(__name__, dict.fromkeys(__all__, "lenet5.engine.native_path"))
