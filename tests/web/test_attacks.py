"""The command itself, attacked: health is answered within a second throughout, and every request that was sent is."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from web.serving import command, drawing, request_of

# Few, as where many services share a machine.
DESCRIPTORS = 128
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[int, int]]:
    """The port of the command and its process."""
    with command("--no-access-log", descriptors=DESCRIPTORS) as (process, port):
        yield port, process.pid
        assert process.poll() is None, "the service ended"


@pytest.fixture
def healthy(running: tuple[int, int]) -> Iterator[Callable[[], int]]:
    """Asks for health ten times a second, on a new connection each; counts the answers, and checks them at last."""
    port, _ = running
    taken: list[float] = []
    wrong: list[str] = []
    over = threading.Event()

    def poll() -> None:
        while not (taken and over.wait(0.1)):
            began = time.perf_counter()
            try:
                status = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=20).status_code
                if status != 200:
                    wrong.append(str(status))
            except httpx.HTTPError as error:
                wrong.append(repr(error))
            taken.append(time.perf_counter() - began)

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield lambda: len(taken)
    finally:
        over.set()
        thread.join()
    assert wrong == []
    assert max(taken) < 1


def memory(pid: int) -> float:
    """Megabytes that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def answer(connection: socket.socket) -> bytes:
    """All that comes until the end."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.usefixtures("healthy")
def test_a_request_that_once_froze_the_service_is_refused(running: tuple[int, int]) -> None:
    port, _ = running
    for times in (8_000, 700_000):
        body = json.dumps({"image": "data:;base64" * times})
        response = httpx.post(
            f"http://127.0.0.1:{port}/api/read",
            content=body,
            headers=JSON,
            timeout=30,
        )
        assert response.status_code == 422, response.text
        assert "base64" in response.json()["error"]
        assert response.elapsed.total_seconds() < 5


ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * 65536),
    "headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n" * 10_000),
    "path": (b"GET /", b"x" * 65536),
    "trailers": (
        b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
        b"X: y\r\n" * 10_000,
    ),
    "chunk's extension": (
        b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"x" * 65536,
    ),
    "chunks of a byte": (
        b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\na\r\n" * 10_000,
    ),
    "requests sent ahead": (
        b"",
        b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na" * 1_000,
    ),
}


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize("kind", ENDLESS)
def test_what_has_no_end_is_ended(running: tuple[int, int], kind: str) -> None:
    port, pid = running
    before = memory(pid)
    first, more = ENDLESS[kind]
    sent = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        with contextlib.suppress(ConnectionError):
            connection.sendall(first)
            while sent < 100_000_000:
                connection.sendall(more)
                sent += len(more)
    assert sent < 100_000_000
    assert memory(pid) - before < 30


def test_headers_too_long_are_refused_in_a_sentence(running: tuple[int, int]) -> None:
    port, _ = running
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 64_000)
        head, _, body = answer(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert "send fewer or shorter headers" in json.loads(body)["error"]


def test_a_chunked_body_of_small_chunks_is_taken(running: tuple[int, int]) -> None:
    port, _ = running
    picture = drawing(size=(1000, 1000), kind="BMP")
    pieces = (picture[at : at + 100] for at in range(0, len(picture), 100))
    response = httpx.post(f"http://127.0.0.1:{port}/api/read", content=pieces, timeout=30)
    assert response.status_code == 200, response.text


def test_idle_connections_lock_nobody_out(running: tuple[int, int], healthy: Callable[[], int]) -> None:
    port, _ = running
    with contextlib.ExitStack() as stack:
        for number in range(2 * DESCRIPTORS):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            # Some say nothing, some begin and do not go on.
            connection.sendall((b"", b"GET / HTTP/1.1\r\nHo", request_of(drawing())[:200])[number % 3])
        until = healthy() + 10
        while healthy() < until:
            time.sleep(0.05)
        response = httpx.post(f"http://127.0.0.1:{port}/api/read", content=drawing(), timeout=30)
        assert response.json()["digit"] == 7


@pytest.mark.usefixtures("healthy")
def test_a_picture_that_takes_long_holds_up_no_other(running: tuple[int, int]) -> None:
    port, _ = running
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(
            httpx.post,
            f"http://127.0.0.1:{port}/api/read",
            content=hatching(),
            headers={"Content-Type": "image/png"},
            timeout=30,
        )
        time.sleep(0.3)
        for _ in range(5):
            response = httpx.post(f"http://127.0.0.1:{port}/api/read", content=drawing(), timeout=30)
            assert response.status_code == 200
            assert response.elapsed.total_seconds() < 2
        assert slow.result().status_code in (200, 400, 413)
        assert slow.result().elapsed.total_seconds() < 8


@pytest.mark.usefixtures("healthy")
def test_all_of_it_at_once(running: tuple[int, int]) -> None:
    """A request that froze the service, a header without end, pictures that take long, and idle connections."""
    port, _ = running
    where = f"http://127.0.0.1:{port}/api/read"
    frozen = json.dumps({"image": "data:;base64" * 100_000})

    def endless() -> int:
        with socket.create_connection(("127.0.0.1", port)) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
            for _ in range(1000):
                connection.sendall(b"x" * 65536)
        return 431

    with contextlib.ExitStack() as stack, ThreadPoolExecutor(8) as threads:
        for _ in range(2):
            idle = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(100)]
            asked = [
                threads.submit(endless),
                threads.submit(lambda: httpx.post(where, content=frozen, headers=JSON, timeout=30).status_code),
                threads.submit(lambda: httpx.post(where, content=hatching(), timeout=30).status_code),
            ]
            assert [status.result() in (200, 413, 422, 431) for status in asked] == [True] * 3
        assert len(idle) == 100
        assert httpx.post(where, content=drawing(), timeout=30).json()["digit"] == 7


def hatching() -> bytes:
    """A picture of crossing lines."""
    lines = [[(x, 0), (x + 700, 1200)] for x in range(-700, 1200, 24)]
    return drawing(*lines, *[[(1200 - x, y) for x, y in line] for line in lines], size=(1200, 1200))


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "another site's name": ({"Host": "evil.example"}, "evil.example"),
    "with the port": ({"Host": "evil.example:8000"}, "evil.example"),
    "another address": ({"Host": "192.0.2.1"}, "192.0.2.1"),
    "no address": ({"Host": "0.0.0.0"}, "0.0.0.0"),
    "a name that ends so": ({"Host": "evil.localhost.example"}, "evil"),
    "a name before": ({"Host": "evil.example@localhost"}, "evil"),
    "nothing": ({"Host": ""}, "''"),
    "another page": ({"Origin": "https://evil.example"}, "evil.example"),
    "a page of another port": ({"Origin": "http://localhost:1"}, "localhost:1"),
    "a page of a file": ({"Origin": "null"}, "null"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/read"), ("GET", "/"), ("GET", "/healthz"), ("GET", "/page/page.js")]
)
def test_other_hosts_and_origins_are_refused(running: tuple[int, int], kind: str, method: str, path: str) -> None:
    port, _ = running
    headers, name = REFUSED[kind]
    response = httpx.request(method, f"http://127.0.0.1:{port}{path}", headers=headers)
    assert response.status_code == 403
    assert name in response.json()["error"]
    assert "--allow-host" in response.json()["error"]


def test_the_own_page_and_programs_are_served(running: tuple[int, int]) -> None:
    port, _ = running
    for host in (
        "localhost",
        f"localhost:{port}",
        "LOCALHOST",
        "127.0.0.1:9",
        "127.9.9.9",
        "[::1]:80",
        socket.gethostname(),
    ):
        for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
            response = httpx.post(f"http://127.0.0.1:{port}/api/read", content=drawing(), headers=headers)
            assert response.status_code == 200, (headers, response.text)


def test_a_name_that_is_allowed_is_served_and_a_proxy_is_believed_only_where_it_is_named() -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    for options, client in (((), "127.0.0.1"), (("--proxy", "127.0.0.1"), "203.0.113.7")):
        with command("--allow-host", "digits.example", *options) as (process, port):
            where = f"http://127.0.0.1:{port}/healthz"
            for headers in ({"Host": "digits.example"}, {"Origin": "https://digits.example"}):
                assert httpx.get(where, headers=headers | forwarded).status_code == 200
            assert httpx.get(where, headers={"Host": "evil.example"} | forwarded).status_code == 403
            httpx.get(f"{where}/{'x' * 9000}")
            # What is no HTTP leaves no line.
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"seven\r\n\r\n")
                assert answer(connection).startswith(b"HTTP/1.1 400 ")
            process.send_signal(signal.SIGTERM)
            _, log = process.communicate(timeout=20)
        lines = [line.split()[2] for line in log.splitlines()]
        assert lines == [client, client, client, "127.0.0.1"]
        assert max(map(len, log.splitlines())) < 300


def test_nothing_that_was_sent_comes_back_at_length(running: tuple[int, int]) -> None:
    port, _ = running
    long = "x" * 9_000_000
    short = "x" * 50_000
    picture = {"file": ("a.png", drawing())}
    for path, more in {
        "/api/read": {"json": {long: 1}},
        "/api/states": {"json": {"image": long[:-1]}},
        "/api/read?": {"json": {"pixels": [[long]]}},
        "/api/read?1": {"content": long, "headers": {"Content-Type": f"multipart/form-data; boundary={short}"}},
        "/api/read?2": {"content": long, "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        "/api/read?3": {"content": long, "headers": {"Content-Type": short}},
        "/api/read?4": {"files": {long: "x"}},
        f"/api/states?weights={short}": {"files": picture},
        f"/{short}": {"files": picture},
        f"/page/{short}": {"files": picture},
        "/api/read?5": {"headers": {"Host": short}, "files": picture},
        "/api/read?6": {"headers": {"Origin": short}, "files": picture},
    }.items():
        response = httpx.post(f"http://127.0.0.1:{port}{path}", timeout=30, **more)
        assert 400 <= response.status_code < 500, response.text
        assert len(response.content) < 1000, path[:20]
        assert list(response.json()) == ["error"]


@pytest.mark.parametrize("when", ["before it is heard", "before it is read"])
def test_every_request_sent_is_answered_though_the_service_is_told_to_stop(when: str) -> None:
    with command("--no-access-log") as (process, port), contextlib.ExitStack() as stack:
        httpx.get(f"http://127.0.0.1:{port}/healthz")
        if when == "before it is heard":
            # Halted, so that all requests, and connections as well, lie in the system's queues when it is told.
            process.send_signal(signal.SIGSTOP)
        connections = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(300)]
        for connection in connections:
            connection.sendall(request_of(drawing()))
        if when == "before it is read":
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        statuses = Counter(answer(connection)[9:12] for connection in connections)
        assert process.wait(30) == 0
    # Those that find no place are answered as well, and their connections last no longer than the service.
    assert set(statuses) <= {b"200", b"429", b"503"}
    assert statuses[b"200" if when == "before it is read" else b"503"] > 10
