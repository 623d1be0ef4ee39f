"""What every request passes on its way in and out: who may ask, the security headers, and the access log."""

import asyncio
import ipaddress
import socket
import sys
import time
from collections.abc import Iterable, MutableMapping
from typing import Any, Final, final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lenet5.web.http_errors import as_error

LOCALHOST: Final = "localhost"

SECURITY_HEADERS: Final = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    # Files carry an ETag: they are asked for again, and not sent again where they are the same.
    (b"cache-control", b"no-cache"),
]

# Seconds that a line of the access log may wait; to write each at once would cost as much as reading a pattern.
LOG_DELAY: Final = 0.2

# Characters of a path in the access log.
LONGEST_PATH: Final = 200


@final
class SameOrigin:
    """ASGI middleware that answers other hosts and pages of other origins with 403.

    A browser sends a page's requests to any address, and so to a service on its own machine.
    It names another site's page in Origin, and in Host a name of that site that was made to point here (DNS rebinding).
    A port of Host is not compared with the service's, which may be forwarded from another.

    Args:
        app: the application behind it.
        hosts: names that are served, beside localhost, loopback addresses, this machine's name, and the very address
            that a request came to. Pages of them may ask as well, for a proxy may give the service another Host.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._given = {host.lower() for host in hosts}
        self._names = {*map(name_in, self._given), LOCALHOST, socket.gethostname().lower()} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 403."""
        sentence = self._forbidden(scope) if scope["type"] == "http" else ""
        await (as_error(sentence, 403) if sentence else self._app)(scope, receive, send)

    def _forbidden(self, scope: Scope) -> str:
        """Why a request is not served; empty where it is."""
        headers = Headers(scope=scope)
        host = ", ".join(headers.getlist("host"))
        if not self._is_here(name_in(host), scope):
            return f"The host {host!r} is not served here; start lenet5 serve with --allow-host and its name."
        for origin in headers.getlist("origin"):
            if origin.partition("://")[2].lower() not in {host.lower(), *self._given}:
                return f"A page of {origin!r} may not ask here; start lenet5 serve with --allow-host and its name."
        return ""

    def _is_here(self, name: str, scope: Scope) -> bool:
        address, came_to = _address(name), _address((scope.get("server") or ("",))[0])
        return name in self._names or (address is not None and (address.is_loopback or address == came_to))


@final
class SecurityHeaders:
    """ASGI middleware that adds `SECURITY_HEADERS` to each response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the headers back."""

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@final
class AccessLog:
    """ASGI middleware that writes a line a request to standard error.

    A line has the time, the client, the method and path, the status, and the milliseconds until the answer began.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lines: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note its answer. The lines that wait when the service ends are written."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            self._write()
            return
        began = time.perf_counter()

        async def send_noted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"], 1000 * (time.perf_counter() - began))
            await send(message)

        await self._app(scope, receive, send_noted)

    def _note(self, scope: Scope, status: int, milliseconds: float) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(LOG_DELAY, self._write)
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        # As it was sent, so that no line can be forged with a line's end in a path.
        path = scope.get("raw_path", b"").decode("latin-1")
        client = (scope.get("client") or ("-",))[0]
        if len(path) > LONGEST_PATH:
            path = f"{path[:LONGEST_PATH]}…"
        self._lines.append(f"{when} {client} {scope['method']} {path} {status} {milliseconds:.1f} ms\n")

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()


def name_in(host: str) -> str:
    """The name or address in a Host header or of a host, in lower case, without its port; empty for what is neither."""
    if "@" in host or "," in host:
        return ""
    try:
        # An address of IPv6 has brackets in a header, and none where it is given to a command.
        bare = f"[{host}]" if _address(host) and ":" in host else host
        return (urlsplit(f"//{bare}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
