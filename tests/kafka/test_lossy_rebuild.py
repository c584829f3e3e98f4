"""A state that was lost, and an input that no longer goes back to its beginning: the rebuild accepts that loss."""

import json
from pathlib import Path

import pytest

from schemas import hot
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from tests.kafka.damage import MeteredDeployment, delete_records, refusal, run_command
from tests.kafka.docket import Docket
from tests.kafka.gaps import gaps
from tests.kafka.history import audit_records
from tests.kafka.processes import Workers
from tests.kafka.same_outputs import without_observed_at

pytestmark = pytest.mark.kafka

ALERTS = ("lost-track-alerts", "restricted-alerts")
DELETED = ("cases", "check-ins")


def delete_half(deployment: MeteredDeployment, short: str) -> set[str]:
    """Delete the first half of the events of every partition of a topic; return their ids."""
    ids: dict[int, list[str]] = {number: [] for number in range(deployment.partitions)}
    for row in deployment.read(short):
        ids[row.partition].append(json.loads(row.value or b"")["event_id"])
    deployment.delete_before({(short, number): len(found) // 2 for number, found in ids.items()})
    return {event_id for found in ids.values() for event_id in found[: len(found) // 2]}


def alerts_of(events: list[hot.Event], until: int) -> list[bytes]:
    """Return the alert revisions that the core computes from events."""
    return [
        revision.json()
        for step in Evaluation(Rules(load_policy(None))).run(iter(events), until)
        for revision in step.effects.alerts
    ]


class TestAcceptedLoss:
    def test_the_rest_of_the_input_is_judged(
        self, apache_kafka: str, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """Without the flag nothing changes; with it, the alerts are those of the events that are left."""
        docket = Docket.make(tmp_path / "docket", cases=300, days=20)
        deployment = MeteredDeployment(apache_kafka, namespace).create()
        deployment.feed(docket.events, until=docket.until)
        workers.start(deployment).ready().finish(docket.until)
        earlier = {(short, row.partition, row.offset) for short in ALERTS for row in deployment.read(short)}
        deleted = set.union(*(delete_half(deployment, short) for short in DELETED))
        delete_records(deployment, "case-state")
        refusal(deployment, workers.start(deployment))
        whole = run_command(deployment, "state", "rebuild", "--actor", "ops")
        audited = audit_records(deployment)
        rest = run_command(deployment, "state", "rebuild", "--accept-loss", "--actor", "ops")
        assert rest[0] == 0, rest[1]
        check = run_command(deployment, "state", "check")
        worker = workers.start(deployment).ready()
        assert {} == gaps(worker)
        worker.finish(docket.until)

        left = [event for event in docket.events if event.event_id not in deleted]
        expected = without_observed_at(alerts_of(left, docket.until))
        assert expected != without_observed_at(docket.expected.alerts)
        assert whole[0] == 2, whole[1]
        assert "cannot be rebuilt whole, because the input lacks its beginning: " in whole[1]
        assert all(f"{namespace}.{short} before offset " in whole[1] for short in DELETED)
        assert "--accept-loss rebuilds it from the rest" in whole[1]
        assert audited == []
        assert check[0] == 0, check[1]
        assert [("state_rebuilt", "ops", number) for number in range(deployment.partitions)] == [
            (row["action"], row["actor"], row["partition"]) for row in audit_records(deployment)
        ]
        rows = [(short, row) for short in ALERTS for row in deployment.read(short)]
        later = [row.value for short, row in rows if (short, row.partition, row.offset) not in earlier]
        assert expected == without_observed_at(later)
