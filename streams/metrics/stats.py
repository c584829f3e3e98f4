"""What a worker counts while it works: plain numbers, read at scrape; no case id is ever among them."""

from collections import Counter
from typing import Final

from msgspec import Struct, field

from schemas.loads import Load
from streams.core.load.office_rows import OfficeRow, StaffRow
from streams.metrics.buckets import Buckets
from streams.metrics.standing import StandingAlertCounts

__all__ = ["CaseStats", "OfficerStats", "WorkerStats"]

_BATCH_BOUNDS: Final = (1, 10, 100, 1_000, 10_000)
_DELAY_BOUNDS: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0)
"""Seconds; the hold-back alone is two of them."""


class CaseStats(Struct, gc=False):
    """Of one case partition.

    Attributes:
        clock: The partition's clock (ms), or None before it has one.
        cases: Cases known.
        unregistered: Of these, those never opened.
        held_back: Events read that wait in the merge buffer.
        known: Everything recorded up to this instant (ms) was read, by topic.
        standing: Alerts that stand.
        offices: What the open cases of each office count.
    """

    clock: int | None = None
    cases: int = 0
    unregistered: int = 0
    held_back: int = 0
    known: dict[str, int] = field(default_factory=dict)
    standing: StandingAlertCounts = field(default_factory=StandingAlertCounts)
    offices: list[OfficeRow] = field(default_factory=list)


class OfficerStats(Struct, gc=False):
    """Of one officer partition.

    Attributes:
        clock: Officer events recorded up to this instant (ms) are in; None before the first.
        as_of: The instant (ms) of the loads published last, that of the case partition which is furthest behind; None
            before every case partition was heard of.
        partials_missing: Case partitions of which a final load partial never came; until a whole one comes.
        awaited: Officer partitions that may know of an earlier event than is known here; 0 once a period end is judged.
        known: Everything recorded up to this instant (ms) was read, by topic.
        loads: The newest load of every officer.
        standing: Officer alerts that stand.
        staff: What the officers add to the record of each office.
    """

    clock: int | None = None
    as_of: int | None = None
    partials_missing: int = 0
    awaited: int = 0
    known: dict[str, int] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    standing: StandingAlertCounts = field(default_factory=StandingAlertCounts)
    staff: list[StaffRow] = field(default_factory=list)


class WorkerStats(Struct, gc=False):
    """Of one worker process, since it started.

    Attributes:
        read: Records read, by topic without prefix.
        refused: Records refused, by topic and reason.
        decisions: Decisions of the case core, by reason.
        alerts: Alert revisions published, by cause and what happened.
        officer_alerts: The same for officer alerts.
        batch_sizes: How many records each batch held.
        delays: Seconds from the instant at which an alert was due to be raised or escalated until it was handed on; of
            those only whose instant the wall clock brought.
    """

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    officer_alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    batch_sizes: Buckets = field(default_factory=lambda: Buckets(_BATCH_BOUNDS))
    delays: Buckets = field(default_factory=lambda: Buckets(_DELAY_BOUNDS))
