"""The service as it is served, on a free port and in a thread; and pictures to send to it."""

import io
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from PIL import Image, ImageDraw

from lenet5.reading.inference import load_inference_network
from lenet5.training.run_folder import READER
from lenet5.web.app import create_app
from lenet5.web.connection import Connection
from lenet5.web.limits import Limits
from lenet5.web.server import Server, listen, url


class InThread(Server):
    """The server, which hears signals only where it has a process of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


@contextmanager
def served(app: FastAPI, limits: Limits | None = None) -> Iterator[str]:
    """The address of an application while it is served."""
    listening = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, http=Connection, log_level="critical", lifespan="on", ws="none")
    server = InThread(config, limits or Limits(), lambda: None, app.state.queue.stop)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield url(listening).rstrip("/")
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def client_of(limits: Limits) -> Iterator[tuple[httpx.Client, FastAPI]]:
    """A client of a service with these limits, and the service's application."""
    app = create_app(load_inference_network(READER), limits=limits)
    with served(app, limits) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client, app


def drawing(*lines: list[tuple[int, int]], size: tuple[int, int] = (140, 140), kind: str = "PNG") -> bytes:
    """A picture file of black strokes on white; a seven unless others are given."""
    return picture_file(*(lines or ([(40, 35), (95, 33), (65, 110)],)), size=size, kind=kind)


def picture_file(*lines: list[tuple[int, int]], size: tuple[int, int] = (140, 140), kind: str = "PNG") -> bytes:
    """The same, but empty where no strokes are given."""
    image = Image.new("L", size, 255)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=0, width=9, joint="curve")
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def request_of(picture: bytes, path: str = "/api/read") -> bytes:
    """A picture's request as it is sent."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {len(picture)}"
    return f"{head}\r\n\r\n".encode() + picture


@contextmanager
def command(*options: str, descriptors: int = 1024) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`lenet5 serve` itself, on any free port, and the port; it may have so many files and connections open."""
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({descriptors},) * 2);"
        "from lenet5.cli import main; main()"
    )
    arguments = [sys.executable, "-c", program, "serve", "--port", "0", *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline().split("//")[1].split("/")[0].rsplit(":", 1)[1])
        finally:
            process.kill()
