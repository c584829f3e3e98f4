"""What `docketwatch evaluate` says at its end: as lines for a terminal, or as one JSON document."""

from collections.abc import Iterator, Sequence
from math import fsum
from typing import Final

import msgspec
from msgspec import Struct

from schemas.instants import to_text
from schemas.loads import Load
from streams.core.load.office_zones import zone_sentence
from streams.core.policy.rules import Rules
from streams.sources.missing_events import events_that_end

__all__ = ["EvaluatedAlerts", "EvaluationSummary"]

_MANY: Final = 20
_NEARLY_ALL: Final = 0.9
_HOUR: Final = 60


class EvaluatedAlerts(Struct, frozen=True):
    """Alerts of one kind.

    Attributes:
        revisions: Their revisions.
        open: Those that are open at the end.
        by_cause: The same by cause, the most first.
    """

    revisions: int
    open: int
    by_cause: dict[str, int]


class EvaluationSummary(Struct, frozen=True):
    """Counts of an evaluation.

    Attributes:
        until: Its last instant (ms).
        rules: The policy.
        events: Events up to then.
        cases: Cases in them.
        unregistered: Cases without a case_opened.
        open_cases: Open ones, at the end.
        refused: Lines that are no event; None where the first ends the command.
        alerts, officer_alerts: Of cases and of officers.
        loads: One an officer.
        offices_without_zone: Offices to which the policy gives no time zone.
        seconds: By the wall clock.
        cpu_seconds: Of this process.
    """

    until: int
    rules: Rules
    events: int
    cases: int
    unregistered: int
    open_cases: int
    refused: int | None
    alerts: EvaluatedAlerts
    officer_alerts: EvaluatedAlerts
    loads: Sequence[Load]
    offices_without_zone: list[str]
    seconds: float
    cpu_seconds: float

    def json(self) -> str:
        """The document."""
        document = {
            "until": to_text(self.until),
            "policy": self.rules.policy_id,
            "policy_hash": self.rules.policy_hash,
            "events": self.events,
            "cases": self.cases,
            "unregistered": self.unregistered,
            "officers": len(self.loads),
            "refused": self.refused,
            "alerts": self.alerts,
            "officer_alerts": self.officer_alerts,
            "loads": {
                "open_cases": sum(load.open_cases for load in self.loads),
                "in_custody": sum(load.in_custody for load in self.loads),
                "workload_minutes_month": fsum(load.workload_minutes_month for load in self.loads),
                "capacity_minutes_month": fsum(load.capacity_minutes_month for load in self.loads),
            },
            "offices_without_zone": self.offices_without_zone,
            "seconds": {"wall": self.seconds, "cpu": self.cpu_seconds},
        }
        return msgspec.json.encode(document).decode()

    def lines(self) -> Iterator[str]:
        """The lines."""
        loads = self.loads
        yield (
            f"{self.events:,} events, {self.cases:,} cases ({self.unregistered:,} unregistered), "
            f"{len(loads):,} officers as of {to_text(self.until)}"
        )
        if self.refused is not None:
            yield f"{self.refused:,} lines were refused"
        yield from _alerts("alert revisions", self.alerts)
        yield from _hints(self.alerts, self.open_cases)
        yield from _alerts("officer alert revisions", self.officer_alerts)
        workload, capacity = (
            fsum(load.workload_minutes_month for load in loads) / _HOUR,
            fsum(load.capacity_minutes_month for load in loads) / _HOUR,
        )
        yield (
            f"{sum(load.open_cases for load in loads):,} open cases and {sum(load.in_custody for load in loads):,} in "
            f"custody with an officer; {workload:,.1f} hours of work per month, {capacity:,.1f} of capacity"
        )
        zoneless = self.offices_without_zone
        if zoneless:
            yield zone_sentence(zoneless)
        rate = self.events / self.seconds if self.seconds else 0
        cpu = self.cpu_seconds / max(1, self.events) * 1e6
        yield f"{self.seconds:.1f} s, {rate:,.0f} events/s, {cpu:.1f} us CPU per event"


def _alerts(name: str, counts: EvaluatedAlerts) -> Iterator[str]:
    yield f"{counts.revisions:,} {name}; open: {counts.open:,}"
    for cause, number in counts.by_cause.items():
        yield f"  {number:>9,} {cause}"


def _hints(counts: EvaluatedAlerts, open_cases: int) -> Iterator[str]:
    """A note for each cause that nearly all of many open alerts or open cases have: usually the log lacks something."""
    for cause, number in counts.by_cause.items():
        of_alerts = number >= _NEARLY_ALL * counts.open
        if number < _MANY or not (of_alerts or number >= _NEARLY_ALL * open_cases):
            continue
        ends = events_that_end(cause)
        yield (
            f"{'nearly all are' if of_alerts else 'nearly all open cases have'} {cause}: does the log have the events "
            f"that end it ({ends})? `docketwatch convert check` says which key of a mapping would read them, "
            f"`docketwatch explain` says what a case lacks, and [causes.{cause}] enabled = false in a policy switches "
            "the cause off"
        )
