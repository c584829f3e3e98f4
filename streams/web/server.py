"""Runs the console until SIGINT or SIGTERM: the socket, the server, and the signals."""

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from streams.errors import UsageError
from streams.web.connections import BACKLOG, LARGEST_HEAD, BoundedConnection, log_accept_failures
from streams.web.console import Console
from streams.web.middleware import SecurityMiddleware
from streams.web.settings import ConsoleSettings

__all__ = ["serve"]

_GRACE_SECONDS: Final = 3
_LARGEST_MESSAGE: Final = 1 << 20
"""Bytes of a WebSocket message from a page; pages send events of a few hundred bytes."""


class _ConsoleServer(uvicorn.Server):
    """A server that leaves the signals to us; the stock server raises them again during our shutdown."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stock: handles SIGINT and SIGTERM, and raises them again afterwards."""
        yield


async def serve(console: Console, app: SecurityMiddleware, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        console: What all pages share; it reads the broker while the pages are served.
        app: The ASGI application.
        on_ready: Called with the URL when the server is ready.

    Raises:
        UsageError: The address or the TLS files cannot be used.
        BrokerError: The broker cannot be reached.
    """
    own = console.own
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # at INFO it logs every connection, with its query
    listener = _listen(own)
    with listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # ours logs no query and nothing else that a user typed
            proxy_headers=False,  # Authentication decides which proxy headers count
            server_header=False,
            http=BoundedConnection,
            h11_max_incomplete_event_size=LARGEST_HEAD,
            ws_max_size=_LARGEST_MESSAGE,
            backlog=BACKLOG,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            ssl_certfile=own.tls_cert_file,
            ssl_keyfile=own.tls_key_file,
        )
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"the TLS files of the console cannot be used: {error}") from error
        server = _ConsoleServer(config)
        loop = asyncio.get_running_loop()
        log_accept_failures(loop)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _request_exit, server)
        async with console:
            host = f"[{own.bind}]" if ":" in own.bind else own.bind
            port = listener.getsockname()[1]
            on_ready(f"{'https' if own.has_tls else 'http'}://{host}:{port}/")
            await server.serve(sockets=[listener])


def _request_exit(server: uvicorn.Server) -> None:
    server.should_exit = True


def _listen(own: ConsoleSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in own.bind else socket.AF_INET
    try:
        return socket.create_server((own.bind, own.port), family=family)
    except OSError as error:
        raise UsageError(
            f"the console cannot be served on {own.bind}:{own.port}: {error.strerror or error}; "
            "set DOCKETWATCH_CONSOLE_PORT to a free port, or to 0 for any"
        ) from error
