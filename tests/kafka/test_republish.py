"""Open alerts that are published again after their topic was lost, as `evaluate` computes them."""

import json
from collections.abc import Iterable

import pytest

from tests.kafka.damage import MeteredDeployment, recreate, run_command
from tests.kafka.docket import Docket
from tests.kafka.history import audit_records
from tests.kafka.processes import Workers
from tests.kafka.same_outputs import newest, without_observed_at
from tests.kafka.test_history import deployment

__all__ = ["deployment"]

pytestmark = pytest.mark.kafka

OFFICERS = "officer-alerts"
TOPICS = ("lost-track-alerts", "restricted-alerts", OFFICERS)


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a docket with open alerts of cases, and of officers with and without capacity."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=600, days=20)


def standing(revisions: Iterable[bytes]) -> list[bytes]:
    """Return the last revision of each alert if it is open, in order."""
    last: dict[str, bytes] = {json.loads(revision)["alert_id"]: revision for revision in revisions}
    return [revision for revision in last.values() if json.loads(revision)["status"] in ("raised", "escalated")]


class TestRepublish:
    def test_a_lost_alert_topic_gets_its_open_alerts(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers
    ) -> None:
        """Each open alert occurs once, with its revision and contents; and the work continues unchanged."""
        deployment.feed(docket.events, until=docket.until)
        workers.start(deployment).ready().finish(docket.until)
        before = {short: newest(deployment.read(short)) for short in TOPICS}
        for short in TOPICS:
            recreate(deployment, short)
        code, output = run_command(deployment, "alerts", "republish")
        after = {short: deployment.read(short) for short in TOPICS}

        assert code == 0, output
        rows = [row.value for short in TOPICS for row in after[short]]
        expected = [*docket.expected.alerts, *docket.expected.officer_alerts]
        assert without_observed_at(rows) == without_observed_at(standing(expected))
        assert {"orphaned_caseload", "overloaded"} == {json.loads(row.value or b"")["cause"] for row in after[OFFICERS]}
        for short in TOPICS:
            assert f"{len(after[short])} open alerts published to {deployment.prefix}.{short}" in output
            assert without_observed_at(row.value for row in after[short]) == without_observed_at(
                standing(before[short].values())
            )
        assert audit_records(deployment) == []
        workers.start(deployment).ready().finish(docket.until)

    def test_not_while_a_worker_runs(self, docket: Docket, deployment: MeteredDeployment, workers: Workers) -> None:
        """It could publish an open alert after its end."""
        workers.start(deployment).ready()

        assert run_command(deployment, "alerts", "republish") == (
            2, f"docketwatch: group {deployment.prefix} has 1 members: stop its workers first\n"
        )  # fmt: skip
