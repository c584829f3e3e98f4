"""The part of the policy that judges officers, compiled: marks, deadlines, weights and instants as plain numbers."""

from datetime import date
from typing import Final, NamedTuple

from schemas.alerts import OfficerCause
from schemas.policy import HysteresisPolicy
from streams.core.business_days import DAY_MS
from streams.core.exact import minutes
from streams.core.loads import PartialRow
from streams.core.officer_registers import Updated
from streams.core.rules import Rules
from streams.core.state import LEVELS

__all__ = ["OFFICER_CAUSES", "OFFICER_ESCALATE_AFTER_MS", "Hysteresis", "OfficerRules"]

OFFICER_CAUSES: Final = tuple(OfficerCause)
"""The officer causes in the order of contract §10; states keep the place in it."""

OFFICER_ESCALATE_AFTER_MS: Final = 30 * DAY_MS
"""When an officer alert becomes critical. The contract gives them no escalate_after: this is the causes' default."""


_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


class Hysteresis(NamedTuple):
    """Raised at or above one mark held for some period ends, ended below a lower one.

    Attributes:
        raise_at: Utilisation at or above which a period end counts.
        clear_below: Utilisation below which the alert ends.
        ripens: Milliseconds from the first period end that counts to the one at which the alert is raised.
    """

    raise_at: float
    clear_below: float
    ripens: int


class OfficerRules:
    """What a policy means for officers. Immutable once built.

    Attributes:
        rules: The policy compiled for cases.
        policy_id: Its name@version.
        period: Milliseconds between period ends.
        overloaded, critical: Their marks.
        required_courses: Courses that every active officer must hold.
        per_open, least: How many cases may come in: a share of those open before, and what is never too many.
        review_passed_at: The instant (ms) after the end of review_by, UTC.
    """

    def __init__(self, rules: Rules) -> None:
        policy = rules.policy
        officers, load = policy.officers, policy.load
        self.rules = rules
        self.policy_id = rules.policy_id
        self.period = rules.period
        self.overloaded = self._hysteresis(officers.overloaded)
        self.critical = self._hysteresis(officers.critical)
        self.required_courses: tuple[str, ...] = tuple(sorted(set(officers.required_courses)))
        self.per_open = officers.intake.per_open
        self.least = officers.intake.least
        self.review_passed_at = (policy.review_by.toordinal() - _EPOCH_ORDINAL + 1) * DAY_MS
        self._orphaned_after = officers.orphaned_after
        self._minutes: tuple[float, ...] = tuple(getattr(load.minutes_per_month, level) for level in LEVELS)
        self._hearing, self._check_in = load.hearing_minutes, load.check_in_minutes
        self._capacity = minutes(load.capacity_hours_month)

    def orphaned_at(self, since: int, office: str) -> int:
        """`since ⊕ officers.orphaned_after` in the zone of an office."""
        return self.rules.plus(since, self._orphaned_after, office)

    def capacity_minutes(self, updated: Updated | None) -> float:
        """Minutes a month that an officer at work has for cases: as the officer_updated says, else the policy."""
        if updated is None or updated.capacity_hours_month is None:
            return self._capacity
        return minutes(updated.capacity_hours_month)

    def workload_minutes(self, row: PartialRow) -> float:
        """Minutes a month that a row's cases need under the policy's weights (contract §8)."""
        intensive, standard, low, annual = self._minutes
        levels = row.by_level
        return (
            levels[0] * intensive
            + levels[1] * standard
            + levels[2] * low
            + levels[3] * annual
            + row.hearings_30d * self._hearing
            + row.bookings_30d * self._check_in
        )

    def _hysteresis(self, marks: HysteresisPolicy) -> Hysteresis:
        return Hysteresis(marks.raise_, marks.clear, (marks.periods - 1) * self.period)
