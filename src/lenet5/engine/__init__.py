"""The native engine: the paper's online training, a pattern an update, at the machine's speed.

The layers under `lenet5.layers` are the definition; this is the same arithmetic in C++ (`native/`, a file a stage),
proved equal to them by tests/engine. It works on the network's own parameters; those of C3 it arranges by map for as
long as a call lasts, so leave a network alone while it is trained.

Where a layer, the loss or the step has been edited, C++ does not know it. So the first question about a network sends a
pattern through its layers and the engine (`agreement`): states, losses, two updates. Where they differ beyond rounding,
"auto" takes the tensor path and says what differed, and "native" is refused. Reading pictures does without PyTorch, and
so without the layers, only while their files are those that the engine was proved equal to, by digest (`extension`);
else it loads them and compares too. What is edited after the first question about a network is not noticed.

The arithmetic alone is compiled for one processor; elsewhere the import fails with a sentence (native/passes.hpp), and
everything goes by the tensor path.
"""

from typing import TYPE_CHECKING

from lenet5.tools.lazy import lazy

if TYPE_CHECKING:
    from lenet5.engine.native import (
        CannotRunError,
        EngineName,
        TrainedPart,
        choose,
        penalties,
        states,
        train,
        unsupported_reason,
    )

__all__ = [
    "CannotRunError",
    "EngineName",
    "TrainedPart",
    "choose",
    "penalties",
    "states",
    "train",
    "unsupported_reason",
]

__getattr__ = lazy(__name__, dict.fromkeys(__all__, "lenet5.engine.native"))
