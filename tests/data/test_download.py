import contextlib
import gzip
import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lenet5.data.download import DownloadError, download

CONTENT = random.Random(1998).randbytes(50_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = gzip.compress(CONTENT, mtime=0)
HALF = len(FILE) // 2


class Server(ThreadingHTTPServer):
    """What was asked of it, path and range, and whether it is about to end."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Mirror)
        self.requests: list[tuple[str, str | None]] = []
        self.closing = threading.Event()


class Mirror(BaseHTTPRequestHandler):
    """A mirror for each path: the whole file, and every way of not giving it."""

    server: Server

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.requests.append((self.path, asked))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        match self.path:
            case "/whole" if start >= len(FILE):
                self.answer(416, b"")
            case "/whole":
                self.answer(206 if asked else 200, FILE[start:])
            case "/deaf":
                self.answer(200, FILE)
            case "/cut":
                self.answer(200, FILE[:HALF], length=len(FILE))
            case "/other":
                self.answer(200, gzip.compress(b"another file"))
            case "/page":
                self.answer(200, b"<!DOCTYPE html>")
            case "/endless":
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    while True:
                        self.wfile.write(bytes(1_000_000))
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/whole")
                self.end_headers()
            case "/slow":
                # Sooner than httpx would give up unasked.
                if not self.server.closing.wait(3):
                    self.answer(200, FILE)
            case _:
                self.answer(404, b"")

    def answer(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def urls(server: Server) -> Callable[..., list[str]]:
    return lambda *paths: [f"http://127.0.0.1:{server.server_port}/{path}" for path in paths]


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "file.gz"


@pytest.fixture
def part(destination: Path) -> Path:
    """Where the bytes grow: beside the file, in a folder that is there."""
    destination.parent.mkdir()
    return destination.with_name("file.gz.part")


def assert_only_the_file_is_there(destination: Path, content: bytes = FILE) -> None:
    assert destination.read_bytes() == content
    assert list(destination.parent.iterdir()) == [destination]


def test_the_whole_file(
    server: Server, urls: Callable[..., list[str]], destination: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download(urls("whole", "deaf"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/whole", None)]
    out, err = capsys.readouterr()
    assert out == ""
    assert "file.gz" in err
    assert "100%" in err


def test_a_cut_connection_is_gone_on_with_by_the_next_mirror(
    server: Server, urls: Callable[..., list[str]], destination: Path
) -> None:
    download(urls("cut", "whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/cut", None), ("/whole", f"bytes={HALF}-")]


def test_a_cut_connection_is_gone_on_with_by_the_next_call(
    server: Server, urls: Callable[..., list[str]], destination: Path
) -> None:
    with pytest.raises(DownloadError, match="/cut: peer closed connection"):
        download(urls("cut"), destination, SHA256)
    assert [path.name for path in destination.parent.iterdir()] == ["file.gz.part"]
    download(urls("whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests[1:] == [("/whole", f"bytes={HALF}-")]


def test_a_server_that_ignores_the_range_starts_over(
    server: Server, urls: Callable[..., list[str]], destination: Path, part: Path
) -> None:
    part.write_bytes(FILE[:HALF])
    download(urls("deaf"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/deaf", f"bytes={HALF}-")]


def test_a_part_already_whole_is_taken(
    server: Server, urls: Callable[..., list[str]], destination: Path, part: Path
) -> None:
    part.write_bytes(FILE)
    download(urls("whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/whole", f"bytes={len(FILE)}-")]


@pytest.mark.parametrize("stale", [b"x" * HALF, FILE + b"x", FILE[:HALF] + b"x"])
def test_the_beginning_of_another_file_is_thrown_away(
    server: Server, urls: Callable[..., list[str]], destination: Path, part: Path, stale: bytes
) -> None:
    part.write_bytes(stale)
    download(urls("whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/whole", f"bytes={len(stale)}-"), ("/whole", None)]


def test_a_missing_file_is_sought_at_the_next_mirror(
    server: Server, urls: Callable[..., list[str]], destination: Path
) -> None:
    download(urls("missing", "whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/missing", None), ("/whole", None)]


@pytest.mark.parametrize("wrong", ["other", "page"])
def test_other_content_is_deleted_and_the_next_mirror_asked(
    server: Server, urls: Callable[..., list[str]], destination: Path, wrong: str
) -> None:
    download(urls(wrong, "whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [(f"/{wrong}", None), ("/whole", None)]


def test_a_mirror_that_sends_for_ever_is_given_up(
    server: Server, urls: Callable[..., list[str]], destination: Path
) -> None:
    download(urls("endless", "whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/endless", None), ("/whole", None)]


def test_other_content_alone_leaves_nothing(urls: Callable[..., list[str]], destination: Path) -> None:
    with pytest.raises(DownloadError, match="/other: other content than the published file's"):
        download(urls("other"), destination, SHA256)
    assert list(destination.parent.iterdir()) == []


def test_a_silent_mirror_is_given_up(server: Server, urls: Callable[..., list[str]], destination: Path) -> None:
    download(urls("slow", "whole"), destination, SHA256, timeout=0.2)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/slow", None), ("/whole", None)]


def test_a_redirection_is_followed(server: Server, urls: Callable[..., list[str]], destination: Path) -> None:
    download(urls("moved"), destination, SHA256)
    assert_only_the_file_is_there(destination)
    assert server.requests == [("/moved", None), ("/whole", None)]


def test_an_old_file_is_replaced_only_by_a_right_one(urls: Callable[..., list[str]], destination: Path) -> None:
    destination.parent.mkdir()
    destination.write_bytes(b"old")
    with pytest.raises(DownloadError):
        download(urls("other"), destination, SHA256)
    assert_only_the_file_is_there(destination, b"old")
    download(urls("whole"), destination, SHA256)
    assert_only_the_file_is_there(destination)


def test_the_failure_of_each_mirror_is_told(urls: Callable[..., list[str]], destination: Path) -> None:
    mirrors = [*urls("missing", "slow", "other"), "ftp://127.0.0.1/file", "http://127.0.0.1:x/"]
    with pytest.raises(DownloadError) as caught:
        download(mirrors, destination, SHA256, timeout=0.2)
    missing, slow, other, scheme, address = str(caught.value).split("; ")
    assert missing.endswith("/missing: HTTP status 404")
    assert slow.endswith("/slow: timed out")
    assert other.endswith("/other: other content than the published file's")
    assert scheme.startswith("ftp://127.0.0.1/file: ")
    assert address.startswith("http://127.0.0.1:x/: Invalid port")


def test_no_mirror_is_a_failure_too(destination: Path) -> None:
    with pytest.raises(DownloadError, match="no mirror was given"):
        download([], destination, SHA256)
