"""The server: a socket, uvicorn, a bound on connections, and an orderly end."""

import asyncio
import contextlib
import gc
import ipaddress
import select
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from lenet5.web.connection import Connection
from lenet5.web.limits import Limits
from lenet5.web.middleware import AccessLog

# Seconds that a request which was sent before the end may take to be heard.
HEARING: Final = 0.5

# Seconds between two looks at what is not told.
PAUSE: Final = 0.02

# What goes wrong is said on standard error. A broken request or form is told to its sender alone; a line for each would
# let strangers fill the log.
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
    "loggers": {"python_multipart": {"level": "ERROR"}, "uvicorn.error": {"level": "ERROR"}},
}


class Server(uvicorn.Server):
    """uvicorn's, which takes on no more connections than it can serve, and ends with status 0, all requests answered.

    Args:
        config: uvicorn's.
        limits: of the service.
        ready: called once it answers.
        stop: called as soon as it is asked to stop.
    """

    def __init__(
        self, config: uvicorn.Config, limits: Limits, ready: Callable[[], None], stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._limits, self._ready, self._stop = limits, ready, stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so: from then on a signal to stop is heard as well."""
        await super().startup([])
        self._accepting = [asyncio.create_task(self._accept(listening)) for listening in sockets or []]
        # What was imported stays; to look through it for garbage again and again would halt the answers each time.
        gc.collect()
        gc.freeze()
        self._ready()

    async def _accept(self, listening: socket.socket) -> None:
        """Take on connections one by one.

        Where there are as many as may be, the one that lets us wait longest goes; where none does, the next one waits.
        """
        listening.setblocking(False)
        loop = asyncio.get_running_loop()
        while True:
            there = [connection for connection in self._connections() if not connection.closing]
            if len(there) >= self._limits.connections:
                longest = max(there, key=lambda connection: connection.waited)
                if longest.waited:
                    longest.end()
                await asyncio.sleep(0 if longest.waited else PAUSE)
                continue
            try:
                client, _ = await loop.sock_accept(listening)
                await loop.connect_accepted_socket(self._connection, client)
            except OSError:
                # No descriptor is free, or the client has gone already.
                await asyncio.sleep(PAUSE)

    def _connection(self) -> Connection:
        state = self.lifespan.state
        return Connection(self.config, self.server_state, state, asyncio.get_running_loop(), limits=self._limits)

    def _connections(self) -> list[Connection]:
        return [connection for connection in self.server_state.connections if isinstance(connection, Connection)]

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: end the connections of clients that let us wait too long."""
        for connection in self._connections():
            if connection.waited > self._limits.client_seconds:
                connection.end()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Finish what runs, and take in nothing more; at a second Ctrl-C, end at once."""
        self._stop()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer what was sent before, which may still lie in the system's queues; then end."""
        ends = asyncio.get_running_loop().time() + self._limits.stopping_seconds
        await asyncio.sleep(HEARING)
        while select.select(sockets or [], [], [], 0)[0] and asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(PAUSE)
        for task in self._accepting:
            task.cancel()
        await super().shutdown(sockets)

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
    app: ASGIApp,
    listening: socket.socket,
    limits: Limits,
    ready: Callable[[], None],
    stop: Callable[[], None],
    *,
    access_log: bool = True,
    proxy: str = "",
) -> None:
    """Answer on a socket until SIGTERM or Ctrl-C; what runs then is finished.

    Args:
        app: the application.
        listening: the socket, as `listen` makes it.
        limits: of the service.
        ready: called once it answers.
        stop: called as soon as it is asked to stop.
        access_log: whether a line a request goes to standard error.
        proxy: the address of what stands before the service, whose X-Forwarded-For is believed.
    """
    config = uvicorn.Config(
        AccessLog(app) if access_log else app,
        http=Connection,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        log_config=LOGGING,
        access_log=False,
        lifespan="on",
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=int(limits.stopping_seconds),
    )
    Server(config, limits, ready, stop).run(sockets=[listening])


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address.

    Raises:
        ValueError: a host that is unknown or not this machine's, or a port that is taken or not allowed.
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


def names(host: str) -> list[str]:
    """The names that a host to answer on gives the service: itself where it is one, and no address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return [host]
    return []


def url(listening: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}/"


_nothing: Callable[[int, FrameType | None], None] = lambda number, frame: None  # noqa: ARG005, E731
