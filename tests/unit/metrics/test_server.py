"""What a worker answers over HTTP, and to whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import pytest

from streams.errors import UsageError
from streams.http_paths import WORKER_PATHS
from streams.metrics.server import MetricsServer
from tests.unit.metrics.worlds import collector, view

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
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


class TestPaths:
    def test_metrics_are_there_for_everybody_who_gets_to_the_port(self) -> None:
        """Unless a token is asked for; those of the process are among them."""
        with served() as server:
            answer, text = ask(server, "/metrics")

        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
        assert "docketwatch_worker_info" in text
        assert "process_start_time_seconds" in text
        assert answer.headers["Server"].strip() == "docketwatch"

    def test_prometheus_gets_what_it_asks_for(self) -> None:
        """OpenMetrics, when it says so."""
        with served() as server:
            answer, text = ask(server, "/metrics", Accept="application/openmetrics-text; version=1.0.0")

        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert text.endswith("# EOF\n")

    def test_a_token_is_asked_for_everywhere_but_for_health(self) -> None:
        """Also where nothing is."""
        with served(TOKEN) as server:
            paths = [*(entry.path for entry in WORKER_PATHS), "/", "/table", "/router", "/x"]
            statuses = {path: ask(server, path)[0].status for path in paths}
            refused, _ = ask(server, "/metrics", Authorization="Bearer another")

        assert statuses == {
            "/metrics": 401, "/livez": 200, "/readyz": 200, "/": 401, "/table": 401, "/router": 401, "/x": 401,
        }  # fmt: skip
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")

    @pytest.mark.parametrize("given", [f"Bearer {TOKEN}", f"bearer  {TOKEN}"])
    def test_who_has_the_token_reads(self, given: str) -> None:
        """As Prometheus sends it."""
        with served(TOKEN) as server:
            assert ask(server, "/metrics", Authorization=given)[0].status == 200
            assert ask(server, "/x", Authorization=given)[0].status == 404

    @pytest.mark.parametrize("given", ["", TOKEN, f"Basic {TOKEN}", "Bearer ", "Bearer \xe4"])
    def test_nobody_else_does(self, given: str) -> None:
        """Whatever is said instead."""
        with served(TOKEN) as server:
            assert ask(server, "/metrics", Authorization=given)[0].status == 401

    def test_nothing_can_be_sent(self) -> None:
        """Reading is all there is."""
        with served() as server:
            assert {ask(server, "/metrics", method)[0].status for method in ("POST", "PUT", "DELETE")} == {501}

    def test_a_head_has_no_body(self) -> None:
        """But says how long it would be."""
        with served() as server:
            answer, text = ask(server, "/livez", "HEAD")

        assert (answer.status, answer.headers["Content-Length"], text) == (200, "6", "")

    def test_an_unhealthy_worker_says_why(self) -> None:
        """So that the supervisor's log does."""
        with served(why_dead=lambda: "it is deaf", why_not_ready=lambda: "it restores") as server:
            live, ready = ask(server, "/livez"), ask(server, "/readyz")

        assert (live[0].status, live[1]) == (503, "not alive: it is deaf\n")
        assert (ready[0].status, ready[1]) == (503, "not ready: it restores\n")

    def test_a_client_that_says_nothing_holds_nobody_up(self) -> None:
        """Each has a thread of its own."""
        with served() as server:
            idle = HTTPConnection("127.0.0.1", server.port, timeout=10)
            idle.connect()
            try:
                assert ask(server, "/livez")[0].status == 200
            finally:
                idle.close()


class TestPort:
    def test_a_taken_port_is_named(self) -> None:
        """With what to do about it."""
        with served() as first, pytest.raises(UsageError) as refused:
            MetricsServer(collector(view()), "127.0.0.1", first.port)

        assert str(refused.value) == (
            f"the metrics cannot be served on 127.0.0.1:{first.port}: Address already in use; "
            "set DOCKETWATCH_METRICS_PORT to a free port, or to 0 for any"
        )
