"""Any picture to the digits on it: by strokes drawn here, by MNIST, and by the layers as oracle."""

import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import lenet5
from lenet5.reading.reader import load_network, read, read_by
from strokes import STROKES, drawn


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
    assert "6 digits, read left" in reading.note
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
    network = load_network("pretrained")
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
            "unsure": False,
            "note": "No digit here: the page is empty.",
        }


def test_where_the_rubbish_class_wins_there_is_no_digit() -> None:
    """With a j next to 0 the class of eq. 9 takes even a clean 3; the runner-up is then the likeliest digit."""
    network = load_network("pretrained")
    assert read_by(network, drawn(3)).digit == 3
    strict = type(network)(network.parameters, network.scale, j=1e-4)
    reading = read_by(strict, drawn(3))
    mark = reading.main
    assert mark is not None
    assert reading.digit is None
    assert reading.note == "No digit here: the rubbish class wins."
    assert reading.probability == reading.rubbish == mark.rubbish
    assert mark.runner_up == int(mark.penalties.argmin()) == 3
    assert reading.text == ""


def test_a_pattern_of_mnist_is_passed_through(mnist_folder: Path) -> None:
    """All 10,000: the same answers, though they come as pictures."""
    test = lenet5.load_dataset("mnist", mnist_folder).test
    network = load_network("pretrained")
    expected = lenet5.answers(lenet5.load_pretrained(), test)
    read_as = [read_by(network, image.numpy()) for image in test.images]
    assert all(len(reading.marks) == 1 for reading in read_as)
    assert all(
        (reading.marks[0].pattern == image.numpy()).all() for reading, image in zip(read_as, test.images, strict=True)
    )
    answers = [int(reading.marks[0].penalties.argmin()) for reading in read_as]
    assert answers == expected.tolist()


def test_mnist_as_dark_ink_on_white_is_read_as_well(mnist_folder: Path) -> None:
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


def test_a_model_of_the_users_own_reads(tmp_path: Path) -> None:
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
    if lenet5.engine.unsupported_reason(lenet5.LeNet5()):
        pytest.skip("no native engine was built here")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_bar_of_a_five_is_no_line_and_a_dash_between_digits_is_read() -> None:
    """A thin bar is many times as wide as it is high, and shorter than the digits. Before them, a dash is left out."""
    five = drawn_five(60, 4, (0.3, 0.9), -0.12)
    seven = np.full((120, 120), 255, dtype=np.uint8)
    seven[10:110, 10:110] -= drawn(7, 60, 5)
    number = np.hstack([seven, five])
    reading = read(number)
    assert reading.text == "75"
    assert "Left out" not in reading.note
    dash = np.full((120, 60), 255, dtype=np.uint8)
    dash[58:63, 12:48] = 0
    reading = read(np.hstack([number[:, :120], dash, number[:, 120:]]))
    assert reading.text == "7-5"
    assert "Left out" not in reading.note
    reading = read(np.hstack([dash, number]))
    assert reading.text == "75"
    assert "Left out as no digit: 1 dash." in reading.note


def drawn_five(height: int, pen: int, bar: tuple[float, float], lower: float) -> np.ndarray:
    """A 5 whose bar stands apart, from here to there, so much lower than its body's top; in parts of its height."""
    page = np.zeros((2 * height, 2 * height), dtype=np.uint8)
    body = np.array(STROKES[5][0])
    left, right = bar
    for stroke in (body, np.array([(left + pen / height, 0.08 + lower), (right, 0.06 + lower)])):
        points = np.rint((stroke * height + height / 2) * 16).astype(np.int32)
        cv2.polylines(page, [points], isClosed=False, color=255, thickness=pen, lineType=cv2.LINE_AA, shift=4)
    return 255 - page


def test_a_five_whose_bar_stands_within_the_width_of_its_body_keeps_both() -> None:
    """The body is no ring around its bar: it is on two sides of it."""
    pages = [
        drawn_five(height, pen, (left, right), lower)
        for height in (40, 100, 160)
        for pen in (3, 5, 8)
        for left, right in ((0.38, 0.7), (0.38, 0.74), (0.42, 0.74))
        for lower in (0.0, 0.1, 0.2)
    ]
    assert {read(page).digit for page in pages} == {5}


