"""Strings of digits: what they say, of which digits, and that a seed says all."""

import numpy as np
import pytest
import torch

from lenet5.data.digits import load_digits
from lenet5.data.line import FOREGROUND, HEIGHT, MARGIN, ROWS
from lenet5.data.patterns import Patterns
from lenet5.data.strings import Strings, write_strings
from lenet5.data.writing import Writing

DIGITS = load_digits().train


def strings(writing: Writing, count: int = 30, seed: int = 1, digits: Patterns = DIGITS) -> Strings:
    return write_strings(digits, count, writing, np.random.default_rng(seed))


def components(line: np.ndarray) -> int:
    import cv2

    return int(cv2.connectedComponents((line >= FOREGROUND).astype(np.uint8))[0]) - 1


def test_a_line_has_44_rows_and_says_its_digits() -> None:
    written = strings(Writing())
    assert written.images.shape[1] == ROWS
    assert written.images.dtype == np.uint8
    lengths = {len(written.text(n)) for n in range(len(written))}
    assert lengths <= set(range(1, 9))
    assert len(lengths) > 4
    for n in range(len(written)):
        rows = np.flatnonzero((written.line(n) >= FOREGROUND).any(1))
        assert abs(rows[0] - MARGIN) <= 1
        assert abs(rows[-1] - (MARGIN + HEIGHT - 1)) <= 1
        assert written.labels[n, len(written.text(n)) :].tolist() == [-1] * (
            written.labels.shape[1] - len(written.text(n))
        )


def test_the_same_seed_writes_the_same_and_another_something_else() -> None:
    first, again, other = (strings(Writing(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.images.shape != other.images.shape or (first.images != other.images).any()


def test_only_digits_of_the_set_are_in_it() -> None:
    """A set of one drawing: every digit of a string looks like it."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, 10:14] = 255
    ones = Patterns(torch.from_numpy(image), torch.tensor([1]))
    written = strings(Writing.plain(4, 0.0), digits=ones)
    for n in range(len(written)):
        assert written.text(n) == "1111"
        assert components(written.line(n)) == 4


def test_touching_digits_hang_together_and_others_do_not() -> None:
    """Of digits in one piece."""
    import cv2

    whole = [
        k
        for k in range(len(DIGITS))
        if cv2.connectedComponents((DIGITS.images[k].numpy() >= 64).astype(np.uint8))[0] == 2
    ]
    of_one = Patterns(DIGITS.images[whole], DIGITS.labels[whole])
    apart = strings(Writing.plain(5, 0.0), digits=of_one)
    touching = strings(Writing.plain(5, 1.0), digits=of_one)
    assert np.mean([components(apart.line(n)) == 5 for n in range(30)]) > 0.9
    assert np.mean([components(touching.line(n)) for n in range(30)]) < 1.7


@pytest.mark.parametrize("wrong", [{"digits": (0, 3)}, {"digits": (4, 2)}, {"touching": 1.5}, {"blank": -0.1}])
def test_what_cannot_be_written_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"given|asked for"):
        Writing(**wrong)  # type: ignore[arg-type]
