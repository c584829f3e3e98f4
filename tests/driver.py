"""Tests drive the core as TopologyTestDriver drives Kafka Streams: feed events, advance the clock, read outputs.

Every read compares the core's outputs with the oracle, so every test of a rule also tests the oracle.
"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from schemas.decode import decode
from schemas.policy import load_policy
from streams.core.officers.table import OfficerTable
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from tests.builders import ms
from tests.newest import newest
from tests.oracle import Step, carry_out
from tests.oracle.facts import instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas import hot
    from schemas.loads import Load
    from schemas.policy import Policy
    from streams.core.alerting.alert_revision import AlertRevision
    from streams.core.alerting.reasons import Reason
    from streams.core.effects import Effects
    from streams.core.load.partials import Partial

__all__ = ["Driver", "alert_json", "hot_event", "load_differences", "load_json", "same_loads"]

Record = dict[str, Any]


def hot_event(event: Record) -> hot.Event:
    """Return an event in the form that the core takes."""
    return decode(json.dumps(event).encode())


def alert_json(revision: AlertRevision) -> Record:
    """Return a revision as consumers read it, without observed_at."""
    record: Record = json.loads(revision.json(None))
    record.pop("observed_at", None)
    return record


class Driver:
    """One partition of cases, the officers' table, and a clock that only the test moves.

    Args:
        policy: The packaged one by default.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = load_policy(None) if policy is None else policy
        rules = Rules(self.policy)
        self.partition = CasePartition(rules)
        self.board = OfficerTable(rules, sources=1)
        self.steps: list[Step] = []
        self.moments: list[int] = []
        self.moved: list[Record] = []
        self.tombstones: list[str] = []
        self.partials: list[Partial] = []
        self.changelog: list[tuple[bytes, bytes | None]] = []
        self._first_policy = self.policy
        self._reasons: dict[Reason, int] = {}
        self._waiting: list[Record] = []
        self._alerts: list[Record] = []
        self._now: int | None = None

    def feed(self, *events: Record) -> Driver:
        """Deliver events; they are applied when the clock passes their recorded_at, late ones at its next move."""
        self._waiting += events
        return self

    def at(self, moment: str | int) -> Driver:
        """Advance the clock past an instant: events recorded up to it are applied, deadlines up to it are judged."""
        now = ms(moment)
        due = [event for event in self._waiting if instant(event["recorded_at"]) <= now]
        self._waiting = [event for event in self._waiting if event not in due]
        self._add_steps(due)
        events = [hot_event(event) for event in due]
        cases = [event for event in events if hasattr(event, "case_id")]
        for event in events:
            if event.type in ("officer_updated", "training_completed"):
                self.board.apply(event, event.recorded_at)
        self._collect(self.partition.advance(cases, now))
        self.board.advance(now)
        self._now = now
        return self

    def restart(self, policy: Policy | None = None) -> Driver:
        """Restore the partition from its changelog in a new worker, optionally under another policy."""
        assert self._now is not None
        if policy is not None:
            self.policy = policy
            self.steps.append(Step(self._now, policy=policy))
        self.partition = CasePartition(Rules(self.policy))
        self.partition.restore(newest(self.changelog))
        self._collect(self.partition.restored())
        return self

    def alerts(self, cause: str | None = None, case_id: str | None = None) -> list[Record]:
        """Return every revision so far, in order."""
        if self._now is not None:
            expected, _ = carry_out(self.steps, self._first_policy, self._now)
            assert expected == self._alerts
        return [
            record
            for record in self._alerts
            if cause in (None, record["cause"]) and case_id in (None, record["case_id"])
        ]

    def story(self, cause: str, case_id: str | None = None) -> list[str]:
        """Return the statuses of a cause's revisions, in order."""
        return [record["status"] for record in self.alerts(cause, case_id)]

    def standing(self, cause: str | None = None) -> list[Record]:
        """Return the latest revision of every open alert."""
        latest = {record["alert_id"]: record for record in self.alerts(cause)}
        return [record for record in latest.values() if record["ended_at"] is None]

    def last(self, cause: str) -> Record:
        """Return the newest revision of a cause."""
        return self.alerts(cause)[-1]

    def loads(self) -> dict[str, Record]:
        """Return the load table as of the clock, by officer."""
        assert self._now is not None
        self.board.add_partial(self.partition.final_partial())
        rows = [load_json(row) for row in self.board.rows(self._now)]
        _, expected = carry_out(self.steps, self._first_policy, self._now)
        assert same_loads(expected, rows)
        return {row["officer_id"]: row for row in rows}

    def count(self, reason: Reason) -> int:
        """Return how often the core gave this reason."""
        return self._reasons.get(reason, 0)

    def _collect(self, effects: Effects) -> None:
        self._alerts += map(alert_json, effects.alerts)
        self.moments += [revision.at for revision in effects.alerts]
        self.moved += map(alert_json, effects.moves)
        self.tombstones += [key.decode() for key in effects.tombstones]
        self.partials += effects.partials
        self.changelog += effects.changelog
        for reason, count in effects.reasons.items():
            self._reasons[reason] = self._reasons.get(reason, 0) + count
        for partial in effects.partials:
            self.board.add_partial(partial)

    def _add_steps(self, events: list[Record]) -> None:
        """Return the oracle's input: late events at the clock's instant, the others at their own."""
        events = sorted(events, key=lambda event: instant(event["recorded_at"]))
        if self._now is not None:
            late = [event for event in events if instant(event["recorded_at"]) <= self._now]
            events = events[len(late) :]
            if late:
                self.steps.append(Step(self._now, late, late=True))
        for at, together in groupby(events, key=lambda event: instant(event["recorded_at"])):
            self.steps.append(Step(at, list(together)))


def load_json(row: Load) -> Record:
    """Return a load row as consumers read it."""
    record: Record = json.loads(row.json())
    return record


def same_loads(expected: Iterable[Record], rows: Iterable[Record]) -> bool:
    """Return whether both tables are equal; rows with only zeros may be missing."""
    return not load_differences(expected, rows)


def load_differences(expected: Iterable[Record], rows: Iterable[Record]) -> list[str]:
    """Return where two load tables differ: officer, field, both values."""
    ours = {row["officer_id"]: _plain(row) for row in expected if not _is_zero(row)}
    theirs = {row["officer_id"]: _plain(row) for row in rows if not _is_zero(row)}
    found = [f"{officer}: a row in one table only" for officer in sorted(ours.keys() ^ theirs.keys())]
    for officer in sorted(ours.keys() & theirs.keys()):
        for name in ours[officer] | theirs[officer]:
            pair = ours[officer].get(name), theirs[officer].get(name)
            if pair[0] != pair[1]:
                found.append(f"{officer} {name}: {pair[0]!r}, {pair[1]!r}")
    return found


def _is_zero(row: Record) -> bool:
    counts = ("open_cases", "in_custody", "lost_track", "hearings_7d", "hearings_30d", "bookings_7d")
    return not any(row[name] for name in (*counts, "assigned_30d", "unassigned_30d"))


def _plain(row: Record) -> Record:
    """Round numbers, which may be fractions or floats, to nine digits."""
    plain: Record = {}
    for name, value in row.items():
        plain[name] = round(float(value), 9) if isinstance(value, (Fraction, float)) else value
    return plain
