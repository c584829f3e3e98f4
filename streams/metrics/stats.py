"""The counts of a worker: plain numbers, read at each scrape; none holds a case id."""

from collections import Counter
from collections.abc import Iterable
from itertools import product
from typing import Final, Self

from msgspec import Struct, field

from schemas.causes import Cause, OfficerCause
from schemas.loads import Load
from schemas.refusals import RefusalCode
from streams.core.alerting.reasons import Reason
from streams.core.load.office_rows import OfficeRow, StaffRow
from streams.metrics.buckets import Buckets
from streams.metrics.standing import OUTCOMES, StandingAlertCounts

__all__ = ["CaseStats", "OfficerStats", "WorkerStats"]

_BATCH_BOUNDS: Final = (1, 10, 100, 1_000, 10_000)
_DELAY_BOUNDS: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0)
"""Seconds; the hold-back alone is two of them."""


def _zeros(causes: Iterable[str]) -> Counter[tuple[str, str]]:
    return Counter(dict.fromkeys(product(causes, OUTCOMES), 0))


class CaseStats(Struct, gc=False):
    """Figures of one case partition.

    Attributes:
        clock: The partition's watermark (ms), or None before it has one.
        cases: Known cases.
        unregistered: Known cases that were never opened.
        held_back: Events that wait in the merge buffer.
        known: The watermark (ms) by topic.
        standing: Standing alerts.
        offices: Counts of the open cases of each office.
    """

    clock: int | None = None
    cases: int = 0
    unregistered: int = 0
    held_back: int = 0
    known: dict[str, int] = field(default_factory=dict)
    standing: StandingAlertCounts = field(default_factory=StandingAlertCounts)
    offices: list[OfficeRow] = field(default_factory=list)


class OfficerStats(Struct, gc=False):
    """Figures of one officer partition.

    Attributes:
        clock: The watermark (ms) of officer events; None before the first.
        as_of: The instant (ms) of the last published loads: the least over the case partitions; None before every case
            partition has sent a partial.
        partials_missing: Case partitions with a missed final load partial; until a whole one comes.
        awaited: Officer partitions that may have an earlier event than this one; 0 once a period end is judged.
        known: The watermark (ms) by topic.
        loads: The newest load of every officer.
        standing: Standing officer alerts.
        staff: The officers' part of the record of each office.
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
    """Figures of one worker process, since its start.

    Every count is there at 0 before the first of its kind: Prometheus sees no increase in a series that begins at 200.

    Attributes:
        read: Records read, by topic.
        refused: Records refused, by topic and reason.
        decisions: Decisions of the case core, by reason.
        alerts: Alert revisions published, by cause and what happened.
        officer_alerts: The same for officer alerts.
        batch_sizes: How many records each batch held.
        delays: Seconds from the due instant of a raise or an escalation until it was published; only of alerts that
            the wall clock made due.
    """

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=lambda: Counter({reason.value: 0 for reason in Reason}))
    alerts: Counter[tuple[str, str]] = field(default_factory=lambda: _zeros(cause.value for cause in Cause))
    officer_alerts: Counter[tuple[str, str]] = field(
        default_factory=lambda: _zeros(cause.value for cause in OfficerCause)
    )
    batch_sizes: Buckets = field(default_factory=lambda: Buckets(_BATCH_BOUNDS))
    delays: Buckets = field(default_factory=lambda: Buckets(_DELAY_BOUNDS))

    @classmethod
    def of_topics(cls, topics: Iterable[str]) -> Self:
        """Figures of a worker that has read nothing of these topics yet."""
        names = list(topics)
        codes = [code.value for code in RefusalCode]
        return cls(read=Counter(dict.fromkeys(names, 0)), refused=Counter(dict.fromkeys(product(names, codes), 0)))
