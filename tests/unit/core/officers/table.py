"""Tests of officers put rows and officer events on a table and advance the hours: no cases, no partition, no broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemas import hot
from schemas.alerts import OfficerAlert
from schemas.decode import decode
from schemas.instants import to_ms, to_text
from schemas.policy import parse_policy
from streams.core.load.partials import Partial, PartialRow
from streams.core.officers.table import OfficerTable
from streams.core.policy.rules import Rules
from tests.newest import newest

if TYPE_CHECKING:
    from streams.core.alerting.reasons import Reason
    from streams.core.officers.alert_revision import OfficerAlertRevision

__all__ = ["DAY", "HOUR", "START", "Table", "hour", "rules", "training", "update", "with_cases"]

HOUR = 3_600_000
DAY = 24 * HOUR
START = to_ms("2026-03-02T00:00:00Z")  # a Monday

POLICY = """
name = "test"
version = "{version}"
review_by = 2027-12-31
{extra}
"""


def hour(number: float) -> int:
    """Return the instant so many hours after START."""
    return START + round(number * HOUR)


def rules(extra: str = "", version: str = "1", review_by: str = "2027-12-31") -> Rules:
    """Return the rules of the default policy with some changed tables."""
    text = POLICY.format(version=version, extra=extra).replace("2027-12-31", review_by)
    return Rules(parse_policy(text, "test.toml"))


def with_cases(officer: str, low: int, **others: Any) -> PartialRow:
    """Return a row with so many open cases of level low; 120 of them are a utilisation of 1 by default."""
    return PartialRow(officer, open_cases=low, by_level=(0, 0, low, 0), **others)


def update(
    officer: str,
    at: float,
    status: str = "active",
    *,
    recorded: float | None = None,
    office: str = "HQ",
    capacity: float | None = None,
    event_id: str | None = None,
) -> hot.OfficerEvent:
    """Return an officer_updated; hours after START."""
    return _event(
        event_id or f"u-{officer}-{at}-{status}-{office}-{capacity}",
        "officer_updated",
        officer,
        at,
        recorded,
        office=office,
        status=status,
        capacity_hours_month=capacity,
    )


def training(
    officer: str, at: float, course: str, valid_until: float, *, recorded: float | None = None
) -> hot.OfficerEvent:
    """Return a training_completed; hours after START."""
    event_id = f"t-{officer}-{at}-{course}-{valid_until}"
    until = to_text(hour(valid_until))
    return _event(event_id, "training_completed", officer, at, recorded, course=course, valid_until=until)


def _event(
    event_id: str, kind: str, officer: str, at: float, recorded: float | None, **fields: Any
) -> hot.OfficerEvent:
    record = {
        "v": 1,
        "event_id": event_id,
        "type": kind,
        "occurred_at": to_text(hour(at)),
        "recorded_at": to_text(hour(at if recorded is None else recorded)),
        "source": "test",
        "officer_id": officer,
        **fields,
    }
    event = decode(json.dumps(record).encode())
    assert isinstance(event, hot.OfficerEvent)
    return event


class Table:
    """A board with one source, and its watermark in hours."""

    def __init__(self, extra: str = "", sources: int = 1, review_by: str = "2027-12-31") -> None:
        self.rules = rules(extra, review_by=review_by)
        self.sources = sources
        self.board = OfficerTable(self.rules, sources)
        self.alerts: list[OfficerAlertRevision] = []
        self.changelog: list[tuple[bytes, bytes | None]] = []
        self.reasons: dict[Reason, int] = {}
        self.now = 0

    def apply(self, *events: hot.OfficerEvent) -> Table:
        """Apply officer events."""
        for event in events:
            self.board.apply(event, self.board.watermark)
        return self

    def at(self, number: int, *rows: PartialRow) -> Table:
        """Judge the period end `number` hours after START with these rows; before it nothing changes."""
        for between in range(self.now + 1, number) if self.now else ():
            self._end(between, self._rows)
        self._end(number, rows)
        self.now = number
        return self

    def until(self, number: int) -> Table:
        """Advance the hours with the last rows."""
        return self.at(number, *self._rows)

    def restart(self, extra: str | None = None, version: str = "1", review_by: str = "2027-12-31") -> Table:
        """Restore a new board from the changelog, optionally under another policy."""
        if extra is not None:
            self.rules = rules(extra, version, review_by)
        self.board = OfficerTable(self.rules, self.sources)
        self.board.restore(newest(self.changelog))
        self._note(self.board.restored())
        return self

    def story(self, cause: str, officer: str | None = None) -> list[tuple[str, int]]:
        """Return (status, hours after START at which it was published) of a cause's revisions, in order."""
        return [
            (alert.status, (alert.at - START) // HOUR)
            for alert in self.alerts
            if alert.cause == cause and officer in (None, alert.officer_id)
        ]

    def last(self, cause: str) -> OfficerAlertRevision:
        """Return the newest revision of a cause."""
        return [alert for alert in self.alerts if alert.cause == cause][-1]

    def _end(self, number: int, rows: tuple[PartialRow, ...]) -> None:
        self._rows = rows
        self.board.add_partial(Partial(0, hour(number), True, list(rows)))
        self._note(self.board.advance(hour(number)))

    def _note(self, effects: Any) -> None:
        self.changelog += effects.changelog
        self.alerts += effects.alerts
        for alert in effects.alerts:
            OfficerAlert.model_validate_json(alert.json(alert.at))
        for reason, count in effects.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
