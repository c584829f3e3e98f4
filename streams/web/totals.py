"""Counts of what stands, of the whole and of each office; protected cases are in them, and nowhere else."""

import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct, field

from schemas.causes import Cause, CauseClass
from streams.core.load.office_record import office_totals
from streams.core.load.office_summary import OfficeSummary, summarise_offices
from streams.core.policy.rules import Rules
from streams.web.output_tables import CaseAlert, OutputTables

__all__ = ["NOBODY", "CachedTotals", "CauseCounts", "Totals"]

NOBODY: Final = (Cause.NO_OFFICER, Cause.IN_TRANSIT)
"""Causes of a case that nobody has."""

_SHARE: Final = 20
"""Counting may take one part in so many of the time."""


class CauseCounts(Struct):
    """Cases with a standing alert.

    Attributes:
        cases: All of them.
        critical: Of these, with one that was escalated.
        nobody: Of these, which nobody has.
        by_cause, by_side: Of these, by cause and by whose side it lies on; a case may be in several.
        critical_by_cause: Of `by_cause`, those escalated.
        oldest: When the one that has stood longest was raised (ms).
        oldest_by_cause: The same by cause.
    """

    cases: int = 0
    critical: int = 0
    nobody: int = 0
    by_cause: dict[str, int] = field(default_factory=dict)
    critical_by_cause: dict[str, int] = field(default_factory=dict)
    by_side: dict[str, int] = field(default_factory=dict)
    oldest: int | None = None
    oldest_by_cause: dict[str, int] = field(default_factory=dict)


class Totals(Struct, frozen=True):
    """Everything that is counted.

    Attributes:
        counts: Of the whole.
        by_office: Of each office; None for what has none.
        offices: What each office carries, has and needs, by name.
        whole: The same of all together.
        policies: How many alerts each policy (name@version, and the hash where it is known) has made.
    """

    counts: CauseCounts
    by_office: dict[str | None, CauseCounts]
    offices: list[OfficeSummary]
    whole: OfficeSummary
    policies: dict[str, int]


class CachedTotals:
    """Counts anew when the board says something new, but not so often that nothing else gets done.

    Args:
        board: Asked every time for the board of now.
        rules: The policy, for what an office needs.
        now: A clock that never goes back (seconds).
    """

    def __init__(
        self, board: Callable[[], OutputTables], rules: Rules, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._board, self._rules, self._now = board, rules, now
        self._kept: tuple[OutputTables, int, Totals] | None = None
        self._not_before = 0.0

    def now(self) -> Totals:
        """The counts."""
        board = self._board()
        if self._kept is not None and self._kept[0] is board:
            is_current = self._kept[1] == board.version
            if is_current or self._now() < self._not_before:
                return self._kept[2]
        started = self._now()
        totals = count(board, self._rules)
        took = self._now() - started
        self._not_before = started + took * _SHARE
        self._kept = (board, board.version, totals)
        return totals


def count(board: OutputTables, rules: Rules) -> Totals:
    """Count everything on a board."""
    alerts = list(board.standing(with_protected=True))
    by_office: dict[str | None, list[CaseAlert]] = {}
    policies: dict[str, int] = {}
    for alert in alerts:
        by_office.setdefault(alert.office, []).append(alert)
        policies[alert.policy_name] = policies.get(alert.policy_name, 0) + 1
    partials = list(board.offices.values())
    totals = office_totals(
        (row for partial in partials for row in partial.cases), (row for partial in partials for row in partial.staff)
    )
    as_of = max((partial.as_of for partial in partials), default=0)
    whole, *offices = summarise_offices(totals, board.loads.values(), rules, as_of)
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
        by_cause[cause].add(case_id)
        by_side[alert.side].add(case_id)
        if alert.severity == "critical":
            critical.add(case_id)
            critical_by_cause[cause].add(case_id)
        if alert.raised_at < oldest.get(cause, alert.raised_at + 1):
            oldest[cause] = alert.raised_at
    return CauseCounts(
        cases=len(set().union(*by_cause.values())),
        critical=len(critical),
        nobody=len(by_cause[NOBODY[0]] | by_cause[NOBODY[1]]),
        by_cause={cause: len(cases) for cause, cases in by_cause.items()},
        critical_by_cause={cause: len(cases) for cause, cases in critical_by_cause.items()},
        by_side={side: len(cases) for side, cases in by_side.items()},
        oldest=min(oldest.values(), default=None),
        oldest_by_cause=oldest,
    )
