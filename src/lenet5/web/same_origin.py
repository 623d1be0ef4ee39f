"""Who may ask: this service's own page, and programs; no page of another site that a browser here has open.

A browser sends a page's requests to any address, and so to a service on its own machine. Of another site's page it says
so in Origin; a name of that site that was made to point here ("DNS rebinding") it says in Host.
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from lenet5.web.http_errors import as_error

LOCALHOST: Final = "localhost"


class SameOrigin:
    """ASGI middleware that refuses other hosts and other origins with 403.

    hosts: names that are served, beside localhost, loopback addresses, this machine's name, and the very address that
    a request came to; pages of them may ask as well, for what stands before this service may give it another Host.
    A port of Host is not compared with the service's, which may be forwarded from another.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self._given = {host.lower() for host in hosts}
        self._names = {*map(name_in, self._given), LOCALHOST, socket.gethostname().lower()} - {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        sentence = self._refused(scope) if scope["type"] == "http" else ""
        await (as_error(sentence, 403) if sentence else self.app)(scope, receive, send)

    def _refused(self, scope: Scope) -> str:
        """Why a request is refused; empty where it is not."""
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
