"""Every endpoint, every refusal, the limits, and the end."""

import base64
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from lenet5 import bitmaps
from lenet5.arrays import STATE_SHAPES, parameter_shapes
from lenet5.reading.grey_levels import grey_levels
from lenet5.reading.inference import load_inference_network
from lenet5.reading.reader import Reading, read
from lenet5.training.run_folder import READER
from lenet5.web import answers
from lenet5.web import app as web_app
from lenet5.web.limits import Limits
from lenet5.web.schemas import ReadingMade
from strokes import drawn
from web.serving import client_of, drawing, picture_file, request_of
from web.slow_work import fail, read_once

PNG = {"Content-Type": "image/png"}
JSON = {"Content-Type": "application/json"}


def refused(response: httpx.Response, status: int, words: str) -> None:
    """One sentence of JSON, with the status expected."""
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error"]
    assert words in response.json()["error"]
    assert response.headers["content-type"] == "application/json"


def bodies(picture: bytes) -> dict[str, dict[str, Any]]:
    """The same picture in every form that is taken."""
    code = base64.b64encode(picture).decode()
    return {
        "image": {"content": picture, "headers": PNG},
        "bytes": {"content": picture, "headers": {"Content-Type": "application/octet-stream"}},
        "no type": {"content": picture},
        "chunked": {"content": iter([picture[:50], picture[50:]]), "headers": PNG},
        "form": {"files": {"file": ("a.png", picture, "image/png")}},
        "base64": {"json": {"image": code}},
        "data URL": {"json": {"image": f"data:image/png;base64,{code}"}},
        "pixels": {"json": {"pixels": np.rint(grey_levels(picture) * 255).astype(int).tolist()}},
        "fractions": {"json": {"pixels": grey_levels(picture).astype(float).tolist()}},
    }


def test_a_mark_that_is_no_digit_fits_the_description() -> None:
    """Two digits, the second refused: what `Reading.as_dict` says of it is what /openapi.json promises."""
    page = np.hstack([drawn(4), drawn(7)])
    first, second = read(page).marks
    reading = Reading([first, replace(second, digit=None)])
    made = ReadingMade.model_validate(reading.as_dict())
    assert (made.text, [mark.digit for mark in made.digits]) == ("4?", [4, None])


@pytest.mark.parametrize("form", bodies(drawing()))
def test_a_picture_is_read_in_every_form_it_may_come_in(client: httpx.Client, form: str) -> None:
    response = client.post("/api/read", **bodies(drawing())[form])
    assert response.status_code == 200, response.text
    assert response.json() == pytest.approx(read(drawing()).as_dict(), abs=1e-6)
    assert response.json()["digit"] == 7


def test_several_digits_come_with_their_boxes(client: httpx.Client) -> None:
    two = drawing([(30, 30), (75, 30), (50, 100)], [(150, 25), (150, 105)], size=(220, 140))
    answer = client.post("/api/read", content=two, headers=PNG).json()
    assert answer["text"] == "71"
    assert [digit["digit"] for digit in answer["digits"]] == [7, 1]


def test_an_empty_page_is_an_answer_with_a_note(client: httpx.Client) -> None:
    empty = picture_file()
    for path in ("/api/read", "/api/states"):
        answer = client.post(path, content=empty, headers=PNG).json()
        assert answer["digit"] is None
        assert "empty" in answer["note"]
    assert answer["pattern"] is None
    assert answer["states"] is None


def test_states_are_those_of_the_network_of_what_it_saw(client: httpx.Client) -> None:
    answer = client.post("/api/states", content=drawing(), headers=PNG).json()
    pattern = np.array(answer["pattern"], dtype=np.uint8)
    assert pattern.shape == (28, 28)
    assert list(answer["states"]) == list(STATE_SHAPES)
    for name, shape in STATE_SHAPES.items():
        states = np.array(answer["states"][name])
        digits = slice(10) if name == "OUTPUT" else slice(None)
        assert states.shape == ((10,) if name == "OUTPUT" else shape)
        np.testing.assert_allclose(
            states, load_inference_network(READER).states(pattern[None], name)[0][digits], atol=6e-4
        )
    assert answer["weights"] == "trained"
    assert sum(answer["posterior"]) + answer["rubbish"] == pytest.approx(1, abs=1e-4)


