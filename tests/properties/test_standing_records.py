"""The open alerts in the state are those that were last published, whatever changed since without a new revision."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from tests.driver import alert_json, hot_event
from tests.newest import newest
from tests.oracle.facts import instant
from tests.properties.running import CoreRun, known, scenarios_of_seeds, seeded

if TYPE_CHECKING:
    from schemas.policy import Policy

Record = dict[str, Any]


def last_published(run: CoreRun) -> list[Record]:
    """Return the record that a consumer reads last of every open alert: its newest revision, or its move.

    A move has the revision that it moves.
    """
    last: dict[str, Record] = {}
    for record in run.alerts + run.moves:
        before = last.get(record["alert_id"])
        if before is None or record["revision"] >= before["revision"]:
            last[record["alert_id"]] = record
    return _sorted(record for record in last.values() if record["ended_at"] is None)


def standing(run: CoreRun, policy: Policy) -> list[Record]:
    """Return what a changelog gives to a program that has a policy and judges nothing."""
    partition = CasePartition(Rules(policy), keeps_changelog=False)
    partition.restore(newest(run.changelog))
    return _sorted(map(alert_json, partition.standing_records()))


def _sorted(records: Any) -> list[Record]:
    return sorted(records, key=lambda record: record["alert_id"])


class TestStandingRecords:
    def test_under_policies_one_after_the_other(self) -> None:
        """Workers continue under a second and a third policy; reading under a fourth changes nothing."""
        total = 0
        for seed, scenario in scenarios_of_seeds(300, first=1_300_000):
            others = [seeded(seed + more).policy for more in (60_000_000, 70_000_000)]
            events = sorted(known(scenario), key=lambda event: instant(event["recorded_at"]))
            instants = sorted({instant(event["recorded_at"]) for event in events} | {scenario.until})
            change = random.Random(seed).choice(instants)
            run = CoreRun(scenario.policy)
            run.advance([hot_event(e) for e in events if instant(e["recorded_at"]) <= change], change)
            for version, other in enumerate((scenario.policy, others[0])):
                run.restarted(other.model_copy(update={"version": f"{version + 2}"}))
            run.advance([hot_event(e) for e in events if instant(e["recorded_at"]) > change], scenario.until)

            expected = last_published(run)
            total += len(expected)
            assert expected == standing(run, others[1]), f"seed {seed}, at {change}\n{scenario!r}"
        assert total > 100
