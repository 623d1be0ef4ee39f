"""Whether marks that stand together are a number, or a word, a logo, a scrap of a photograph.

Some digits look like letters, and some scraps like digits; what stands together is one or the other as a whole. Each
mark has something to say for either, by the posterior of what is no digit, and so has the posterior of the string.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet5.training.calibration import NO_DIGITS

# All are log odds of no number against a number. What a mark says counts no more than so much for either: letters look
# like digits so often, and digits are refused so often.
FOR_A_NUMBER: Final = -1.0
AGAINST: Final = 3.7
# So does what the string's posterior says.
STRING: Final = (-4.0, 4.0)
# Before a mark is seen.
PRIOR: Final = -0.5
# On a page on which something is no number, and most marks are of that, other things are none rather more often.
AMONG_OTHERS: Final = 4.0
TINY: Final = 1e-6


def against(rubbish: NDArray[np.float64], probability: float) -> float:
    """The log odds that marks that stand together are no number.

    Args:
        rubbish: of each mark how likely it is no digit.
        probability: of the string that they were read as.
    """
    likely = np.clip(rubbish, TINY, 1 - TINY)
    # What the network itself takes for the share of what is no digit says nothing of this mark.
    of_marks = np.log(likely / (1 - likely)) - np.log(NO_DIGITS / (1 - NO_DIGITS))
    of_string = np.log((1 - probability + TINY) / (probability + TINY))
    return float(PRIOR + np.clip(of_marks, FOR_A_NUMBER, AGAINST).sum() + np.clip(of_string, *STRING))


def no_numbers(odds: Sequence[float], marks: Sequence[int]) -> list[bool]:
    """Which of a page's numbers are none.

    Args:
        odds: of each, by `against`.
        marks: how many each has.
    """
    none = [odd > 0 for odd in odds]
    of_none = sum(count for count, is_none in zip(marks, none, strict=True) if is_none)
    shifted = AMONG_OTHERS if 2 * of_none > sum(marks) else 0.0
    return [odd + shifted > 0 for odd in odds]
