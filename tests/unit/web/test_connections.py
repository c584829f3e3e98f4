"""The limits of the console's server: incomplete requests, endless heads, and too many connections."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread

import pytest
import uvicorn

from streams.web import connections
from streams.web.connections import BACKLOG, LARGEST_HEAD, BoundedConnection, log_accept_failures
from streams.web.middleware import Receive, Scope, Send
from tests.kafka.waiting import LIMIT, wait_until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer when the whole request has arrived."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def served() -> Iterator[int]:
    """Run a server in a thread; return its port."""
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", http=BoundedConnection, h11_max_incomplete_event_size=LARGEST_HEAD
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=LIMIT)


def is_answered(client: socket.socket) -> bool:
    """Return whether a whole request gets the whole answer."""
    client.sendall(GET)
    answer = b""
    while not answer.endswith(b"\r\n\r\nok"):
        piece = client.recv(1000)
        if not piece:
            return False
        answer += piece
    return True


def is_answered_anew(port: int) -> bool:
    """Return whether a new connection is accepted and answered."""
    with connect(port) as client:
        try:
            return is_answered(client)
        except OSError:
            return False


def is_closed(client: socket.socket) -> bool:
    """Return whether the server closes the connection without an answer, within the client's time."""
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


class TestRequests:
    @pytest.mark.parametrize(
        "begun",
        [b"", b"GET /", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"],
        ids=["nothing", "a line", "headers", "a body"],
    )
    def test_an_incomplete_one_is_dropped(self, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        """It may end at any point."""
        monkeypatch.setattr(connections, "_REQUEST_SECONDS", 0.2)
        with served() as port, connect(port) as client:
            client.sendall(begun)
            assert is_closed(client)

    def test_single_bytes_do_not_extend_the_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The time runs from the first byte, not from the last."""
        monkeypatch.setattr(connections, "_REQUEST_SECONDS", 0.5)
        with served() as port, connect(port) as client:
            client.settimeout(0.05)  # limit: the pause between two bytes
            for _ in range(600):
                try:
                    client.sendall(b"G")
                    if client.recv(100) == b"":
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                pytest.fail("the server waits for ever for the rest of the line")

    def test_the_next_one_of_a_connection_is_limited_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A used connection has the same limit as a new one."""
        monkeypatch.setattr(connections, "_REQUEST_SECONDS", 0.5)
        with served() as port, connect(port) as client:
            assert is_answered(client)
            client.sendall(b"GET /")
            assert is_closed(client)

    def test_complete_ones_share_a_connection(self) -> None:
        """Both are answered."""
        with served() as port, connect(port) as client:
            assert [True] * 3 == [is_answered(client) for _ in range(3)]

    def test_a_head_has_a_size_limit(self) -> None:
        """A head above 64 KiB is answered with 400 before it is read completely."""
        with served() as port, connect(port) as client:
            sent = 0
            try:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Large: ")
                while sent < 8 << 20:
                    sent += client.send(b"x" * 65_536)
                answer = client.recv(100)
            except OSError:
                answer = b""
            assert answer.startswith(b"HTTP/1.1 400") or sent < 8 << 20


class TestConnectionLimit:
    def test_a_connection_too_many_is_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is closed at once; after others have ended there is room again."""
        monkeypatch.setattr(connections, "most_connections", lambda: 3)
        with served() as port:
            with ExitStack() as held:
                clients = [held.enter_context(connect(port)) for _ in range(3)]
                assert [True] * 3 == [is_answered(client) for client in clients]
                with connect(port) as one_more:
                    assert is_closed(one_more)
                for client in clients:
                    client.shutdown(socket.SHUT_RDWR)
            wait_until(lambda: is_answered_anew(port), "room for a connection")

    def test_it_leaves_file_descriptors_for_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half of the process's limit is for connections; bursts fit into the other half of any usual limit."""
        monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (1024, 4096))
        assert connections.most_connections() == 512
        monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
        assert connections.most_connections() == 1000
        assert BACKLOG < 512 // 2

    def test_too_many_open_files_are_one_log_line(self, caplog: pytest.LogCaptureFixture) -> None:
        """One traceback per attempt filled 42 MB in 25 seconds."""

        async def fail_often() -> None:
            loop = asyncio.get_running_loop()
            log_accept_failures(loop)
            for _ in range(1_000):
                context = {
                    "message": "socket.accept() out of system resource",
                    "exception": OSError(24, "Too many open files"),
                }
                loop.call_exception_handler(context)
            loop.call_exception_handler({"message": "another thing"})

        with caplog.at_level(logging.ERROR):
            asyncio.run(fail_often())
        assert [
            (
                "the console accepts no connection: [Errno 24] Too many open files; "
                "raise the limit of open files (ulimit -n)"
            ),
            "another thing",
        ] == [record.getMessage() for record in caplog.records]
