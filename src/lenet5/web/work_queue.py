"""A bounded queue before a few workers: a rush is answered with 429, not choked on."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final, TypeVar, final

from lenet5.tools.workers import CrashError, TooMuchError, Workers
from lenet5.web.http_errors import HTTPError
from lenet5.web.limits import Limits

Answer = TypeVar("Answer")

# Seconds after which the client may try again.
RETRY: Final = {"Retry-After": "1"}

log = logging.getLogger("lenet5.web")


@final
class WorkQueue:
    """Takes work in, has it done by workers, and gives the results back. All but the work runs in the event loop.

    Args:
        limits: of the service.
        prepare: what a worker does before its first work.

    Attributes:
        stopping: whether no more work is taken in; what was taken in is finished.
    """

    def __init__(self, limits: Limits, prepare: Callable[[], object]) -> None:
        self.stopping = False
        self._limits = limits
        self._prepare = prepare
        self._places = min(limits.places, limits.connections // 2)
        self._taken = 0
        self._held = 0
        self._arriving = 0

    def open(self) -> None:
        """Start the workers."""
        limits = self._limits
        self._workers = Workers(limits.threads, limits.picture_seconds, limits.picture_megabytes, self._prepare)

    def close(self) -> None:
        """End the workers; what waits is dropped."""
        self.stop()
        self._workers.close()

    def stop(self) -> None:
        """Take in no more work."""
        self.stopping = True

    @property
    def taken(self) -> int:
        """Works taken in and not done."""
        return self._taken

    def admit(self) -> None:
        """Let a request in.

        Raises:
            HTTPError: 503 when stopping, 429 when full.
        """
        if self.stopping:
            raise HTTPError(503, "The service is stopping; try again when it is back.", RETRY | {"Connection": "close"})
        self._check_room(0)

    @contextmanager
    def reserve(self) -> Iterator[None]:
        """A place held for what is no work of a worker.

        Raises:
            HTTPError: 429 when full.
        """
        self._check_room(0)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    def hold(self, size: int) -> None:
        """Hold so many bytes more, or fewer, of bodies that are arriving.

        Raises:
            HTTPError: 429 too many.
        """
        self._arriving += size
        if size > 0 and self._arriving > max(self._limits.held, self._limits.body):
            raise HTTPError(429, "Too much is being sent at a time; try again in a second.", RETRY)

    def _check_room(self, size: int) -> None:
        if self._taken >= self._places or (self._held and self._held + size > self._limits.held):
            raise HTTPError(429, f"{self._taken} requests are waiting already; try again in a second.", RETRY)

    async def do(self, work: Callable[..., Answer], *arguments: Any, size: int = 0) -> Answer:
        """The result of a work that holds `size` bytes.

        Raises:
            HTTPError: 429 when full, 503 when too slow, 413 where the work takes too much, 400 where it fails.
        """
        # Who was let in before the service was asked to stop is still served.
        self._check_room(size)
        loop = asyncio.get_running_loop()
        self._taken += 1
        self._held += size

        def done(_: Future[Answer]) -> None:
            try:
                loop.call_soon_threadsafe(self._done, size)
            except RuntimeError:
                log.debug("The event loop ended before a reading did.")

        future = self._workers.submit(work, *arguments)
        future.add_done_callback(done)
        try:
            async with asyncio.timeout(self._limits.reading_seconds):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            # What still waited is cancelled with the wait; what is being read ends in its own time.
            raise HTTPError(
                503, f"No answer came within {self._limits.reading_seconds:g} s; try again, or send less.", RETRY
            ) from None
        except TooMuchError as error:
            raise HTTPError(413, f"The picture was not read. {error}") from None
        except CrashError as error:
            raise HTTPError(400, f"The picture was not read. {error}") from None
        except HTTPError:
            raise
        except Exception as error:
            # No picture may bring the service down; that this one is no HTTPError is a mistake of ours, to be logged.
            log.exception("A picture could not be read")
            raise HTTPError(400, f"The picture cannot be read ({type(error).__name__}); send another.") from error

    def _done(self, size: int) -> None:
        self._taken -= 1
        self._held -= size
