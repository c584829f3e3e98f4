"""The health of a worker by its probes: it is live from the start, and ready while it processes partitions."""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT, free_port, wait_until

pytestmark = pytest.mark.kafka


@dataclass(frozen=True)
class ProbedDeployment(Deployment):
    """A deployment whose worker has a known port from the start."""

    port: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "DOCKETWATCH_METRICS_PORT": str(self.port)}


class ProbedWorker:
    """A worker and its probes."""

    def __init__(self, broker: str, namespace: str, log: Path) -> None:
        self._port = free_port()
        self.deployment = ProbedDeployment(broker, namespace, port=self._port)
        self.worker = CliProcess(self.deployment, log, "worker", "--clock", "log")

    def ask(self, path: str) -> tuple[int, str]:
        """Return status and text; 0 while nothing listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=LIMIT) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        except OSError:
            assert self.worker.child.exit_code is None, self.worker.output()
            return 0, ""


def answers_until(done: Callable[[], bool], ask: Callable[[], tuple[int, str]], what: str) -> list[tuple[int, str]]:
    """Return all different answers in order, until a condition holds."""
    seen = [ask()]

    def look() -> bool:
        answer = ask()
        if answer != seen[-1]:
            seen.append(answer)
        return done()

    wait_until(look, what)
    return seen


class TestHealth:
    def test_it_is_ready_after_its_restore_and_not_while_partitions_move(
        self, apache_kafka: str, namespace: str, tmp_path: Path
    ) -> None:
        """The test covers a start, a restore, and a second worker that takes half of the partitions."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        deployment = Deployment(apache_kafka, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        CliProcess(deployment, tmp_path / "before.log", "worker", "--clock", "log").ready().finish(docket.until)

        first = ProbedWorker(apache_kafka, namespace, tmp_path / "first.log")
        second = None
        try:
            seen = answers_until(lambda: seen_ready(first), lambda: first.ask("/readyz"), "a worker that is ready")
            codes = [code for code, _ in seen if code]
            assert codes[0] == 503
            assert (200, "alive\n") == first.ask("/livez")
            assert "restored" in first.worker.output()

            second = ProbedWorker(apache_kafka, namespace, tmp_path / "second.log")
            other = second
            seen = answers_until(
                lambda: seen_ready(other) and seen_ready(first), lambda: first.ask("/readyz"), "two that are ready"
            )
            assert [200, 503] == [code for code, _ in seen][:2]  # and 200 again, or the last two answers would be equal
            assert "rebalancing" in seen[1][1]
            assert (200, "alive\n") == first.ask("/livez")
        finally:
            for probed in (first, second):
                if probed is not None:
                    probed.worker.child.stop(grace=LIMIT)

    def test_its_counters_exist_from_the_first_scrape(self, apache_kafka: str, namespace: str, tmp_path: Path) -> None:
        """They are 0 before it has a consumer, because an increase needs an earlier value of the series."""
        deployment = Deployment(apache_kafka, namespace).create()
        probed = ProbedWorker(apache_kafka, namespace, tmp_path / "worker.log")
        try:
            wait_until(lambda: probed.ask("/metrics")[0] == 200, "a first scrape")
            metrics = probed.ask("/metrics")[1]
            for sample in (
                f'docketwatch_events_refused_total{{reason="not_json",topic="{deployment.prefix}.cases"}}',
                'docketwatch_alerts_total{cause="no_officer",cause_class="agency",happened="raised"}',
                'docketwatch_commits_total{agent="cases"}',
                'docketwatch_checkpoint_failures_total{agent="officers"}',
            ):
                assert f"{sample} 0.0" in metrics
        finally:
            probed.worker.child.stop(grace=LIMIT)

    def test_it_is_not_ready_while_a_watermark_has_not_started(
        self, apache_kafka: str, namespace: str, tmp_path: Path
    ) -> None:
        """It has read an event and judges nothing, because three topics have no clock; the answer names them."""
        docket = Docket.make(tmp_path / "docket", cases=60, days=20)
        deployment = Deployment(apache_kafka, namespace).create()
        opened = [event for event in docket.events if event.type == "case_opened"]
        deployment.feed(opened)
        probed = ProbedWorker(apache_kafka, namespace, tmp_path / "worker.log")
        try:
            wait_until(lambda: "has not started" in probed.ask("/readyz")[1], "a worker whose clock stands")
            code, why = probed.ask("/readyz")
            assert code == 503
            for short in ("check-ins", "hearings", "reassignments"):
                assert f"{deployment.prefix}.{short}" in why
            assert f"{deployment.prefix}.cases" not in why

            deployment.feed([], until=docket.until)
            wait_until(lambda: seen_ready(probed), "a worker whose clocks go")
        finally:
            probed.worker.child.stop(grace=LIMIT)


def seen_ready(probed: ProbedWorker) -> bool:
    """Return whether it is ready now."""
    return probed.ask("/readyz")[0] == 200
