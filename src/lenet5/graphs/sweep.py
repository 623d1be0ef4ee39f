"""The space displacement network's hypotheses: what LeNet-5 sees as it is swept over a line, section VII.

The network gives penalties at every fourth column: the output graph of figure 27, linear, an arc a class and position.
The character model, a transducer, says how a string comes of it: a digit is the same label at one to three outputs in a
row, and an output with the blank's label stands before the next one. `character_model` writes it out. A sweep is its
composition with any output graph, unfolded: an arc for a digit and as many outputs as it takes, the blank behind it
included.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet5.data.flanking import BLANK
from lenet5.data.line import Line
from lenet5.graphs.graph import DIGITS, NULL
from lenet5.graphs.transducer import Table, Transition
from lenet5.paper import INPUT_SIZE

# Columns from an output to the next: twice a sub-sampling by two.
STEP: Final = 4
# The rows of a line under the network: a digit is as high as the 20 rows that it was trained with, or a little more.
SWEPT_ROWS: Final = 26
# The rows that it is read at, one after the other: the surest counts.
RESOLUTIONS: Final = (26, 22)
# Background beside a line: the first window has its middle at the line's edge, and the last one sees no digit.
BEFORE: Final = INPUT_SIZE // 2 - 2
BEHIND: Final = INPUT_SIZE // 2 + STEP
# The outputs in a row at which a digit may be seen.
LONGEST: Final = 3


class Sweep(NamedTuple):
    """Nodes lie between outputs, and at either end.

    Attributes:
        image: 32×W uint8: the line as the network sees it.
        arcs: arcs×2: the node that each leaves and the one that it enters, in order: from every node a blank's, of one
            output, and those of digits, of two to four.
        features: arcs×3 float32, for the segmenter: 1 for a digit of one output, or of two, or of three; of a blank the
            first.
        taken: arcs×outputs float32: 1 at the outputs with the digit's label.
        blanks: arcs×outputs float32: 1 at the output with the blank's, the last one.
        impossible: arcs×11 float32: infinite for a digit on a blank's arc, and for a blank on a digit's; else 0.
        patterns: outputs×32×32 uint8: the window of each.
    """

    image: NDArray[np.uint8]
    arcs: NDArray[np.int64]
    features: NDArray[np.float32]
    taken: NDArray[np.float32]
    blanks: NDArray[np.float32]
    impossible: NDArray[np.float32]
    patterns: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many arcs there are."""
        return len(self.arcs)

    @property
    def nodes(self) -> int:
        """One more than outputs."""
        return len(self.patterns) + 1

    def of_arcs(self, y: NDArray[np.floating]) -> NDArray[np.floating]:
        """The network's part of every arc's penalties, arcs×11, from those of the outputs.

        A digit's is the sum of its own at all its outputs, and the blank's behind them. What is `impossible` is not yet
        added.
        """
        return self.taken @ y + self.blanks @ y[:, -1:]


def sweep(line: Line, rows: int = SWEPT_ROWS) -> Sweep:
    """What a network sees that is swept over a line.

    Args:
        line: 44×width uint8.
        rows: that it is brought to, 32 at most.

    *Paper:* section VII.
    *Departs:* the line is brought to one height first.
    """
    return sweep_of_image(swept_image(line, rows))


def sweeps(line: Line) -> list[Sweep]:
    """The same at every resolution that a line is read at."""
    return [sweep(line, rows) for rows in RESOLUTIONS]


def swept_image(line: Line, rows: int = SWEPT_ROWS) -> NDArray[np.uint8]:
    """A line as the network sees it, 32×W uint8: so many rows high, background around it, W = 32 + 4 (outputs − 1)."""
    import cv2

    height, width = line.shape
    columns = max(1, round(width * rows / height))
    scaled = cv2.resize(line, (columns, rows), interpolation=cv2.INTER_AREA)
    above = (INPUT_SIZE - rows) // 2
    missing = -(BEFORE + columns + BEHIND - INPUT_SIZE) % STEP
    return np.pad(scaled, ((above, INPUT_SIZE - rows - above), (BEFORE, BEHIND + missing)))


def sweep_of_image(image: NDArray[np.uint8]) -> Sweep:
    """The same of an image that is as high as the input already.

    Args:
        image: 32×W uint8, W 32 or more; columns behind the last whole window are not seen.
    """
    windows = np.lib.stride_tricks.sliding_window_view(image, INPUT_SIZE, axis=1)[:, ::STEP]  # 32×outputs×32
    patterns = np.ascontiguousarray(windows.transpose(1, 0, 2))
    return unfolded(image, patterns)


def unfolded(image: NDArray[np.uint8], patterns: NDArray[np.uint8]) -> Sweep:
    """The arcs of a sweep with so many outputs as patterns."""
    outputs = len(patterns)
    arcs = np.array(
        [(node, last) for node in range(outputs) for last in range(node + 1, min(node + 1 + LONGEST, outputs) + 1)],
        np.int64,
    )
    first, last = arcs[:, :1], arcs[:, 1:]
    numbers = np.arange(outputs)
    digit = last - first > 1
    return Sweep(
        image,
        arcs,
        np.eye(LONGEST, dtype=np.float32)[np.maximum(last - first - 2, 0)[:, 0]],
        ((first <= numbers) & (numbers < last - 1)).astype(np.float32),
        (numbers == last - 1).astype(np.float32),
        np.where(digit == (np.arange(BLANK + 1) == BLANK), np.inf, 0).astype(np.float32),
        patterns,
    )


def character_model(weights: NDArray[np.float32]) -> Table:
    """The transducer from outputs to strings that a sweep unfolds; every path ends with a blank, as every line does.

    Args:
        weights: 11×3, the segmenter's: what a digit costs at one output, at two and at three, and a blank at [10, 0].

    *Paper:* section VII-A and figure 27: a grammar "prevents characters from appearing on contiguous outputs".
    *Departs:* its penalties are trained.
    """
    costs = weights.astype(np.float64)
    between = 0
    seen = {(digit, n): 1 + digit * LONGEST + n for digit in DIGITS for n in range(LONGEST)}
    states: list[dict[int | str | None, list[Transition]]] = [{} for _ in range(1 + len(seen))]
    states[between] = {digit: [Transition(digit, seen[digit, 0], costs[digit, 0])] for digit in DIGITS}
    states[between][BLANK] = [Transition(NULL, between, costs[BLANK, 0])]
    for (digit, n), state in seen.items():
        states[state][BLANK] = [Transition(NULL, between)]
        if n + 1 < LONGEST:
            more = costs[digit, n + 1] - costs[digit, n]
            states[state][digit] = [Transition(NULL, seen[digit, n + 1], more)]
    return Table(states, frozenset({between}))