def test_the_untrained_network_is_the_one_that_training_began_with(client: httpx.Client) -> None:
    import torch

    from lenet5.data.input import to_input
    from lenet5.network import LeNet5

    answer = client.post("/api/states?weights=untrained", content=drawing(), headers=PNG).json()
    network = LeNet5(load_inference_network(READER).scale, seed=1)
    with torch.no_grad():
        states = network.states(to_input(torch.tensor(answer["pattern"], dtype=torch.uint8)[None]))
    np.testing.assert_allclose(answer["states"]["F6"], states["F6"][0].numpy(), atol=2e-3)
    assert answer["weights"] == "untrained"


def test_of_several_digits_the_untrained_network_says_what_it_sees_itself(client: httpx.Client) -> None:
    import torch

    from lenet5.data.input import to_input
    from lenet5.network import LeNet5

    sevens = drawing(*([(x + 40, 35), (x + 95, 33), (x + 65, 110)] for x in (0, 100, 200)), size=(360, 140))
    answer = client.post("/api/states?weights=untrained", content=sevens, headers=PNG).json()
    assert answer.get("text") != "777"
    network = LeNet5(load_inference_network(READER).scale, seed=1)
    seen = network(to_input(torch.tensor(answer["pattern"], dtype=torch.uint8)[None]))[0].argmin()
    assert int(seen) in (answer["digit"], answer["runner_up"])
    assert client.post("/api/states", content=sevens, headers=PNG).json()["text"] == "777"


@pytest.mark.parametrize("weights", ["trained", "untrained"])
def test_weights_are_all_there(client: httpx.Client, weights: str) -> None:
    answer = client.get("/api/weights", params={"weights": weights}).json()
    assert {name: np.shape(values) for name, values in answer["parameters"].items()} == parameter_shapes()
    assert sum(np.size(values) for values in answer["parameters"].values()) == 60_000
    assert answer["codes"] == bitmaps.signs()
    if weights == "trained":
        for name, values in load_inference_network(READER).parameters.items():
            np.testing.assert_allclose(answer["parameters"][name], values, atol=6e-5)


