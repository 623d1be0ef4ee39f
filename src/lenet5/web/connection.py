"""A connection of a client that may mean ill: bounds on what it sends beside bodies, and on what it sends ahead."""

from http import HTTPStatus
from typing import Any, Final, final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from lenet5.web.http_errors import json_bytes
from lenet5.web.limits import Limits

# Requests sent before the answers to those before them.
AHEAD: Final = 16

# Bytes of a body that pay for one of its framing: chunks of some fifty bytes are still taken.
FRAMING: Final = 8


@final
class Connection(HttpToolsProtocol):
    """uvicorn's connection, with the bounds: its parser has none of its own, and keeps what has no end."""

    def __init__(self, *arguments: Any, limits: Limits, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._limits = limits
        self._spare = limits.head
        self._since = self.loop.time()

    @property
    def waited(self) -> float:
        """Seconds that we have waited for the client, to send the whole of a request or to take its answer.

        0 where the client waits for us. Pieces that it sends do not begin the time anew.
        """
        cycle = self.cycle
        ours = cycle is not None and not cycle.more_body and not cycle.response_started
        return 0 if ours else self.loop.time() - self._since

    @property
    def closing(self) -> bool:
        """Whether it is about to end."""
        return self.transport.is_closing()

    def end(self) -> None:
        """Drop the connection, and what of an answer has not been taken."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """What came. More than may come beside bodies is answered with 431."""
        self._spare -= len(data)
        super().data_received(data)
        if self._spare < 0 and not self.closing:
            self._refuse(431, f"More than {self._limits.head} bytes came beside a body; send fewer or shorter headers.")

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._spare += len(body) + len(body) // FRAMING
        super().on_body(body)

    def on_message_begin(self) -> None:
        """A request begins.

        Raises:
            ValueError: too many of them wait. The parser then answers with 400.
        """
        if len(self.pipeline) >= AHEAD:
            raise ValueError(f"More than {AHEAD} requests were sent ahead.")
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """The whole of a request has come."""
        self._spare = self._limits.head
        self._since = self.loop.time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The whole of an answer was given."""
        self._since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no HTTP."""
        self._refuse(400, f"{msg} Send HTTP/1.1, or draw at the page.")

    def _refuse(self, status: int, sentence: str) -> None:
        """Answer without an application, unless an answer is under way, and end."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = json_bytes({"error": sentence})
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()
