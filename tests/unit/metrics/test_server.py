"""A worker's HTTP answers and who gets them."""

import gzip
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from threading import Event

import pytest

from streams.errors import UsageError
from streams.http_paths import WORKER_PATHS
from streams.metrics import server as metrics_server
from streams.metrics.server import MetricsServer
from tests.kafka.waiting import LIMIT, wait_until
from tests.unit.metrics.metric_samples import collector, view

TOKEN = "a-token-of-our-own"


@contextmanager
def served(
    token: str | None = None,
    why_dead: Callable[[], str | None] = lambda: None,
    why_not_ready: Callable[[], str | None] = lambda: None,
) -> Iterator[MetricsServer]:
    server = MetricsServer(
        collector(view()), "127.0.0.1", 0, token=token, why_dead=why_dead, why_not_ready=why_not_ready
    )
    try:
        yield server
    finally:
        server.stop()


def ask(server: MetricsServer, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


class TestPaths:
    def test_metrics_are_open_without_a_token_setting(self) -> None:
        """Those of the process are among them."""
        with served() as server:
            answer, text = ask(server, "/metrics")

        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "docketwatch_worker_info" in text
        assert "process_start_time_seconds" in text
        assert answer.headers["Server"].strip() == "docketwatch"

    def test_prometheus_gets_the_format_that_it_accepts(self) -> None:
        """It is OpenMetrics if it says so."""
        with served() as server:
            answer, text = ask(server, "/metrics", Accept="application/openmetrics-text; version=1.0.0")

        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert text.endswith("# EOF\n")

    @pytest.mark.parametrize("accepted", ["gzip", "deflate, gzip;q=0.5"])
    def test_metrics_are_compressed_where_that_is_accepted(self, accepted: str) -> None:
        """Prometheus accepts it; names repeat, so a fraction of the bytes remains."""
        with served() as server:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
            connection.request("GET", "/metrics", headers={"Accept-Encoding": accepted})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()

        assert ("gzip", "Accept-Encoding") == (answer.headers["Content-Encoding"], answer.headers["Vary"])
        assert b"docketwatch_worker_info" in gzip.decompress(content)
        assert len(gzip.decompress(content)) > 4 * len(content)

    def test_every_path_but_health_needs_the_token(self) -> None:
        """This holds for unknown paths, too."""
        with served(TOKEN) as server:
            paths = [*(entry.path for entry in WORKER_PATHS), "/", "/table", "/router", "/x"]
            statuses = {path: ask(server, path)[0].status for path in paths}
            refused, _ = ask(server, "/metrics", Authorization="Bearer another")

        assert statuses == {
            "/metrics": 401, "/livez": 200, "/readyz": 200, "/": 401, "/table": 401, "/router": 401, "/x": 401,
        }  # fmt: skip
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")

    @pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer  {TOKEN}"])
    def test_the_right_token_is_accepted(self, given: str) -> None:
        """It is sent as Prometheus sends it."""
        with served(TOKEN) as server:
            assert ask(server, "/metrics", Authorization=given)[0].status == 200
            assert ask(server, "/x", Authorization=given)[0].status == 404

    @pytest.mark.parametrize("given", ["", TOKEN, f"Basic {TOKEN}", "Bearer ", "Bearer \xe4"])
    def test_any_other_token_is_refused(self, given: str) -> None:
        """The request may have another form of authorization."""
        with served(TOKEN) as server:
            assert ask(server, "/metrics", Authorization=given)[0].status == 401

    def test_only_reading_is_allowed(self) -> None:
        """Other methods are refused."""
        with served() as server:
            assert {ask(server, "/metrics", method)[0].status for method in ("POST", "PUT", "DELETE")} == {501}

    def test_a_head_has_no_body(self) -> None:
        """It has the length of the body."""
        with served() as server:
            answer, text = ask(server, "/livez", "HEAD")

        assert (answer.status, answer.headers["Content-Length"], text) == (200, "6", "")

    def test_an_unhealthy_worker_gives_the_reason(self) -> None:
        """The supervisor's log therefore has it."""
        with served(why_dead=lambda: "it is deaf", why_not_ready=lambda: "it restores") as server:
            live, ready = ask(server, "/livez"), ask(server, "/readyz")

        assert (live[0].status, live[1]) == (503, "not alive: it is deaf\n")
        assert (ready[0].status, ready[1]) == (503, "not ready: it restores\n")

    def test_a_silent_client_delays_no_other(self) -> None:
        """Each has its own thread."""
        with served() as server:
            idle = HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
            idle.connect()
            try:
                assert ask(server, "/livez")[0].status == 200
            finally:
                idle.close()


class TestClients:
    def test_one_that_hangs_up_leaves_no_traceback(self, capfd: pytest.CaptureFixture[str]) -> None:
        """The log of a worker is JSON, and a restarted client is no error."""
        has_left, was_asked = Event(), Event()

        def slow() -> str:
            was_asked.set()
            assert has_left.wait(LIMIT)
            return "x" * (4 << 20)

        with served(why_not_ready=slow) as server:
            client = socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            assert was_asked.wait(LIMIT)
            client.close()
            has_left.set()
            wait_until(lambda: not server._server._open, "an end of the connection")
            assert ask(server, "/livez")[0].status == 200
        assert capfd.readouterr().err == ""

    def test_an_internal_error_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        """The log record has its cause."""

        def broken() -> str:
            raise ValueError("broken")

        with served(why_not_ready=broken) as server:
            with pytest.raises(RemoteDisconnected):
                ask(server, "/readyz")
            wait_until(lambda: caplog.records, "a line of the log")
        assert "a request for the metrics was not answered" in caplog.text
        assert "ValueError: broken" in caplog.text

    def test_one_that_never_finishes_is_disconnected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """This holds for one that sends a byte from time to time, too."""
        monkeypatch.setattr(metrics_server, "_REQUEST_SECONDS", 0.2)
        # limit: the pause between two bytes
        with served() as server, socket.create_connection(("127.0.0.1", server.port), timeout=0.05) as client:

            def is_ended() -> bool:
                try:
                    client.sendall(b"G")
                    return client.recv(10) == b""
                except TimeoutError:
                    return False
                except OSError:
                    return True

            wait_until(is_ended, "an end of the connection")

    def test_one_too_many_is_disconnected(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The number of threads is limited."""
        monkeypatch.setattr(metrics_server, "_MOST", 2)
        with served() as server, ExitStack() as held:
            for _ in range(2):
                held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT))
            with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT) as one_more:
                assert one_more.recv(10) == b""
            held.close()
            wait_until(lambda: not server._server._open, "room")
            assert ask(server, "/livez")[0].status == 200


class TestPort:
    def test_a_taken_port_is_named(self) -> None:
        """The error says what to do."""
        with served() as first, pytest.raises(UsageError) as refused:
            MetricsServer(collector(view()), "127.0.0.1", first.port)

        assert str(refused.value) == (
            f"the metrics cannot be served on 127.0.0.1:{first.port}: Address already in use; "
            "set DOCKETWATCH_METRICS_PORT to a free port, or to 0 for any"
        )
