"""Runs the console until it is asked to end: the socket, the server, and the signals."""

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
from streams.web.connections import BACKLOG, LARGEST_HEAD, BoundedConnection, note_accept_failures
from streams.web.console import Console
from streams.web.middleware import SecurityMiddleware
from streams.web.settings import ConsoleSettings

__all__ = ["serve"]

_GRACE_SECONDS: Final = 3
_LARGEST_MESSAGE: Final = 1 << 20
"""Bytes of a WebSocket message from a page; what pages send are events of a few hundred bytes."""


class _ConsoleServer(uvicorn.Server):
    """A server that leaves the signals to us: stock raises them again at its end, in the midst of ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stock: takes SIGINT and SIGTERM, and raises them again afterwards."""
        yield


async def serve(console: Console, app: SecurityMiddleware, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        console: What the pages share: it reads the broker for as long as they are served.
        app: What answers the requests.
        on_ready: Told the URL when it can be opened.

    Raises:
        UsageError: The address or the TLS files cannot be used.
        BrokerError: The broker cannot be reached.
    """
    own = console.own
    logging.getLogger("uvicorn").setLevel(logging.WARNING)  # it tells of every connection, with its query
    listener = _listen(own)
    with listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # ours names no query and nothing else that somebody typed
            proxy_headers=False,  # whose word counts, the gate decides
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
        note_accept_failures(loop)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _ask_to_end, server)
        async with console:
            host = f"[{own.bind}]" if ":" in own.bind else own.bind
            port = listener.getsockname()[1]
            on_ready(f"{'https' if own.has_tls else 'http'}://{host}:{port}/")
            await server.serve(sockets=[listener])


def _ask_to_end(server: uvicorn.Server) -> None:
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