@pytest.mark.parametrize("pen", [1, 2, 3, 4])
def test_a_thin_upright_1_is_read(pen: int) -> None:
    """Its pattern has strokes of at least MNIST's thinnest, 2.2 pixels of 28 by their darkness."""
    for height in (24, 60, 130, 200):
        page = np.zeros((2 * height, 2 * height), dtype=np.uint8)
        cv2.line(page, (height, height // 2), (height, 3 * height // 2), 255, pen)
        reading = read(255 - page)
        assert reading.digit == 1
        rows = reading.marks[0].pattern.sum(1) / 255
        assert 1.75 < np.median(rows[rows > 0]) < 4.6
        parts = [trimmed(0, height, pen), page[height // 2 : 3 * height // 2, height - 3 : height + 4]]
        number = [np.pad(parts[k], ((height - len(parts[k]) + 9, 9), (height // 3,) * 2)) for k in (1, 0, 1)]
        assert read(255 - np.hstack(number)).text == "101"


def test_pale_strokes_are_read_beside_dark_ones() -> None:
    """Each digit with a contrast of its own, and pale ones beside a dark blot, a frame, a line and a dark corner."""
    digits = [trimmed(digit, 60, 6).astype(np.float32) / 255 for digit in (4, 7, 2, 5)]
    for grain in (0.0, 0.01):
        page = np.zeros((110, 420))
        for place, (ink, contrast) in enumerate(zip(digits, (0.25, 0.8, 0.18, 0.4), strict=True)):
            page[20 : 20 + len(ink), 30 + 95 * place :][:, : ink.shape[1]] = contrast * ink
        page += np.random.default_rng(1).normal(0, grain, page.shape)
        assert read(np.clip(0.95 - page, 0, 1)).text == "4725"
    dark = {
        "line": lambda page: cv2.line(page, (20, 160), (260, 160), 0.85, 5),
        "frame": lambda page: cv2.rectangle(page, (5, 5), (274, 194), 0.85, 3),
        "blot": lambda page: cv2.circle(page, (250, 60), 9, 0.85, -1),
        "corner": lambda page: cv2.rectangle(page, (0, 0), (60, 30), 0.85, -1),
    }
    for name, add in dark.items():
        page = np.zeros((200, 280), dtype=np.float32)
        for place, ink in enumerate(digits[:2]):
            page[60 : 60 + len(ink), 80 + 70 * place :][:, : ink.shape[1]] = 0.25 * ink
        add(page)
        assert "47" in read(0.95 - page).text, name


def test_what_is_left_out_or_in_doubt_is_said() -> None:
    row = 255 - in_a_row("286", [90] * 3, gap=25, margin=40)
    assert "Left out" not in read(row).note
    below, through = row.copy(), row.copy()
    below[146:149, 10:-10] = 0
    through[128:131, 10:-10] = 0
    reading = read(below)
    assert (reading.text, reading.note.count("Left out as no digit: 1 line.")) == ("286", 1)
    # All hang together by the line: the graph cuts them out.
    assert len(read(through).marks) >= 3
    texture = np.where((np.indices((600, 600)) % 12 < 4).all(0), 0, 255).astype(np.uint8)
    assert read(texture).note == "No digit here: there are too many marks, as in a texture."
    scattered = np.full((300, 900), 255, dtype=np.uint8)
    for digit, top, left in ((3, 10, 20), (5, 130, 650)):
        ink = drawn(digit, 90)
        scattered[top : top + len(ink), left : left + len(ink)] -= ink
    assert "The order is in doubt" in read(scattered).note


def shape(kind: str, height: int, width: int, thickness: int, levels: tuple[int, int], blur: float) -> np.ndarray:
    """A rectangle, an empty frame, a disc or a ring on a page of another level; or one within another, and so on."""
    page = np.full((height, width), levels[0], dtype=np.uint8)
    middle, radius = (width // 2, height // 2), max(2, min(height, width) // 3)
    corners = (width // 6, height // 7), (width - width // 6, height - height // 8)
    if kind in ("rectangle", "frame"):
        cv2.rectangle(page, *corners, levels[1], -1 if kind == "rectangle" else thickness)
    elif kind in ("disc", "ring"):
        cv2.circle(page, middle, radius, levels[1], -1 if kind == "disc" else thickness)
    else:
        for number in range(1, min(height, width) // (2 * thickness + 4)):
            inset = number * (thickness + 1)
            cv2.rectangle(page, (inset, inset), (width - inset, height - inset), levels[number % 2], -1)
    return cv2.GaussianBlur(page, (0, 0), blur) if blur else page


def boxes_of(reading: lenet5.Reading) -> list[tuple[float, float, float, float]]:
    return [mark.box for mark in reading.marks]


KINDS = ("rectangle", "frame", "disc", "ring", "nested")


@cache
def warm() -> None:
    """What is done for the first picture alone: the networks are loaded and compared with their layers."""
    assert read(np.hstack([drawn(4), drawn(7)])).text == "47"


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        shape,
        st.sampled_from(KINDS),
        st.integers(20, 300),
        st.integers(20, 300),
        st.integers(1, 12),
        st.tuples(st.integers(0, 255), st.integers(0, 255)),
        st.sampled_from([0, 0.8, 2]),
    )
)
def test_plain_shapes_are_read_and_no_sheet_is_looked_for_within_itself_for_ever(page: np.ndarray) -> None:
    warm()
    before = time.perf_counter()
    reading = read(page)
    assert all(0 <= left < right <= 1 and 0 <= top < bottom <= 1 for left, top, right, bottom in boxes_of(reading))
    assert time.perf_counter() - before < 1


def test_an_empty_frame_and_a_plain_sheet_have_no_digit() -> None:
    frame = np.full((100, 100), 255, dtype=np.uint8)
    cv2.rectangle(frame, (20, 20), (80, 80), 0, 3)
    sheet = np.full((64, 64), 154, dtype=np.uint8)
    sheet[4:60, 15:55] = 201
    for page in (frame, 255 - frame, sheet, 255 - sheet):
        assert read(page).as_dict()["note"] == "No digit here. Left out as no digit: 1 frame."


def many_marks(side: int) -> Iterator[tuple[str, np.ndarray]]:
    """Pages of much ink, on which each thing to be looked at is as large as the page."""
    blank = np.full((side, side), 255, dtype=np.uint8)
    hatching, thin_marks, ruled_lines = blank.copy(), blank.copy(), blank.copy()
    for at in range(-side, side, 12):
        cv2.line(hatching, (at, 0), (at + side, side), 0, 2)
        cv2.line(ruled_lines, (20, at), (side - 20, at), 0, 2)
    for at in np.arange(390) * side // 390:
        cv2.line(thin_marks, (int(at), side // 20), (int(at) + side // 50, side - side // 20), 0, 1)
    yield from (("hatching", hatching), ("ruled lines", ruled_lines), ("thin marks", thin_marks))
    rings = blank.copy()
    for radius in range(6, side // 2, 10):
        cv2.circle(rings, (side // 2, side // 2), radius, 0, 2)
    yield "rings", rings
    yield "noise", np.random.default_rng(1).integers(0, 256, blank.shape, dtype=np.uint8)


def test_the_work_on_a_page_is_bounded_whatever_is_on_it() -> None:
    """Hatching and 390 thin marks took more than a minute each."""
    for name, page in many_marks(2000):
        before = time.perf_counter()
        read(page)
        assert time.perf_counter() - before < 4, name


@pytest.mark.slow
def test_five_hundred_shapes_are_read_in_a_second_each() -> None:
    random = np.random.default_rng(1)
    for number in range(500):
        height, width = random.integers(10, 1500 if number % 25 == 0 else 400, 2).tolist()
        how = (random.integers(1, 40), random.integers(0, 256, 2).tolist(), random.choice([0, 0.5, 1, 3]))
        before = time.perf_counter()
        read(shape(KINDS[number % 5], height, width, int(how[0]), tuple(how[1]), float(how[2])))
        assert time.perf_counter() - before < 1, (number, height, width, how)
