"""Two engines with the same methods: the tensor path, and the same arithmetic in C++ at the machine's speed.

The layers under `lenet5.layers` are the definition, and `TENSORS` runs them. `NATIVE` is the paper's online training, a
pattern an update, in C++ (`native/`, a file a stage), proved equal to them by tests/engine; `native/nested_loops.c` is
the same in plain loops, for reading. It works on the network's own parameters; those of C3 it arranges by map for as
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
    from lenet5.engine.base import Engine, TrainedPart
    from lenet5.engine.native import NATIVE, CannotRunError, unsupported_reason
    from lenet5.engine.selection import EngineName, select_engine
    from lenet5.engine.tensors import TENSORS

_HOMES = {
    "CannotRunError": "lenet5.engine.native",
    "Engine": "lenet5.engine.base",
    "EngineName": "lenet5.engine.selection",
    "NATIVE": "lenet5.engine.native",
    "TENSORS": "lenet5.engine.tensors",
    "TrainedPart": "lenet5.engine.base",
    "select_engine": "lenet5.engine.selection",
    "unsupported_reason": "lenet5.engine.native",
}

__all__ = [  # noqa: RUF022 sorted as Python sorts, which a test checks
    "CannotRunError",
    "Engine",
    "EngineName",
    "NATIVE",
    "TENSORS",
    "TrainedPart",
    "select_engine",
    "unsupported_reason",
]

__getattr__ = lazy(__name__, _HOMES)
