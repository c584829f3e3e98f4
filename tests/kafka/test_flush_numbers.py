"""A changelog that lost flushes of time alone: the offsets are equal, and the flush numbers are not."""

import json
import time
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from schemas import hot
from schemas.topics import case_topics, input_topics
from streams.agents.officers import OFFICER_MARK, mark_origin
from streams.core.state.origin import StateOrigin
from streams.core.state.partition_record import META_KEY, origin_of
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.settings import Settings
from streams.kafka.work import CommittedOffset, PartitionId
from tests.kafka.brokers import KafkaBroker
from tests.kafka.damage import MeteredDeployment, published, refusal, run_command
from tests.kafka.history import audit_records, changelog_files, crash_and_truncate
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.waiting import wait_until

pytestmark = pytest.mark.kafka

ESCALATES_AFTER: Final = 60_000
POLICY: Final = f"""
name = "quick"
version = "1"
review_by = 2099-01-01
[causes.no_officer]
after = "3s"
escalate_after = "{ESCALATES_AFTER // 1000}s"
"""


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """Return the file of a policy under which time alone raises an alert, and escalates it later."""
    file = tmp_path / "quick.toml"
    file.write_text(POLICY)
    return str(file)


def revisions(deployment: MeteredDeployment) -> list[tuple[str, int, str]]:
    """Return case, revision and severity of every alert in its topic, in order."""
    rows = [json.loads(row.value) for row in deployment.read("lost-track-alerts") if row.value is not None]
    return [(row["case_id"], row["revision"], row["severity"]) for row in rows]


def committed(deployment: MeteredDeployment, agent: str = "cases") -> dict[PartitionId, CommittedOffset]:
    """Return what the group has committed of an agent's input."""
    inputs = {
        "cases": [entry.name for entry in case_topics(deployment.prefix)],
        "all": [*(entry.name for entry in input_topics(deployment.prefix)), f"{deployment.prefix}.load-partials"],
    }
    tps = [(name, number) for name in inputs[agent] for number in range(deployment.partitions)]
    with AdminClient(Settings.load(brokers=deployment.broker)) as admin:
        return admin.committed(deployment.prefix, tps)


def flush_numbers(deployment: MeteredDeployment) -> dict[tuple[str, int], int]:
    """Return the number in the newest flush marker of each state; 0 in one without."""
    found = {}
    for short, key, read in (("case-state", META_KEY, origin_of), ("officer-state", OFFICER_MARK, mark_origin)):
        for row in deployment.read(short):
            if row.key == key:
                origin = read(row.value or b"")
                found[short, row.partition] = 0 if origin is None else origin.flush_number
    return found


def has_escalated(deployment: MeteredDeployment) -> bool:
    """Return whether the second revision of the alert is published."""
    return [revision for _, revision, _ in revisions(deployment)] == [1, 2]


def feed_one_case(deployment: MeteredDeployment) -> int:
    """Send a case without an officer; return when it was opened (ms)."""
    at = time.time_ns() // 1_000_000
    common: dict[str, Any] = {"v": 1, "event_id": "e-1", "source": "feed", "case_id": "c-1"}
    deployment.feed([hot.CaseOpened(**common, occurred_at=at, recorded_at=at, office="ATL", level="low")])
    return at


def assign_it(deployment: MeteredDeployment) -> None:
    """Give the case an officer, which ends its alert."""
    at = time.time_ns() // 1_000_000
    common: dict[str, Any] = {"v": 1, "event_id": "e-2", "source": "feed", "case_id": "c-1"}
    deployment.feed([hot.OfficerAssigned(**common, occurred_at=at, recorded_at=at, officer_id="o-1", office="ATL")])


