"""The access log: a line a request, written some at a time; each at once would cost as much as reading a pattern."""

import asyncio
import sys
import time
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

# Seconds that a line may wait to be written.
WAIT: Final = 0.2

# Characters of a path.
LONGEST: Final = 200


class AccessLog:
    """ASGI middleware: when, from where, what was asked, the status, and the milliseconds until the answer began."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._lines: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; note down the start of a response. What waits at the end of the service is written."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            self.write()
            return
        began = time.perf_counter()

        async def send_noted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"], 1000 * (time.perf_counter() - began))
            await send(message)

        await self.app(scope, receive, send_noted)

    def _note(self, scope: Scope, status: int, milliseconds: float) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(WAIT, self.write)
        when = time.strftime("%Y-%m-%d %H:%M:%S")
        # As it was sent, so that no line can be forged with a line's end in a path.
        path = scope.get("raw_path", b"").decode("latin-1")
        client = (scope.get("client") or ("-",))[0]
        if len(path) > LONGEST:
            path = f"{path[:LONGEST]}…"
        self._lines.append(f"{when} {client} {scope['method']} {path} {status} {milliseconds:.1f} ms\n")

    def write(self) -> None:
        """Write what waits to standard error."""
        lines, self._lines = self._lines, []
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()
