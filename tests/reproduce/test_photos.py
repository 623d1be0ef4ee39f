"""Photographs of test images: what they are, and that reading them is not luck."""

import numpy as np

from lenet5.reading.grey_levels import grey_levels
from lenet5.reproduce.photos import groups, outcomes, photo, read_parts
from strokes import drawn


def pattern(digit: int) -> np.ndarray:
    """A digit as MNIST has it, nearly."""
    from lenet5.reading.reader import read

    return read(drawn(digit)).marks[0].pattern


def test_a_photograph_is_its_numbers_alone_and_as_the_section_says() -> None:
    image = pattern(3)
    taken = [photo(image, number) for number in range(60)]
    assert taken[7].content == photo(image, 7).content
    assert len({one.content for one in taken}) == 60
    assert all(64 <= one.canvas <= 1024 and 0.5 <= one.scale <= 8 for one in taken)
    for one in taken:
        grey = grey_levels(one.content)
        assert grey.shape == (one.canvas, one.canvas)
        assert (np.median(grey) < 0.5) == one.inverted
    assert {one.pen for one in taken} == {"as it is", "thin", "thick"}


def test_most_are_read_and_by_the_bare_reduction_few() -> None:
    images = np.stack([pattern(n % 10) for n in range(60)])
    found = outcomes(images, np.arange(60) % 10, range(60))
    whole = read_parts(groups(found)["all"])
    assert whole["photographs"] == 60
    assert whole["right"] >= 0.9
    assert whole["bare_right"] <= 0.4
