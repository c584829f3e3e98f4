"""What the console's server bears of its clients: requests and heads without end, and more than it has room for."""

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread

import pytest
import uvicorn

from streams.web import connections
from streams.web.connections import BACKLOG, LARGEST_HEAD, BoundedConnection, note_accept_failures
from streams.web.middleware import Receive, Scope, Send
from tests.kafka.waiting import wait_until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers when it has the whole request."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def served() -> Iterator[int]:
    """A server in a thread; its port."""
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
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def is_answered(client: socket.socket) -> bool:
    """Whether a whole request is answered with the whole body."""
    client.sendall(GET)
    answer = b""
    while not answer.endswith(b"\r\n\r\nok"):
        piece = client.recv(1000)
        if not piece:
            return False
        answer += piece
    return True


def is_answered_anew(port: int) -> bool:
    """Whether a new connection is taken and answered."""
    with connect(port) as client:
        try:
            return is_answered(client)
        except OSError:
            return False


def is_closed(client: socket.socket) -> bool:
    """Whether the server ends the connection without an answer, within the client's time."""
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
    def test_one_that_does_not_arrive_is_given_up(self, begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        """However far it has come."""
        monkeypatch.setattr(connections, "_REQUEST_SECONDS", 0.2)
        with served() as port, connect(port) as client:
            client.sendall(begun)
            assert is_closed(client)

    def test_one_byte_at_a_time_buys_no_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The time runs from the first byte, not from the last."""
        monkeypatch.setattr(connections, "_REQUEST_SECONDS", 0.5)
        with served() as port, connect(port) as client:
            client.settimeout(0.05)
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
                pytest.fail("the server waits for the rest of the line without end")

    def test_the_next_one_of_a_connection_is_watched_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection that was used once is no longer waited for than a new one."""
        monkeypatch.setattr(connections, "_REQUEST_SECONDS", 0.5)
        with served() as port, connect(port) as client:
            assert is_answered(client)
            client.sendall(b"GET /")
            assert is_closed(client)

    def test_whole_ones_are_answered_on_one_connection(self) -> None:
        """As before."""
        with served() as port, connect(port) as client:
            assert [True] * 3 == [is_answered(client) for _ in range(3)]

    def test_a_head_has_an_end(self) -> None:
        """What is larger than 64 KiB is answered with 400 before it is read whole."""
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


class TestRoom:
    def test_a_connection_too_many_is_closed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """At once; when others have gone there is room again."""
        monkeypatch.setattr(connections, "most_connections", lambda: 3)
        with served() as port:
            with ExitStack() as held:
                clients = [held.enter_context(connect(port)) for _ in range(3)]
                assert [True] * 3 == [is_answered(client) for client in clients]
                with connect(port) as one_more:
                    assert is_closed(one_more)
                for client in clients:
                    client.shutdown(socket.SHUT_RDWR)
            wait_until(lambda: is_answered_anew(port), 30, "room for a connection")

    def test_there_is_room_for_files_beside_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half of what the process may open, and what comes at once fits into the other half of any usual limit."""
        monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (1024, 4096))
        assert connections.most_connections() == 512
        monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (1 << 20, 1 << 20))
        assert connections.most_connections() == 1000
        assert BACKLOG < 512 // 2

    def test_no_file_left_is_one_line(self, caplog: pytest.LogCaptureFixture) -> None:
        """Not a traceback an attempt: those filled 42 MB in 25 seconds."""

        async def fail_often() -> None:
            loop = asyncio.get_running_loop()
            note_accept_failures(loop)
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
