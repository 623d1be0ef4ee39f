"""The segmentation graph of a line, section V and figure 16: what lies between any two cuts that can be one digit."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet5.data.line import FOREGROUND, HEIGHT, MARGIN, ROWS, Line, foreground_box
from lenet5.graphs.cuts import Cuts, find_cuts
from lenet5.graphs.segment_pattern import segment_pattern
from lenet5.paper import INPUT_SIZE

# A segment of several pieces is no wider, in columns; a single one is a segment whatever its width.
WIDEST: Final = 48
# What the segmenter is told of a segment: see `_features`.
FEATURES: Final = 15


class SegmentationGraph(NamedTuple):
    """Nodes are cuts, arcs are segments.

    Attributes:
        cuts: their paths and what they cross; none where there is no foreground.
        arcs: segments×2: the cut that each leaves and the one that it enters, in order.
        boxes: segments×4: the foreground's left, top, and the column and row behind it.
        features: segments×15 float32, for the segmenter.
        patterns: segments×32×32 uint8, for the network.
    """

    cuts: Cuts
    arcs: NDArray[np.int64]
    boxes: NDArray[np.int64]
    features: NDArray[np.float32]
    patterns: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many segments there are."""
        return len(self.arcs)

    @property
    def nodes(self) -> int:
        """How many cuts there are."""
        return len(self.cuts.x)


def segmentation_graph(line: Line) -> SegmentationGraph:
    """The segmentation graph of a line: the definition; the native engine finds the same, much sooner.

    Args:
        line: 44×width uint8.

    *Paper:* section V, figure 16: every piece and every pair of successive pieces, unless a wide gap lies between.
    *Departs:* as many pieces as fit into the width of a digit.
    """
    cuts = find_cuts(line)
    columns = np.arange(line.shape[1])
    arcs, boxes, features, patterns = [], [], [], []
    # The foreground's right edge before each cut, and its left edge behind it.
    before, behind = (
        [foreground_box(line * side(columns, x)) for x in cuts.x[:, :, None]] for side in (np.less, np.greater_equal)
    )
    for first in range(len(cuts.x) - 1):
        for last in range(first + 1, len(cuts.x)):
            inside = (columns >= cuts.x[first, :, None]) & (columns < cuts.x[last, :, None])
            foreground = line * inside
            box = foreground_box(foreground)
            if box is None:
                continue
            left, top, right, bottom = box
            if last > first + 1 and right - left > WIDEST:
                break
            pixels = int((foreground >= FOREGROUND).sum())
            gaps = (
                (1.0 if (beside := before[first]) is None else (left - beside[2]) / HEIGHT),
                (1.0 if (beside := behind[last]) is None else (beside[0] - right) / HEIGHT),
            )
            arcs.append((first, last))
            boxes.append(box)
            features.append(_features(box, pixels, cuts.crossed[first : last + 1], gaps))
            patterns.append(segment_pattern(foreground[top:bottom, left:right]))
    n = len(arcs)
    return SegmentationGraph(
        cuts if n else Cuts(np.zeros((0, ROWS), np.int64), np.zeros(0, np.int64)),
        np.array(arcs, np.int64).reshape(n, 2),
        np.array(boxes, np.int64).reshape(n, 4),
        np.array(features, np.float32).reshape(n, FEATURES),
        np.array(patterns, np.uint8).reshape(n, INPUT_SIZE, INPUT_SIZE),
    )


def _features(
    box: tuple[int, int, int, int], pixels: int, crossed: NDArray[np.int64], gaps: tuple[float, float]
) -> list[float]:
    """What the segmenter is told: 1, the shape, the place on the line, the foreground, the cuts, the gaps beside it.

    Args:
        box: of the foreground.
        pixels: its pixels.
        crossed: what each cut from its first to its last crosses.
        gaps: to the foreground on its left and right, in heights of the line.
    """
    width, height = (box[2] - box[0]) / HEIGHT, (box[3] - box[1]) / HEIGHT
    # A stroke of three pixels counts 1.4, a gap 0.
    of_cuts = np.log1p(crossed / 255)
    inside = of_cuts[1:-1]
    return [
        1.0,
        width,
        width * width,
        height,
        height * height,
        width * height,
        (box[1] - MARGIN) / HEIGHT,
        (ROWS - MARGIN - box[3]) / HEIGHT,
        pixels / (HEIGHT * HEIGHT / 4),
        float(of_cuts[0]),
        float(of_cuts[-1]),
        float(inside.min()) if len(inside) else 0.0,
        0.0 if len(inside) else 1.0,
        *(min(max(gap, -1.0), 1.0) for gap in gaps),
    ]
