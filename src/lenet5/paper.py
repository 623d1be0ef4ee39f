"""Every number the paper prints, once; tests, reports and figures read it here.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-Based Learning Applied to Document Recognition",
Proceedings of the IEEE 86(11), November 1998. Section, equation, table and figure numbers are the paper's.
"""

from typing import Final, NamedTuple

# Section II-B and appendix A, eq. 6: the squashing function f(a) = A tanh(S a).
AMPLITUDE: Final = 1.7159
SLOPE: Final = 2 / 3

# Section II-B: the input's grey levels, such that its mean is about 0 and its variance about 1; the input is 32×32.
BACKGROUND: Final = -0.1
FOREGROUND: Final = 1.175
INPUT_SIZE: Final = 32

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
    """What section II-B prints of one layer.

    Attributes:
        size: maps × height × width.
        parameters: how many are trainable.
        connections: how many, biases included.
    """

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

# Figure 6, in per cent: test and training error by the number of training patterns; 60,000 distorted ones besides.
FIGURE_6_TEST: Final = {15_000: 1.68, 30_000: 1.14, 60_000: 0.94}
FIGURE_6_TRAIN: Final = {15_000: 0.05, 30_000: 0.31, 60_000: 0.35}
FIGURE_6_TEST_DISTORTED: Final = 0.82

# Section III-B: distorted patterns beside the 60,000 originals, and presentations in all.
DISTORTED_PATTERNS: Final = 540_000

# Figure 8: the test patterns that the distortion-trained network misread: index from 0, true digit, its answer.
FIGURE_8: Final = (
    *((247, 4, 6), (449, 3, 5), (582, 8, 2), (659, 2, 1), (674, 5, 3), (829, 4, 8)),
    *((926, 2, 8), (938, 3, 5), (1014, 6, 5), (1039, 7, 3), (1232, 9, 4), (1319, 8, 0)),
    *((1328, 7, 8), (1393, 5, 3), (1530, 8, 7), (1621, 0, 6), (1681, 3, 7), (1790, 2, 7)),
    *((1878, 8, 3), (1901, 9, 4), (1955, 8, 2), (2035, 5, 3), (2043, 4, 8), (2109, 3, 9)),
    *((2118, 6, 0), (2129, 9, 8), (2130, 4, 9), (2135, 6, 1), (2293, 9, 4), (2387, 9, 1)),
    *((2414, 9, 4), (2462, 2, 0), (2654, 6, 1), (2921, 3, 5), (2927, 3, 2), (2939, 9, 5)),
    *((3030, 6, 0), (3422, 6, 0), (3520, 6, 0), (3762, 6, 8), (3780, 4, 6), (3808, 7, 3)),
    *((3869, 9, 4), (3941, 4, 6), (4176, 2, 7), (4224, 9, 7), (4265, 4, 3), (4369, 9, 4)),
    *((4405, 9, 4), (4425, 9, 4), (4497, 8, 7), (4575, 4, 2), (4601, 8, 4), (4740, 3, 5)),
    *((4956, 8, 4), (5736, 6, 5), (5749, 8, 5), (5955, 3, 8), (5973, 3, 8), (6091, 9, 8)),
    *((6101, 1, 5), (6173, 9, 8), (6538, 6, 3), (6557, 0, 2), (6558, 6, 5), (6571, 9, 5)),
    *((6597, 0, 7), (6783, 1, 6), (7434, 4, 9), (8059, 2, 1), (8094, 2, 8), (8408, 8, 5)),
    *((8527, 4, 9), (9009, 7, 2), (9015, 7, 2), (9679, 6, 5), (9692, 9, 7), (9698, 6, 1)),
    *((9729, 5, 6), (9770, 5, 0), (9792, 4, 9), (9904, 2, 8)),
)

# Figure 9, test error in per cent on the regular set.
FIGURE_9: Final = {
    "linear": 12.0,
    "pairwise linear": 7.6,
    "K-NN": 5.0,
    "28×28-300-10": 4.7,
    "28×28-300-100-10": 3.05,
    "LeNet-1": 1.7,
    "LeNet-4": 1.1,
    "SVM poly 4": 1.1,
    "LeNet-5": 0.95,
    "LeNet-5, distortions": 0.8,
    "boosted LeNet-4, distortions": 0.7,
}

# Figure 10: the percentage of test patterns rejected to reach 0.5 % error on the rest; LeNet-5's bar is missing.
FIGURE_10: Final = {"LeNet-4": 1.8, "SVM poly 4": 1.8, "boosted LeNet-4, distortions": 0.5}
FIGURE_10_ERROR: Final = 0.5

# Section III-E: what recognition survives: a factor of scale, a part of the height, degrees, a probability.
FIGURE_13_SCALE: Final = 2.0
FIGURE_13_SHIFT: Final = 0.5
FIGURE_13_ROTATION: Final = 30.0
FIGURE_13_INVERTED: Final = 0.1
