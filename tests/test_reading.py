"""Any picture to the digits on it: by strokes drawn here, by MNIST, and by the layers as oracle."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import lenet5
from lenet5.loss import MAPLoss
from lenet5.reading import network_of, posterior, read, read_by
from strokes import drawn


@pytest.mark.parametrize("digit", range(10))
def test_a_drawn_digit_is_read_whatever_its_size_and_pen_dark_or_light(digit: int) -> None:
    pages = [drawn(digit, height, pen) for height, pen in ((18, 2), (60, 5), (100, 11), (300, 8), (300, 60))]
    for page in pages:
        for picture in (page, 255 - page):
            assert read(picture).digit == digit


def test_where_it_stands_does_not_matter() -> None:
    digit = drawn(5, 40)
    page = np.full((300, 400), 30, dtype=np.uint8)
    seen = []
    for top, left in ((5, 5), (200, 10), (100, 300), (220, 318)):
        moved = page.copy()
        moved[top : top + len(digit), left : left + len(digit)] = np.maximum(30, digit)
        (mark,) = read(moved).marks
        seen.append(mark.pattern)
        assert mark.box[0] * 400 == pytest.approx(left + 14 + 10, abs=6)
        assert mark.box[1] * 300 == pytest.approx(top + 14, abs=6)
    for pattern in seen[1:]:
        np.testing.assert_allclose(pattern, seen[0], atol=40)


def test_several_digits_are_read_line_by_line_from_left_to_right() -> None:
    page = np.zeros((330, 640), dtype=np.uint8)
    for digit, top, left in ((1, 10, 10), (9, 18, 160), (4, 5, 310), (2, 14, 460), (7, 170, 100), (0, 165, 300)):
        part = drawn(digit, 80)
        page[top : top + len(part), left : left + len(part)] |= part
    reading = read(255 - page)
    assert reading.text == "1942\n70"
    assert [mark.digit for mark in reading.marks] == [1, 9, 4, 2, 7, 0]
    assert "6 separated digits" in reading.note
    whole = reading.as_dict()
    assert whole["text"] == "1942\n70"
    assert [part["digit"] for part in whole["digits"]] == [1, 9, 4, 2, 7, 0]
    assert whole["digit"] == reading.digit


def test_the_bar_of_a_five_may_stand_apart_and_specks_are_dropped() -> None:
    page = drawn(5, 100, 8)
    rows = np.flatnonzero(page.any(1))
    apart = page.copy()
    apart[rows[0] + 14 : rows[0] + 18] = 0
    random = np.random.default_rng(1)
    for y, x in random.integers(0, len(page) - 2, (12, 2)):
        apart[y : y + 2, x : x + 2] = 255
    reading = read(apart)
    assert len(reading.marks) == 1
    assert reading.digit == 5


def test_the_bar_of_a_five_belongs_to_its_own_five() -> None:
    """Though an 8 stands as near to it, and small fives between large digits do not chain them together."""
    five = drawn(5, 100, 8)
    rows = np.flatnonzero(five.any(1))
    five[rows[0] + 12 : rows[0] + 20] = 0
    left, right = np.flatnonzero(five.any(0))[[0, -1]]
    five = five[:, left : right + 1]
    eight = drawn(8, 100, 8)
    eight = eight[:, np.flatnonzero(eight.any(0))[0] :]
    page = np.zeros((len(five), 900), dtype=np.uint8)
    at = 20
    for part in (five, eight, five, eight, five):
        page[:, at : at + part.shape[1]] |= part
        at += np.flatnonzero(part.any(0))[-1] + 14
    assert read(page).text == "58585"


def trimmed(digit: int, height: int, pen: int = 6) -> np.ndarray:
    """A drawn digit without its margins."""
    page = drawn(digit, height, pen)
    rows, columns = np.flatnonzero(page.any(1)), np.flatnonzero(page.any(0))
    return page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def in_a_row(digits: str, heights: list[int], gap: int, margin: int) -> np.ndarray:
    """Digits side by side, standing on one line, so far apart and from the border."""
    parts = [trimmed(int(digit), height) for digit, height in zip(digits, heights, strict=True)]
    highest, width = max(len(part) for part in parts), sum(part.shape[1] + gap for part in parts) - gap
    page = np.zeros((highest + 2 * margin, width + 2 * margin), dtype=np.uint8)
    at = margin
    for part in parts:
        page[margin + highest - len(part) : margin + highest, at : at + part.shape[1]] = part
        at += part.shape[1] + gap
    return page


@pytest.mark.parametrize("number", ["10", "16", "18", "81", "31", "101", "1998", "72", "4752"])
@pytest.mark.parametrize("margin", [0, 1, 30])
def test_a_small_1_and_a_number_cut_out_tightly_lose_no_digit(number: str, margin: int) -> None:
    heights = [90 if digit == "1" else 94 for digit in number]
    assert read(255 - in_a_row(number, heights, gap=20, margin=margin)).text == number


def test_lines_close_to_each_other_stay_apart() -> None:
    rows = [in_a_row(number, [90] * 3, gap=25, margin=4) for number in ("528", "904")]
    width = max(row.shape[1] for row in rows)
    page = np.vstack([np.pad(row, ((0, 0), (10, 10 + width - row.shape[1]))) for row in rows])
    assert read(page).text == "528\n904"


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_on_a_disc_is_read_and_a_thick_zero_is_no_disc(digit: int) -> None:
    y, x = np.mgrid[:400, :400]
    disc = np.where(np.hypot(x - 200, y - 200) < 150, 60, 235).astype(np.uint8)
    ink = drawn(digit, 130, 14)
    top = 200 - len(ink) // 2
    disc[top : top + len(ink), top : top + len(ink)] += (0.65 * ink).astype(np.uint8)
    assert read(disc).digit == digit
    assert read(255 - drawn(0, 200, 30 + 5 * digit)).digit == 0


def test_a_mark_that_is_no_digit_keeps_its_place() -> None:
    page = np.zeros((180, 520), dtype=np.uint8)
    page[5:177, 5:177] |= drawn(4)
    page[50:130, 250:260] = page[85:95, 215:295] = 255
    page[5:177, 340:512] |= drawn(7)
    network = network_of("pretrained")
    reading = read_by(type(network)(network.parameters, network.scale, j=0.5), page)
    assert reading.text == "4?7"
    assert "1 mark is no digit: ?" in reading.note
    assert [part["digit"] for part in reading.as_dict()["digits"]] == [4, None, 7]


def test_the_boldest_is_that_of_the_most_ink() -> None:
    page = np.zeros((300, 500), dtype=np.uint8)
    page[40:260, 20:120] |= drawn(1, 160, 3)[:220, 40:140]
    page[80:242, 250:412] |= drawn(8, 100, 20)[:162, :162]
    assert read(page).digit == 8


def scenes(digit: int) -> dict[str, np.ndarray]:
    """Light paper with a digit, and something besides."""
    page = np.full((400, 400), 230, dtype=np.uint8)
    ink = drawn(digit, 120, 10)
    page[100 : 100 + len(ink), 120 : 120 + len(ink)] -= (0.8 * ink).astype(np.uint8)
    y, x = np.mgrid[:400, :400]
    found = {name: page.copy() for name in ("thumb", "circled", "underlined", "framed", "shadow")}
    found["thumb"][x**2 + (y - 400) ** 2 < 90**2] = 120
    found["circled"][abs(np.hypot(x - 200, y - 190) - 150) < 4] = 40
    found["underlined"][300:308, 60:340] = 40
    found["framed"][20:380, 20:380][(np.minimum(x, y)[:360, :360] < 4) | (np.maximum(x, y)[:360, :360] > 355)] = 40
    found["shadow"][x + y > 420] = (0.55 * found["shadow"][x + y > 420]).astype(np.uint8)
    table = np.full((900, 900), 60, dtype=np.uint8)
    table[300:700, 250:650] = page
    found["on a table"] = table
    card = np.full((700, 700), 20, dtype=np.uint8)
    card[abs(np.mgrid[:700, :700] - 350).sum(0) < 330] = 235
    card[269 : 269 + len(ink), 269 : 269 + len(ink)] -= (0.8 * ink).astype(np.uint8)
    found["a card turned"] = card
    return found


@pytest.mark.parametrize("digit", range(10))
def test_what_is_beside_around_or_under_a_digit_is_left_out(digit: int) -> None:
    assert {name: read(page).digit for name, page in scenes(digit).items()} == dict.fromkeys(scenes(0), digit)


def test_an_empty_page_has_no_digit_and_says_so() -> None:
    random = np.random.default_rng(1)
    for page in (np.full((90, 60), 255, np.uint8), (200 + random.normal(0, 8, (90, 60))).astype(np.uint8)):
        reading = read(page)
        assert reading.marks == []
        assert reading.text == ""
        assert reading.as_dict() == {
            "digit": None,
            "probability": None,
            "runner_up": None,
            "rubbish": None,
            "note": "No digit here: the page is empty.",
        }


def test_the_posterior_is_eq_9s() -> None:
    penalties = torch.rand(50, 10, dtype=torch.float64) * 6
    digits, rubbish = posterior(penalties.numpy(), j=1.3)
    np.testing.assert_allclose(digits, MAPLoss(1.3).posterior(penalties).numpy()[:, :10], rtol=1e-12)
    np.testing.assert_allclose(digits.sum(1) + rubbish, 1)
    whole = np.exp(-1.3) + np.exp(-penalties.numpy()).sum(1)
    np.testing.assert_allclose(rubbish, np.exp(-1.3) / whole, rtol=1e-12)


def test_where_the_rubbish_class_wins_there_is_no_digit() -> None:
    """A ring cut in four is none; the runner-up is then the likeliest digit."""
    network = network_of("pretrained")
    strict = type(network)(network.parameters, network.scale, j=1e-4)
    reading = read_by(strict, drawn(3))
    mark = reading.main
    assert mark is not None
    assert reading.digit is None
    assert reading.note == "No digit here: the rubbish class wins."
    assert reading.probability == reading.rubbish == mark.rubbish
    assert mark.runner_up == int(mark.penalties.argmin()) == 3
    assert reading.text == ""


def test_a_pattern_of_mnist_is_passed_through(mnist_folder) -> None:
    """All 10,000: the same answers, though they come as pictures."""
    test = lenet5.load_dataset("mnist", mnist_folder).test
    network = network_of("pretrained")
    expected = lenet5.answers(lenet5.load_pretrained(), test)
    read_as = [read_by(network, image.numpy()) for image in test.images]
    assert all(len(reading.marks) == 1 for reading in read_as)
    assert all(
        (reading.marks[0].pattern == image.numpy()).all() for reading, image in zip(read_as, test.images, strict=True)
    )
    answers = [int(reading.marks[0].penalties.argmin()) for reading in read_as]
    assert answers == expected.tolist()


def test_mnist_as_dark_ink_on_white_is_read_as_well(mnist_folder) -> None:
    test = lenet5.load_dataset("mnist", mnist_folder).test.first(1000)
    right = sum(
        read(255 - image.numpy()).digit == int(label) for image, label in zip(test.images, test.labels, strict=True)
    )
    assert right >= 980


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3), (5, 500), (500, 5), (3000, 1), (28, 28), (64, 9)])
def test_no_shape_is_too_odd(shape: tuple[int, int]) -> None:
    """Whatever is on it: a level, a ramp, noise, one speck, all ink."""
    random = np.random.default_rng(1)
    speck = np.zeros(shape)
    speck[shape[0] // 2, shape[1] // 2] = 1
    ramp = np.linspace(0, 1, shape[0] * shape[1]).reshape(shape)
    for page in (np.ones(shape), ramp, ramp[::-1].copy(), random.random(shape), speck, random.random(shape).round()):
        reading = read(page.astype(np.float32))
        assert reading.digit in (None, *range(10))
        assert all(mark.pattern.shape == (28, 28) for mark in reading.marks)


def test_a_model_of_the_users_own_reads(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"There is no file .*nowhere; give a model.safetensors"):
        read(drawn(1), tmp_path / "nowhere")
    assert read(drawn(1), "pretrained-1998").digit == 1


def test_an_array_a_tensor_and_a_pillow_image_are_the_same_picture() -> None:
    page = 255 - drawn(6)
    expected = read(page).as_dict()
    assert read(torch.from_numpy(page)).as_dict() == expected
    assert read(Image.fromarray(page)).as_dict() == expected
    assert read(page.astype(np.float64) / 255).digit == 6


def test_reading_does_not_wait_for_pytorch() -> None:
    code = "import sys, numpy, lenet5; lenet5.read(numpy.eye(40)); sys.exit('torch' in sys.modules)"
    if lenet5.engine.why_not(lenet5.LeNet5()):
        pytest.skip("no native engine was built here")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
