"""Counts of open alerts, in total and by office; only these counts include protected cases for every role."""

import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct, field

from schemas.causes import Cause, CauseClass
from streams.core.load.office_record import office_totals
from streams.core.load.office_summary import OfficeSummary, summarise_offices
from streams.core.policy.rules import Rules
from streams.web.tables.alert_rows import CaseAlert
from streams.web.tables.output_tables import OutputTables

__all__ = ["WITHOUT_OFFICER", "CachedTotals", "CauseCounts", "Totals"]

WITHOUT_OFFICER: Final = (Cause.NO_OFFICER, Cause.IN_TRANSIT)
"""The causes of a case without an officer."""

_SHARE: Final = 20
"""Counting may take 1/20 of the time."""


class CauseCounts(Struct):
    """Numbers of cases with an open alert.

    Attributes:
        cases: All of them.
        critical: Cases with an escalated alert.
        without_officer: Cases without an officer.
        by_side: Cases by side; a case may count several times. By cause, the office record counts them.
        critical_by_cause: Cases with an escalated alert, by cause.
        oldest: When the oldest alert was raised (ms).
        oldest_by_cause: The same by cause.
    """

    cases: int = 0
    critical: int = 0
    without_officer: int = 0
    critical_by_cause: dict[str, int] = field(default_factory=dict)
    by_side: dict[str, int] = field(default_factory=dict)
    oldest: int | None = None
    oldest_by_cause: dict[str, int] = field(default_factory=dict)


class Totals(Struct, frozen=True):
    """All counts.

    Attributes:
        counts: In total.
        by_office: By office; None for cases without an office.
        offices: Cases, capacity and need of each office, by name.
        whole: The same for all offices together.
        policies: Number of alerts by policy (name@version, and the hash where it is known).
    """

    counts: CauseCounts
    by_office: dict[str | None, CauseCounts]
    offices: list[OfficeSummary]
    whole: OfficeSummary
    policies: dict[str, int]


class CachedTotals:
    """Counts again when the tables change, but spends at most 1/20 of the time on it.

    Args:
        tables: Returns the current tables.
        rules: The policy, from which the need of an office follows.
        now: A monotonic clock (seconds).
    """

    def __init__(
        self, tables: Callable[[], OutputTables], rules: Rules, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._tables, self._rules, self._now = tables, rules, now
        self._cached: tuple[OutputTables, int, Totals] | None = None
        self._not_before = 0.0

    def now(self) -> Totals:
        """The current counts."""
        tables = self._tables()
        if self._cached is not None and self._cached[0] is tables:
            is_current = self._cached[1] == tables.version
            if is_current or self._now() < self._not_before:
                return self._cached[2]
        started = self._now()
        totals = count(tables, self._rules)
        took = self._now() - started
        self._not_before = started + took * _SHARE
        self._cached = (tables, tables.version, totals)
        return totals


def count(tables: OutputTables, rules: Rules) -> Totals:
    """Count everything in the tables."""
    alerts = list(tables.standing(with_protected=True))
    by_office: dict[str | None, list[CaseAlert]] = {}
    policies: dict[str, int] = {}
    for alert in alerts:
        by_office.setdefault(alert.office, []).append(alert)
        policies[alert.policy_name] = policies.get(alert.policy_name, 0) + 1
    partials = list(tables.offices.values())
    totals = office_totals(
        (row for partial in partials for row in partial.cases), (row for partial in partials for row in partial.staff)
    )
    as_of = max((partial.as_of for partial in partials), default=0)
    whole, *offices = summarise_offices(totals, tables.loads.values(), rules, as_of)
    return Totals(
        counts=_counts(alerts),
        by_office={office: _counts(of_office) for office, of_office in by_office.items()},
        offices=offices,
        whole=whole,
        policies=policies,
    )


def _counts(alerts: list[CaseAlert]) -> CauseCounts:
    by_cause: dict[str, set[str]] = {cause.value: set() for cause in Cause}
    critical_by_cause: dict[str, set[str]] = {cause.value: set() for cause in Cause}
    by_side: dict[str, set[str]] = {side.value: set() for side in CauseClass}
    oldest: dict[str, int] = {}
    critical: set[str] = set()
    for alert in alerts:
        cause, case_id = alert.cause, alert.case_id
        by_cause.setdefault(cause, set()).add(case_id)
        by_side[alert.side].add(case_id)
        if alert.severity == "critical":
            critical.add(case_id)
            critical_by_cause.setdefault(cause, set()).add(case_id)
        if alert.raised_at < oldest.get(cause, alert.raised_at + 1):
            oldest[cause] = alert.raised_at
    return CauseCounts(
        cases=len(set().union(*by_cause.values())),
        critical=len(critical),
        without_officer=len(by_cause[WITHOUT_OFFICER[0]] | by_cause[WITHOUT_OFFICER[1]]),
        critical_by_cause={cause: len(cases) for cause, cases in critical_by_cause.items()},
        by_side={side: len(cases) for side, cases in by_side.items()},
        oldest=min(oldest.values(), default=None),
        oldest_by_cause=oldest,
    )