class TestTimeAlone:
    def test_lost_flushes_are_refused(
        self, kafka_needed: None, namespace: str, workers: Workers, policy: str, tmp_path: Path
    ) -> None:
        """The escalation was published, and the changelog has lost it: no offset moved meanwhile."""
        words = ("--clock", "wall", "--policy", policy)
        with KafkaBroker(tmp_path / "broker") as broker:
            deployment = MeteredDeployment(broker.bootstrap, namespace, partitions=2).create()
            worker = workers.start(deployment, *words).ready()
            at = feed_one_case(deployment)
            wait_until(lambda: revisions(deployment), "the alert")
            worker.stop()
            assert time.time_ns() // 1_000_000 < at + ESCALATES_AFTER, "the machine is too slow for this test"
            sizes, before = changelog_files(broker, deployment), committed(deployment)
            worker = workers.start(deployment, *words).ready()
            wait_until(lambda: has_escalated(deployment), "the escalation")
            worker.child.kill()
            after = committed(deployment)
            # what was killed behind a flush of time alone goes on
            workers.start(deployment, *words).ready().child.kill()
            checked = run_command(deployment, "state", "check")
            crash_and_truncate(broker, sizes)
            output = published(deployment)
            message = refusal(deployment, workers.start(deployment, *words))
            assert output == published(deployment)
            refused = run_command(deployment, "state", "check")
            accepted = run_command(deployment, "state", "accept", "--actor", "ops")
            assert accepted[0] == 0, accepted[1]
            workers.start(deployment, *words).ready()
            wait_until(lambda: len(revisions(deployment)) > 2, "the escalation, published again")

            assert {tp: each.offset for tp, each in before.items()} == {tp: each.offset for tp, each in after.items()}
            assert checked[0] == 0, checked[1]
            assert "case-state: it ends with flush " in message
            assert "; the state is older than its offsets: the changelog was truncated at its end. Nothing" in message
            assert (refused[0], refused[1].count("it ends with flush ")) == (1, 1)
            assert [row["action"] for row in audit_records(deployment)] == ["state_accepted"]
            assert revisions(deployment)[1] == revisions(deployment)[2]


class TestOtherReleases:
    @staticmethod
    def stopped(worker: CliProcess, deployment: MeteredDeployment) -> dict[tuple[str, int], int]:
        """Stop a worker that has published the alert; return the flush numbers of its states."""
        wait_until(lambda: revisions(deployment), "the alert")
        worker.stop()
        return flush_numbers(deployment)

    @pytest.mark.parametrize("what", ["markers", "offsets", "both"])
    def test_a_side_without_numbers_is_accepted_and_numbered(
        self, what: str, apache_kafka: str, namespace: str, workers: Workers, policy: str
    ) -> None:
        """An earlier release wrote the markers, or the offsets, after a roll back or before the first upgrade."""
        words = ("--clock", "wall", "--policy", policy)
        deployment = MeteredDeployment(apache_kafka, namespace, partitions=2).create()
        worker = workers.start(deployment, *words).ready()
        feed_one_case(deployment)
        numbered = self.stopped(worker, deployment)
        if what != "offsets":
            self.write_earlier_markers(deployment)
        if what != "markers":
            with AdminClient(Settings.load(brokers=deployment.broker)) as admin:
                admin.commit(deployment.prefix, {tp: each.offset for tp, each in committed(deployment, "all").items()})
        between, code = flush_numbers(deployment), run_command(deployment, "state", "check")[0]
        worker = workers.start(deployment, *words).ready()
        assign_it(deployment)
        wait_until(lambda: len(revisions(deployment)) > 1, "the end of the alert, or its escalation")
        worker.stop()
        after = flush_numbers(deployment)

        assert min(numbered.values()) > 0
        assert code == 0
        assert ({0} if what != "offsets" else set(numbered.values())) == set(between.values())
        assert max(each.flush_number for each in committed(deployment).values()) == max(
            number for (short, _), number in after.items() if short == "case-state"
        )
        least = 0 if what == "both" else 1
        assert all(after[state] >= numbered[state] * least for state in after if after[state])

    @staticmethod
    def write_earlier_markers(deployment: MeteredDeployment) -> None:
        """Write the newest markers again as an earlier release does, without the number and later fields."""
        for short, key in (("case-state", META_KEY), ("officer-state", OFFICER_MARK)):
            newest = {row.partition: row.value or b"" for row in deployment.read(short) if row.key == key}
            markers = {number: msgspec.msgpack.decode(value) for number, value in newest.items()}
            for fields in markers.values():
                origin: list[Any] = fields[-1] if short == "case-state" else fields
                del origin[StateOrigin.__struct_fields__.index("flush_number") :]
            deployment.send(
                {
                    (f"{deployment.prefix}.{short}", number): [(key, msgspec.msgpack.encode(fields))]
                    for number, fields in markers.items()
                }
            )
