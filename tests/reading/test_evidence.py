"""What stands together is a number or it is none: evidence by Bayes' rule, and pages that are one or the other."""

import cv2
import numpy as np
import pytest

from lenet5.reading.evidence import AMONG_OTHERS, PRIOR, against, no_numbers
from lenet5.reading.reader import read
from strokes import drawn


def test_evidence_adds_up_and_grows_with_what_speaks_against_a_number() -> None:
    sure, unsure = np.array([0.001]), np.array([0.5])
    assert against(sure, 0.99) < against(unsure, 0.99) < against(unsure, 0.5) < against(unsure, 0.01)
    two = against(np.array([0.3, 0.6]), 0.7)
    one, other, none = (against(np.array(likely), 0.7) for likely in ([0.3], [0.6], []))
    assert two - none == pytest.approx(one - none + other - none)
    # A mark that is as often no digit as the network supposes anyway says nothing.
    assert against(np.array([0.08]), 0.5) == pytest.approx(PRIOR)


def test_what_is_in_doubt_is_none_where_most_marks_of_the_page_are() -> None:
    doubtful = -AMONG_OTHERS / 2
    assert no_numbers([doubtful], [3]) == [False]
    assert no_numbers([9.0, doubtful], [4, 3]) == [True, True]
    assert no_numbers([9.0, doubtful], [2, 3]) == [True, False]
    assert no_numbers([9.0, -2 * AMONG_OTHERS], [4, 3]) == [True, False]
    assert no_numbers([], []) == []


def page_of(words: str) -> np.ndarray:
    """Printed letters, dark on light."""
    page = np.full((90, 40 * len(words) + 40), 255, dtype=np.uint8)
    cv2.putText(page, words, (20, 65), cv2.FONT_HERSHEY_DUPLEX, 1.8, 0, 3, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("word", ["hamburg", "weather", "KRAKEN", "figure", "market"])
def test_a_word_is_no_number_though_some_letters_look_like_digits(word: str) -> None:
    reading = read(page_of(word))
    assert reading.text == ""
    assert reading.digit is None
    assert all(number.text == "" for number in reading.numbers)


def test_a_number_beside_a_word_stays_one() -> None:
    number = np.hstack([255 - drawn(digit, 50, 5)[:, 10:-10] for digit in (4, 7, 2, 3)])
    word = page_of("market")
    high = max(len(number), len(word))
    number, word = (np.pad(one, ((0, high - len(one)), (0, 100)), constant_values=255) for one in (number, word))
    reading = read(np.hstack([word, number]))
    assert [number.text for number in reading.numbers] == ["", "4723"]
