"""The server: a socket, uvicorn, and an orderly end."""

import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

import cv2
import uvicorn
from fastapi import FastAPI

from lenet5.web.access import AccessLog
from lenet5.web.limits import Limits

# What goes wrong is said on standard error. A broken form is the sender's business, and is told to the sender.
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"python_multipart": {"level": "ERROR"}},
}


class Server(uvicorn.Server):
    """uvicorn's, which says when it is ready, tells the desk as soon as it is asked to stop, and ends with status 0."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so: from then on a signal to stop is heard as well."""
        await super().startup(sockets)
        # What was imported stays; to look through it for garbage again and again would halt the answers each time.
        gc.collect()
        gc.freeze()
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Finish what runs, and take in nothing more; at a second Ctrl-C, end at once."""
        self.config.app.state.desk.stopping = True  # type: ignore[union-attr]  # it is always given as an application
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does; but it raises the signal again once it has stopped, and the program would end as failed."""
        before = {number: signal.signal(number, _nothing) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with super().capture_signals():
                yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    app: FastAPI, listening: socket.socket, limits: Limits, ready: Callable[[], None], *, access_log: bool = True
) -> None:
    """Answer on a socket until SIGTERM or Ctrl-C; what runs then is finished. `ready`: called once it answers."""
    # Readings run side by side; threads within each would only take turns with the others.
    cv2.setNumThreads(1)
    if access_log:
        app.add_middleware(AccessLog)
    config = uvicorn.Config(
        app,
        log_config=LOGGING,
        access_log=False,
        lifespan="on",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=int(limits.stopping_seconds),
    )
    Server(config, ready).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address.

    Raises ValueError for a host that is unknown or not this machine's, and a port that is taken or not allowed.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"The port {port} was given; it must be from 0 (any free one) to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:
        raise ValueError(
            f"The host {host} is not known ({error}); give a name or an address of this machine."
        ) from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        # So that the address is taken from here on, and told only when it is.
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise ValueError(
            f"{host}, port {port}, cannot be served on ({error.strerror}); give another --port or --host."
        ) from error
    return listening


def url(listening: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


_nothing: Callable[[int, FrameType | None], None] = lambda number, frame: None  # noqa: ARG005, E731
