"""Gaps of the input in the metrics and in the readiness answer."""

from streams.metrics.server import MetricsServer
from tests.unit.metrics.metric_samples import collector, key, samples, view
from tests.unit.metrics.test_server import ask


class TestMetric:
    def test_an_open_gap_has_a_series(self) -> None:
        """The series is by topic and partition; without a gap there is none."""
        seen = view()
        seen.gaps = {("docket.check-ins", 3): 120}

        assert samples(collector(seen))[key("input_gap_records", topic="docket.check-ins", partition="3")] == 120
        assert not [name for name, _ in samples(collector(view())) if name.endswith("input_gap_records")]


class TestReady:
    def test_the_answer_names_it_and_the_worker_is_ready(self) -> None:
        """The other partitions continue, and a rollout need not wait for an operator."""
        server = MetricsServer(
            collector(view()), "127.0.0.1", 0, notes=lambda: ["docket.cases: partition 1 lost offsets 7 to 9"]
        )
        try:
            answer, text = ask(server, "/readyz")
        finally:
            server.stop()

        assert (answer.status, text) == (200, "ready\ndocket.cases: partition 1 lost offsets 7 to 9\n")
