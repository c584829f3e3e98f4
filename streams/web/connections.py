"""Limits of the console's connections: their number, how long a request may take to arrive, and the size of its head.

Stock: uvicorn waits for the rest of a request without limit, its faster parser accepts a header of any size, and
asyncio logs a traceback for each place of the backlog when no file descriptor is left.
"""

import asyncio
import logging
import resource
import time
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["BACKLOG", "LARGEST_HEAD", "BoundedConnection", "log_accept_failures"]

BACKLOG: Final = 64
"""Connections that the system keeps until they are accepted; asyncio accepts that many at once."""

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request's first line and headers; the answer to a larger head is 400."""

_REQUEST_SECONDS: Final = 15.0
"""How long a request, its body included, may take to arrive."""

_MOST: Final = 1_000
_QUIET_SECONDS: Final = 60.0
_OUT_OF_FILES: Final = "socket.accept() out of system resource"

_log: Final = logging.getLogger(__name__)


def most_connections() -> int:
    """The limit of open connections: half of the process's limit of file descriptors, at most 1,000."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if allowed == resource.RLIM_INFINITY else min(_MOST, max(1, allowed // 2))


class BoundedConnection(H11Protocol):
    """One connection; it is closed when there are too many, or when its request does not arrive in time.

    Shown by tests/unit/web/test_connections.py.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, or close at once when there are too many."""
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Receive bytes of a request; its time limit runs from its first byte to its last."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Prepare for the next request, whose first bytes may be here already."""
        super().on_response_complete()
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over; it lives as long as its page is open."""
        self._unwatch()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self._has_arrived():
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_REQUEST_SECONDS, self._abort)

    def _has_arrived(self) -> bool:
        """Whether no part of a request is missing: it is complete, or no new one has begun."""
        if self.conn.their_state is h11.IDLE:
            return self.timeout_keep_alive_task is not None
        return self.conn.their_state is not h11.SEND_BODY

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _abort(self) -> None:
        self._deadline = None
        self.transport.abort()


def log_accept_failures(loop: asyncio.AbstractEventLoop) -> None:
    """Log one line a minute while no file descriptor is left, in place of one traceback for each attempt."""
    logged_at = -_QUIET_SECONDS

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal logged_at
        if context.get("message") != _OUT_OF_FILES:
            loop.default_exception_handler(context)
        elif (now := time.monotonic()) - logged_at >= _QUIET_SECONDS:
            logged_at = now
            _log.error(
                "the console accepts no connection: %s; raise the limit of open files (ulimit -n)", context["exception"]
            )

    loop.set_exception_handler(handle)
