"""Serves a worker's metrics and health over HTTP, on loopback unless the operator says otherwise.

Health requires no token; the metrics require one when it is set (`streams.http_paths`). An unknown path is 404, or 401
where a token is set and missing in the request.
"""

import hmac
import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Thread
from time import monotonic
from typing import Any, Final, cast

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.registry import Collector, CollectorRegistry

from streams.errors import UsageError
from streams.http_paths import WORKER_PATHS
from streams.metrics.exposition import Scrape, scrape

__all__ = ["MetricsServer"]

_log: Final = logging.getLogger(__name__)

_Request = socket | tuple[bytes, socket]
_Address = Any
"""The types of socketserver."""

_TEXT: Final = "text/plain; charset=utf-8"
_THERE_IS: Final = f"there is {', '.join(entry.path for entry in WORKER_PATHS)}\n".encode()
_SECONDS: Final = 10.0
"""The read timeout within a request."""

_REQUEST_SECONDS: Final = 30.0
"""The longest that a connection may last, including the response."""

_MOST: Final = 64
"""Most concurrent connections, a thread each; a further one is closed."""

Why = Callable[[], str | None]
"""Returns the reason of a failed check, or None."""


class MetricsServer:
    """An HTTP server in its own threads.

    Args:
        collector: The metrics.
        bind: Address to listen on.
        port: Port; 0 is any free one.
        token: The bearer token that `/metrics` requires; None for none.
        why_dead, why_not_ready: The health checks.
        notes: More lines for the readiness response; they do not change its status.

    Attributes:
        port: The port it listens on.

    Raises:
        UsageError: The port cannot be used.
    """

    def __init__(
        self,
        collector: Collector,
        bind: str,
        port: int,
        *,
        token: str | None = None,
        why_dead: Why = lambda: None,
        why_not_ready: Why = lambda: None,
        notes: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        for of_the_process in (ProcessCollector, PlatformCollector, GCCollector):
            of_the_process(registry=registry)
        answers = _MetricsResponses(registry, token, why_dead, why_not_ready, notes)
        try:
            self._server = _MetricsHttpServer((bind, port), type("Handler", (_Handler,), {"answers": answers}))
        except OSError as error:
            raise UsageError(
                f"the metrics cannot be served on {bind}:{port}: {error.strerror or error}; "
                "set DOCKETWATCH_METRICS_PORT to a free port, or to 0 for any"
            ) from error
        self.port = int(self._server.server_port)
        self._thread = Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _MetricsHttpServer(ThreadingHTTPServer):
    """A thread a connection, with a time limit for each.

    Stock: waits without end for a client that sends a byte now and then, starts an unlimited number of threads, and
    writes a traceback to standard error when a client disconnects.
    Shown by tests/unit/metrics/test_server.py::TestClients.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: dict[socket, float] = {}
        super().__init__(address, handler)

    def verify_request(self, request: _Request, client_address: _Address) -> bool:  # noqa: ARG002  # socketserver's signature
        """Whether there are fewer connections than the limit."""
        return len(self._open) < _MOST

    def process_request(self, request: _Request, client_address: _Address) -> None:
        """Start to answer a connection."""
        self._open[cast(socket, request)] = monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Request) -> None:
        """Close a connection, answered or not."""
        self._open.pop(cast(socket, request), None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Close connections that last too long; called twice a second."""
        latest = monotonic() - _REQUEST_SECONDS
        for connection, since in list(self._open.items()):
            if since < latest:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)  # its thread reads EOF, or fails to write, and closes it

    def handle_error(self, request: _Request, client_address: _Address) -> None:  # noqa: ARG002  # socketserver's signature
        """Log why a connection was not answered; a client that disconnects is no error."""
        error = sys.exception()
        if isinstance(error, ConnectionError | TimeoutError):
            _log.debug("a client of the metrics disconnected: %s", error)
        else:
            _log.error("a request for the metrics was not answered", exc_info=error)


class _MetricsResponses:
    """The responses of each path."""

    def __init__(
        self,
        registry: CollectorRegistry,
        token: str | None,
        why_dead: Why,
        why_not_ready: Why,
        notes: Callable[[], Sequence[str]],
    ) -> None:
        self._registry, self._token = registry, token
        self._why_dead, self._why_not_ready, self._notes = why_dead, why_not_ready, notes

    def to(self, path: str, headers: Message) -> tuple[HTTPStatus, Scrape]:
        """Status and content."""
        if path == "/livez":
            return _verdict("alive", self._why_dead())
        if path == "/readyz":
            return _verdict("ready", self._why_not_ready(), self._notes())
        if not self._is_allowed(headers.get("Authorization", "")):
            return HTTPStatus.UNAUTHORIZED, Scrape(b"a bearer token is asked for\n", _TEXT, None)
        if path != "/metrics":
            return HTTPStatus.NOT_FOUND, Scrape(_THERE_IS, _TEXT, None)
        return HTTPStatus.OK, scrape(self._registry, headers.get("Accept", ""), headers.get("Accept-Encoding", ""))

    def _is_allowed(self, authorization: str) -> bool:
        if self._token is None:
            return True
        scheme, _, given = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token.encode())


class _Handler(BaseHTTPRequestHandler):
    answers: _MetricsResponses
    timeout = _SECONDS
    server_version = "docketwatch"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        status, answer = self.answers.to(path, self.headers)
        self.send_response(status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.content)))
        for name, value in answer.headers().items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        if with_body:
            self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Nothing: scrapes every few seconds are not logged."""


def _verdict(good: str, why_not: str | None, notes: Sequence[str] = ()) -> tuple[HTTPStatus, Scrape]:
    status = HTTPStatus.OK if why_not is None else HTTPStatus.SERVICE_UNAVAILABLE
    lines = (good if why_not is None else f"not {good}: {why_not}", *notes)
    return status, Scrape("".join(f"{line}\n" for line in lines).encode(), _TEXT, None)