def test_health_page_description_and_files(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    for path in ("/", "/docs", "/page/page.js", "/page/base.css"):
        first = client.get(path)
        assert first.status_code == 200
        assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        for name, value in {
            "x-content-type-options": "nosniff",
            "cache-control": "no-cache",
            "referrer-policy": "no-referrer",
        }.items():
            assert first.headers[name] == value
        assert "default-src 'none'" in first.headers["content-security-policy"]
        assert "access-control-allow-origin" not in first.headers


def test_the_page_is_told_the_numbers_of_the_paper(client: httpx.Client) -> None:
    module = client.get("/page/paper.js")
    assert module.headers["content-type"].startswith("text/javascript")
    lines = re.findall(r"^export const (\w+) = (.+);$", module.text, re.MULTILINE)
    told = {name: json.loads(value) for name, value in lines}
    assert told.pop("STATE_SHAPES") == {name: list(shape) for name, shape in STATE_SHAPES.items()}
    assert told == {"AMPLITUDE": 1.7159, "INPUT": 32, "IMAGE": 28, "KERNEL": 5, "CODE_ROWS": 12, "CODE_COLUMNS": 7}


def test_the_page_says_of_each_layer_what_size_it_has(client: httpx.Client) -> None:
    said = dict(re.findall(r"<h3>(\w+) <small>([^<]+)</small></h3>", client.get("/").text))
    assert said.pop("F6") == f"{STATE_SHAPES['F6'][0]} units, drawn {bitmaps.COLUMNS}×{bitmaps.ROWS}"
    maps = [name for name in STATE_SHAPES if name not in ("F6", "OUTPUT")]
    assert said == {name: "{} maps of {}×{}".format(*STATE_SHAPES[name]) for name in maps}


def test_no_file_of_the_page_names_another_server() -> None:
    page = Path(answers.__file__).parent / "page"
    files = [file for file in page.iterdir() if file.suffix in (".html", ".css", ".js")]
    assert len(files) > 5
    for file in files:
        assert "http" not in file.read_text(), f"{file} would be loaded from elsewhere"
        assert "style=" not in file.read_text(), f"{file}: the security policy ignores styles in line"


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing": ({"content": b"", "headers": PNG}, 400, "empty"),
    "no picture": ({"content": b"seven", "headers": PNG}, 400, "no picture"),
    "cut off": ({"content": drawing()[:200], "headers": PNG}, 400, "cut off"),
    "text": ({"content": b"7", "headers": {"Content-Type": "text/plain"}}, 415, "text/plain"),
    "curl's usual": ({"data": {"a": "b"}}, 415, "x-www-form-urlencoded"),
    "no JSON": ({"content": b"{", "headers": JSON}, 400, "no JSON"),
    "deep JSON": ({"content": b"[" * 100_000, "headers": JSON}, 400, "no JSON"),
    "no UTF-8": ({"content": b'{"image": "\xff"}', "headers": JSON}, 400, "no JSON"),
    "a list": ({"json": []}, 422, "body"),
    "neither": ({"json": {}}, 422, "either image"),
    "both": ({"json": {"image": "aaaa", "pixels": [[1]]}}, 422, "either image"),
    "something else": ({"json": {"image": "aaaa", "colour": 1}}, 422, "colour"),
    "no base64": ({"json": {"image": "é!"}}, 422, "base64"),
    "base64 of no picture": ({"json": {"image": "aaaa"}}, 400, "no picture"),
    "no rows": ({"json": {"pixels": []}}, 422, "pixels"),
    "empty rows": ({"json": {"pixels": [[], []]}}, 422, "pixels.0"),
    "ragged": ({"json": {"pixels": [[1, 2], [3]]}}, 422, "one length"),
    "words": ({"json": {"pixels": [["1"]]}}, 422, "pixels.0.0"),
    "truth": ({"json": {"pixels": [[True]]}}, 422, "pixels.0.0"),
    "too bright": ({"json": {"pixels": [[256]]}}, 422, "255"),
    "negative": ({"json": {"pixels": [[-1]]}}, 422, "0"),
    "not finite": ({"content": b'{"pixels": [[NaN]]}', "headers": JSON}, 422, "pixels.0.0"),
    "no boundary": ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "form"),
    "broken form": (
        {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
        400,
        "form",
    ),
    "no file": ({"files": {"file": (None, b"x")}}, 400, "no file"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/api/read", "/api/states"])
def test_what_is_no_picture_is_refused_in_a_sentence(client: httpx.Client, path: str, case: str) -> None:
    request, status, words = REFUSED[case]
    refused(client.post(path, **request), status, words)


def test_wrong_paths_methods_and_weights_are_refused_in_a_sentence(client: httpx.Client) -> None:
    refused(client.get("/nothing"), 404, "/nothing")
    refused(client.get("/page/../app.py"), 404, "no")
    refused(client.get("/api/read"), 405, "POST")
    assert client.get("/api/read").headers["allow"] == "POST"
    refused(client.get("/api/weights?weights=best"), 422, "'best'")
    refused(client.post("/api/states?weights=", content=drawing(), headers=PNG), 422, "untrained")
    refused(client.get("/api/weights?weights=trained&weights=untrained"), 422, "choose")


def test_a_body_too_large_is_refused_announced_or_not() -> None:
    with client_of(Limits(body=1000)) as (client, _):
        for content in (b"x" * 3000, iter([b"x" * 600] * 5), iter([b"x" * 600] * 50)):
            response = client.post("/api/read", content=content, headers=PNG)
            refused(response, 413, "larger than 0.001 MB")
            assert response.headers["connection"] == "close"
        assert client.post("/api/read", content=drawing(), headers=PNG).status_code == 200


def test_a_picture_of_too_many_pixels_is_refused_though_its_file_is_small(client: httpx.Client) -> None:
    picture = picture_file(size=(5000, 5000))
    assert len(picture) < 100_000
    refused(client.post("/api/read", content=picture, headers=PNG), 413, "5000×5000")


def test_a_body_too_slow_is_refused() -> None:
    with client_of(Limits(body_seconds=0.3)) as (client, _):
        port = client.base_url.port
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nslow")
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHo", request_of(drawing())[:-10]])
def test_a_client_that_lets_us_wait_is_left_though_it_sends_a_byte_now_and_then(begun: bytes) -> None:
    with client_of(Limits(client_seconds=0.5)) as (client, _):
        address = ("127.0.0.1", client.base_url.port)
        with socket.create_connection(address) as silent, socket.create_connection(address) as dripping:
            began = time.perf_counter()
            silent.sendall(begun)
            with suppress(ConnectionError):
                while time.perf_counter() - began < 5:
                    dripping.sendall(begun[:1] or b"\r\n")
                    begun = begun[1:]
                    time.sleep(0.02)
            assert 0.4 < time.perf_counter() - began < 2
            with suppress(ConnectionError):
                assert silent.recv(1000) == b""


def test_bodies_that_arrive_slowly_do_not_fill_the_memory() -> None:
    with client_of(Limits(held=30_000, body=20_000)) as (client, _), ExitStack() as stack:
        address = ("127.0.0.1", client.base_url.port)
        body = request_of(b"x" * 20_000)[:-1]
        slow = [stack.enter_context(socket.create_connection(address)) for _ in range(2)]
        slow[0].sendall(body)
        time.sleep(0.2)
        slow[1].sendall(body)
        assert slow[1].recv(1000).startswith(b"HTTP/1.1 429")
        assert client.post("/api/read", content=drawing(), headers=PNG).status_code == 200
        slow[0].sendall(b"x")
        assert slow[0].recv(1000).startswith(b"HTTP/1.1 400")
        # Nothing is held any more.
        assert client.post("/api/read", content=b"x" * 20_000, headers=PNG).status_code == 400


def wait_for_workers(client: httpx.Client) -> None:
    """Until each has surely read; what they import is not what is measured then."""
    for _ in range(5):
        while client.post("/api/read", content=drawing(), headers=PNG).status_code != 200:
            time.sleep(0.05)


def test_a_rush_is_refused_and_a_reading_too_slow_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go_on = tmp_path / "go on"

    with client_of(Limits(places=2, threads=1, reading_seconds=0.7)) as (client, app):
        wait_for_workers(client)
        monkeypatch.setattr(web_app, "read_answer", partial(read_once, go_on))

        def post(_: int) -> httpx.Response:
            return client.post("/api/read", content=drawing(), headers=PNG)

        with ThreadPoolExecutor(4) as threads:
            responses = list(threads.map(post, range(4)))
        assert sorted(response.status_code for response in responses) == [429, 429, 503, 503]
        for response in responses:
            assert response.headers["retry-after"] == "1"
            assert "again" in response.json()["error"]
        go_on.touch()
        while app.state.queue.taken:
            time.sleep(0.01)
        assert post(0).status_code == 200


def test_a_picture_that_takes_too_long_holds_up_no_other_and_its_worker_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def post(_: int = 0) -> httpx.Response:
        return client.post("/api/read", content=drawing(), headers=PNG)

    with client_of(Limits(threads=2, picture_seconds=2)) as (client, _), ThreadPoolExecutor(2) as threads:
        wait_for_workers(client)
        with monkeypatch.context() as patch:
            patch.setattr(web_app, "read_answer", partial(read_once, tmp_path / "never"))
            slow = threads.submit(post)
            time.sleep(0.2)
        assert [post().status_code for _ in range(3)] == [200] * 3
        assert not slow.done()
        refused(slow.result(), 413, "took more than 2 s")
        assert {response.status_code for response in threads.map(post, range(6))} == {200}


def test_bodies_that_would_fill_the_memory_together_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go_on = tmp_path / "go on"
    monkeypatch.setattr(web_app, "read_answer", partial(read_once, go_on))
    with client_of(Limits(held=len(drawing()) + 1, threads=2)) as (client, app), ThreadPoolExecutor(1) as thread:
        first = thread.submit(client.post, "/api/read", content=drawing(), headers=PNG)
        while not app.state.queue.taken:
            time.sleep(0.01)
        refused(client.post("/api/read", content=drawing(), headers=PNG), 429, "waiting")
        go_on.touch()
        assert first.result().status_code == 200


def test_a_service_that_stops_takes_in_nothing_more() -> None:
    with client_of(Limits()) as (client, app):
        app.state.queue.stopping = True
        refused(client.post("/api/read", content=drawing(), headers=PNG), 503, "stopping")
        assert client.get("/healthz").json()["status"] == "stopping"


def test_a_reading_that_fails_for_no_reason_known_is_refused_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, client: httpx.Client
) -> None:
    monkeypatch.setattr(web_app, "read_answer", fail)
    refused(client.post("/api/read", content=drawing(), headers=PNG), 400, "ZeroDivisionError")
    assert "float division" in caplog.text


def test_the_description_says_every_status(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/api/read", "/api/states", "/api/weights", "/healthz"}
    for path in ("/api/read", "/api/states"):
        assert set(paths[path]["post"]["responses"]) == {"200", "400", "408", "413", "415", "422", "429", "503"}
        assert len(paths[path]["post"]["requestBody"]["content"]) == 5


def test_limits_that_let_nothing_through_are_refused() -> None:
    with pytest.raises(ValueError, match="places of 0"):
        Limits(places=0)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "lenet5", "serve", *arguments]


@pytest.fixture
def running() -> Iterator[subprocess.Popen[str]]:
    """The command itself, on any free port."""
    with subprocess.Popen(command("--port", "0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_logs_and_ends_in_order(running: subprocess.Popen[str], how: signal.Signals) -> None:
    assert running.stdout is not None
    line = running.stdout.readline()
    port = int(line.split("127.0.0.1:")[1].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        picture = drawing()
        # Half a request is under way when the signal comes; it is finished.
        connection.sendall(request_of(picture)[: -len(picture) + 100])
        time.sleep(0.3)
        running.send_signal(how)
        time.sleep(0.3)
        connection.sendall(picture[100:])
        answer = b"".join(iter(lambda: connection.recv(10_000), b"")).decode()
    assert answer.startswith("HTTP/1.1 200")
    assert json.loads(answer.split("\r\n\r\n")[1])["digit"] == 7
    assert running.wait(20) == 0
    assert running.stderr is not None
    errors = running.stderr.read().splitlines()
    assert len(errors) == 1
    assert re.search(r" 127\.0\.0\.1 POST /api/read 200 [\d.]+ ms$", errors[0])


def test_what_cannot_be_served_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments, words in {
            ("--port", port): f"port {port}",
            ("--port", "70000"): "65535",
            ("--host", "no.such.host.invalid"): "no.such.host.invalid",
            ("--host", "192.0.2.1", "--port", "0"): "192.0.2.1",
            ("--model", str(tmp_path / "none")): "none",
        }.items():
            ended = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=False)
            assert ended.returncode == 1
            assert ended.stdout == ""
            assert ended.stderr.startswith("lenet5: ")
            assert words in ended.stderr
            assert ended.stderr.count("\n") == 1


def test_without_fastapi_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['fastapi'] = None; from lenet5.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", program, "serve"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert (
        ended.stderr
        == "lenet5: the page needs fastapi, which is not installed; get it with: pip install 'lenet5-1998[serve]'\n"
    )
