"""Every number the paper prints, once; tests, reports and figures read it here.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11), November 1998. Section, equation, table and figure numbers are the paper's.
"""

from typing import Final, NamedTuple

# Section II-B and appendix A, eq. 6: the squashing function f(a) = A tanh(S a).
AMPLITUDE: Final = 1.7159
SLOPE: Final = 2 / 3

# Section II-B: grey levels such that the mean is about 0 and the variance about 1, on a 32×32 field.
BACKGROUND: Final = -0.1
INK: Final = 1.175
FIELD: Final = 32

# Table I: a row per S2 map, a column per C3 map; X where the C3 map reads the S2 map.
TABLE_I: Final = """\
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""


class LayerCounts(NamedTuple):
    """What section II-B prints of one layer: maps × height × width, trainable parameters, connections."""

    size: tuple[int, int, int]
    parameters: int
    connections: int


# Section II-B and figure 2. F6 is 84 units and OUTPUT 10: maps of 1×1. OUTPUT's 840 centres are fixed.
LAYERS: Final = {
    "C1": LayerCounts((6, 28, 28), 156, 122_304),
    "S2": LayerCounts((6, 14, 14), 12, 5_880),
    "C3": LayerCounts((16, 10, 10), 1_516, 151_600),
    "S4": LayerCounts((16, 5, 5), 32, 2_000),
    "C5": LayerCounts((120, 1, 1), 48_120, 48_120),
    "F6": LayerCounts((84, 1, 1), 10_164, 10_164),
    "OUTPUT": LayerCounts((10, 1, 1), 0, 840),
}
PARAMETERS: Final = 60_000
CONNECTIONS: Final = 340_908

# Section III-B: η per pass, as (η, number of passes), the last for all passes after; μ; patterns for the curvature.
ETA: Final = ((0.0005, 2), (0.0002, 3), (0.0001, 3), (0.00005, 4), (0.00001, None))
MU: Final = 0.02
CURVATURE_PATTERNS: Final = 500
PASSES: Final = 20
TRAIN_PATTERNS: Final = 60_000
TEST_PATTERNS: Final = 10_000

# Section III-B: the effective rates ε_k in the first pass, smallest and largest.
FIRST_PASS_RATES: Final = (7e-5, 0.016)

# Appendix A: initial weights uniform in ±2.4/F, F the fan-in.
INITIAL_RANGE: Final = 2.4

# Section III-B, in per cent: where the test error settles, the training error after 19 passes, and with distortions.
TEST_ERROR: Final = 0.95
TRAIN_ERROR: Final = 0.35
TEST_ERROR_DISTORTED: Final = 0.8

# Figure 5, in per cent per pass; the training error is measured on the fly. The text says 20 passes, the figure has 21.
FIGURE_5_TRAIN: Final = (
    *(4.88, 3.04, 1.77, 1.48, 1.22, 0.91, 0.78, 0.70, 0.57, 0.49, 0.47),
    *(0.44, 0.42, 0.39, 0.39, 0.39, 0.39, 0.36, 0.36, 0.36, 0.36),
)
FIGURE_5_TEST: Final = (
    *(2.65, 2.23, 1.48, 1.43, 1.43, 1.09, 1.04, 1.06, 0.99, 0.96, 0.96),
    *(0.99, 0.96, 0.96, 0.96, 0.96, 0.96, 0.96, 0.96, 0.96, 0.96),
)

# Figure 8 lists the 82 misread test digits of the distortion-trained network; they give these scores.
MACRO_F1_1998: Final = 0.99169
PER_DIGIT_F1_1998: Final = (0.9949, 0.9965, 0.9927, 0.9916, 0.9893, 0.9900, 0.9900, 0.9937, 0.9887, 0.9895)
