"""Gaps of the input as they are counted, and as whoever asks whether a worker is ready hears of them."""

from streams.metrics.server import MetricsServer
from tests.unit.metrics.test_server import ask
from tests.unit.metrics.worlds import collector, key, samples, view


class TestMetric:
    def test_a_gap_has_a_series_while_it_is_open(self) -> None:
        """By topic and partition; none where there is no gap."""
        seen = view()
        seen.gaps = {("docket.check-ins", 3): 120}

        assert samples(collector(seen))[key("input_gap_records", topic="docket.check-ins", partition="3")] == 120
        assert not [name for name, _ in samples(collector(view())) if name.endswith("input_gap_records")]


class TestReady:
    def test_it_is_told_and_the_worker_is_ready_all_the_same(self) -> None:
        """Its other partitions are worked on, and a rollout need not wait for an operator."""
        server = MetricsServer(
            collector(view()), "127.0.0.1", 0, notes=lambda: ["docket.cases: partition 1 lost offsets 7 to 9"]
        )
        try:
            answer, text = ask(server, "/readyz")
        finally:
            server.stop()

        assert (answer.status, text) == (200, "ready\ndocket.cases: partition 1 lost offsets 7 to 9\n")
