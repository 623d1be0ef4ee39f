"""The desk where readings are asked for: a bounded queue before a few threads; a rush is refused, not choked on."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from lenet5.web.limits import Limits
from lenet5.web.refusal import Refusal

T = TypeVar("T")

# Seconds after which a refused client may try again.
RETRY: Final = {"Retry-After": "1"}

log = logging.getLogger("lenet5.web")


class Desk:
    """Takes work in, has it done in threads, and gives the results back. All but the work runs in the event loop.

    stopping: no more work is taken in; what was taken in is finished.
    """

    def __init__(self, limits: Limits) -> None:
        self.stopping = False
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.threads, "reading")
        self._taken = 0
        self._held = 0

    @property
    def taken(self) -> int:
        """Works taken in and not done."""
        return self._taken

    def admit(self) -> None:
        """Whether a request is let in; refuses it with 503 when stopping, 429 when full."""
        if self.stopping:
            raise Refusal(503, "The service is stopping; try again when it is back.", RETRY | {"Connection": "close"})
        self._check_room(0)

    def _check_room(self, size: int) -> None:
        if self._taken >= self._limits.places or (self._held and self._held + size > self._limits.held):
            raise Refusal(429, f"{self._taken} requests are waiting already; try again in a second.", RETRY)

    async def do(self, work: Callable[[], T], size: int) -> T:
        """The result of `work`, which holds `size` bytes; refuses it with 429 when full, 503 when too slow."""
        # Who was let in before the service was asked to stop is still served.
        self._check_room(size)
        loop = asyncio.get_running_loop()
        self._taken += 1
        self._held += size

        def done(_: Future[T]) -> None:
            try:
                loop.call_soon_threadsafe(self._done, size)
            except RuntimeError:
                log.debug("The event loop ended before a reading did.")

        future = self._threads.submit(work)
        future.add_done_callback(done)
        try:
            async with asyncio.timeout(self._limits.reading_seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            # What still waited is cancelled with the wait; what is being read ends in its own time.
            raise Refusal(
                503, f"No answer came within {self._limits.reading_seconds:g} s; try again, or send less.", RETRY
            ) from None

    def _done(self, size: int) -> None:
        self._taken -= 1
        self._held -= size

    def close(self) -> None:
        """Let the threads go; what waits is dropped, what is being read is not waited for."""
        self.stopping = True
        self._threads.shutdown(wait=False, cancel_futures=True)
