"""The page in a real browser: drawn on, dropped on, pasted to, by mouse, finger and keyboard, light and dark."""

import base64
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from web.hands import HANDS
from web.serving import drawing

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium was found; apt-get install chromium")

# A File of the test's, given to the page as drop and paste give it.
GIVE = """([name, type, code, kind]) => {
  const bytes = Uint8Array.from(atob(code), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page in a fresh browser context; whatever its console complains of is a failure."""
    complaints: list[str] = []
    contexts = []

    def opened(path: str = "/", **how: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **how})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [text for text in complaints if not text.startswith("blob:") and "status of 400" not in text] == []


@pytest.fixture
def shot(tmp_path: Path) -> Callable[[Page, str], None]:
    """Keeps a picture of the page in $LENET5_SCREENSHOTS, or with the test's other files."""
    folder = Path(os.environ.get("LENET5_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def taken(page: Page, name: str, whole: bool = False) -> None:
        page.wait_for_timeout(250)  # the bars move
        page.screenshot(path=folder / f"{name}.png", full_page=whole)

    return taken


def draw(page: Page, strokes: list[list[tuple[float, float]]]) -> None:
    """With the mouse, as a hand does: down, along, up."""
    box = page.locator("#surface").bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"] / 100, box["y"] + y * box["height"] / 100) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()


def answer_is(page: Page, text: str, seconds: float = 5) -> None:
    expect(page.locator("#digit")).to_have_text(text, timeout=1000 * seconds)


def give(page: Page, how: str, content: bytes, name: str = "seven.png", kind: str = "image/png") -> None:
    page.evaluate(GIVE, [name, kind, base64.b64encode(content).decode(), how])


@pytest.mark.parametrize("digit", HANDS)
def test_a_digit_drawn_is_read_while_it_is_drawn(open_page: Open, shot: Any, digit: int) -> None:
    page = open_page()
    draw(page, HANDS[digit])
    answer_is(page, str(digit))
    best = page.locator("#bars tr.best th")
    expect(best).to_have_text(str(digit))
    expect(page.locator("#codes button.best b")).to_have_text(str(digit))
    expect(page.locator("#spoken")).to_have_text(re.compile(rf"^{digit}\. [\d.]+ % probable, then \d"))
    shot(page, f"drawn_{digit}", whole=digit == 3)


def test_a_number_has_a_probability_as_a_whole(open_page: Open, shot: Any) -> None:
    page = open_page()
    for place, digit in enumerate((4, 5, 0)):
        draw(page, [[(0.42 * x + 28 * place, 25 + 0.42 * y) for x, y in stroke] for stroke in HANDS[digit]])
    answer_is(page, "450")
    expect(page.locator("#words")).to_have_text(
        re.compile(r"^As a whole (> )?[\d.]+ % probable\. Shown: the boldest, \d, ")
    )
    shot(page, "number")


def test_every_digit_has_a_key(open_page: Open) -> None:
    page = open_page()
    for digit in range(10):
        page.keyboard.press(str(digit))
        answer_is(page, str(digit))


def test_an_empty_page_is_calm(open_page: Open, shot: Any) -> None:
    page = open_page()
    expect(page.locator("#words")).to_have_text("Nothing drawn yet.")
    expect(page.locator("#undo")).to_be_disabled()
    expect(page.locator("#clear")).to_be_disabled()
    expect(page.locator("#error")).to_be_hidden()
    shot(page, "empty")


def test_undo_and_clear(open_page: Open) -> None:
    page = open_page()
    draw(page, HANDS[7])
    answer_is(page, "7")
    draw(page, [[(20, 95), (80, 95)]])
    page.get_by_role("button", name="Undo").click()
    answer_is(page, "7")
    page.get_by_role("button", name="Clear").click()
    answer_is(page, "–")
    page.keyboard.press("u")
    answer_is(page, "7")
    page.keyboard.press("c")
    answer_is(page, "–")
    page.keyboard.press("Control+z")
    answer_is(page, "7")


@pytest.mark.parametrize("how", ["drop", "paste", "choose"])
def test_a_picture_is_read_however_it_comes(open_page: Open, shot: Any, how: str) -> None:
    page = open_page()
    two = drawing([(30, 30), (75, 30), (50, 100)], [(150, 25), (150, 105)], size=(220, 140))
    if how == "choose":
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Picture").click()
        chooser.value.set_files({"name": "two.png", "mimeType": "image/png", "buffer": two})
    else:
        give(page, how, two)
    answer_is(page, "71")
    expect(page.locator("#note")).to_contain_text("2 digits")
    shot(page, f"picture_{how}")


def test_what_is_no_picture_is_said_and_forgotten(open_page: Open, shot: Any) -> None:
    page = open_page()
    give(page, "drop", b"seven", "seven.txt", "text/plain")
    expect(page.get_by_role("alert")).to_contain_text("no picture")
    shot(page, "no_picture")
    page.keyboard.press("7")
    answer_is(page, "7")
    expect(page.locator("#error")).to_be_hidden()


def test_before_training_the_same_digit_is_rubbish(open_page: Open, shot: Any) -> None:
    page = open_page()
    draw(page, HANDS[3])
    answer_is(page, "3")
    page.get_by_label("before training").check()
    # The untrained network is made when it is first asked for, in a process that imports PyTorch.
    answer_is(page, "?", seconds=30)
    shot(page, "untrained", whole=True)
    page.keyboard.press("t")
    answer_is(page, "3")


def test_a_unit_pointed_at_shows_its_field_and_its_kernel(open_page: Open, shot: Any) -> None:
    page = open_page()
    draw(page, HANDS[3])
    answer_is(page, "3")
    for layer, name, words in [
        ("C1", "C1, map 1, row 4, column 7", "Sees 5×5"),
        ("S2", "S2, map 1, row 2, column 4", "times"),
        ("C3", "C3, map 1, row 2, column 4", "Reads S2’s maps 1, 2, 3"),
        ("S4", "S4, map 1, row 1, column 2", "Sees 16×16"),
        ("C5", "C5, unit 2", "all of S4"),
        ("F6", "F6, row 1, column 2", "120 weights"),
    ]:
        page.locator(f"[data-layer={layer}] canvas").first.hover(position={"x": 20, "y": 10})
        expect(page.locator("#unit-name")).to_have_text(name)
        expect(page.locator("#unit-words")).to_contain_text(words)
        assert page.locator("#kernel").is_visible() == (layer not in ("S2", "S4"))
        shot(page, f"unit_{layer}")
    page.get_by_role("button", name="Code of 8").hover()
    expect(page.locator("#unit-name")).to_have_text("OUTPUT, class 8")
    shot(page, "unit_OUTPUT")


def test_by_keyboard_alone(open_page: Open, shot: Any) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("input[value=trained]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#surface")).to_be_focused()
    # A one: the pen down, twenty steps, up.
    page.keyboard.press("Space")
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    answer_is(page, "1")
    shot(page, "keyboard_pen")
    for name in ("undo", "clear", "open"):
        page.keyboard.press("Tab")
        expect(page.locator(f"#{name}")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[data-layer=C1] canvas")).to_be_focused()
    expect(page.locator("#unit-name")).to_have_text("C1, map 1, row 1, column 1")
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "PageDown"):
        page.keyboard.press(key)
    expect(page.locator("#unit-name")).to_have_text("C1, map 2, row 2, column 3")
    expect(page.locator("#spoken")).to_contain_text("C1, map 2, row 2, column 3. State")
    shot(page, "keyboard_unit")
    page.keyboard.press("Escape")
    expect(page.locator("#unit-name")).to_have_text("No unit chosen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(open_page: Open, shot: Any, scheme: str) -> None:
    page = open_page(
        viewport={"width": 360, "height": 740},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        color_scheme=scheme,
    )
    draw(page, HANDS[5])
    answer_is(page, "5")
    shot(page, f"phone_{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.locator("[data-layer=C3] canvas").scroll_into_view_if_needed()
    page.locator("[data-layer=C3] canvas").tap(position={"x": 20, "y": 100})
    expect(page.locator("#unit-name")).to_have_text("C3, map 5, row 6, column 4")
    shot(page, f"phone_{scheme}_unit")
    page.mouse.wheel(0, 6000)
    shot(page, f"phone_{scheme}_end")


def test_dark(open_page: Open, shot: Any) -> None:
    page = open_page(color_scheme="dark")
    draw(page, HANDS[8])
    answer_is(page, "8")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(21, 20, 18)"
    shot(page, "dark", whole=True)
    page.emulate_media(color_scheme="light")
    shot(page, "dark_turned_light")


def test_the_service_is_described(open_page: Open, shot: Any) -> None:
    for name, how in {"docs": {}, "docs_phone": {"viewport": {"width": 360, "height": 740}}}.items():
        page = open_page("/docs", **how)
        expect(page.get_by_role("heading", name="POST/api/read")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shot(page, name, whole=True)
