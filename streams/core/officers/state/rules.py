"""The part of the policy that judges officers, compiled: marks, deadlines, weights and instants as exact numbers.

Nothing is rounded before it is compared: weights are whole numbers of a unit that all of them are multiples of.
"""

from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm
from typing import Final

from schemas.alerts import OfficerCause
from schemas.policy import HysteresisPolicy
from streams.core.load.partials import PartialRow
from streams.core.officers.state.capacity import Capacity, Hysteresis
from streams.core.officers.state.registers import OfficerUpdate
from streams.core.policy.exact import exact
from streams.core.policy.rules import Rules
from streams.core.state.case_state import LEVELS
from streams.core.time.business_days import DAY_MS

__all__ = ["OFFICER_CAUSES", "OfficerRules"]

OFFICER_CAUSES: Final = tuple(OfficerCause)
"""The officer causes in the order of CONTRACT.md §10; states keep the place in it."""

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


class OfficerRules:
    """The rules of a policy for officers. Immutable once built.

    Attributes:
        rules: The policy compiled for cases.
        period: Milliseconds between period ends.
        enabled: Whether each cause of OFFICER_CAUSES is.
        required_courses: Courses that every active officer must hold.
        per_open, least: How many cases may come in: a share of those open before, and what is never too many.
        no_capacity: That of an absent officer.
        review_passed_at: The instant (ms) after the end of review_by, UTC.
    """

    def __init__(self, rules: Rules) -> None:
        policy = rules.policy
        officers, load = policy.officers, policy.load
        self.rules = rules
        self.period = rules.period
        self.enabled: tuple[bool, ...] = tuple(officers.causes[cause].enabled for cause in OFFICER_CAUSES)
        self._overloaded = self._hysteresis(officers.overloaded)
        self._critical = self._hysteresis(officers.critical)
        self.required_courses: tuple[str, ...] = tuple(sorted(set(officers.required_courses)))
        self.per_open = _exact(officers.intake.per_open)
        self.least = officers.intake.least
        self.review_passed_at = (policy.review_by.toordinal() - _EPOCH_ORDINAL + 1) * DAY_MS
        self._escalate_after = tuple(officers.causes[cause].escalate_after for cause in OFFICER_CAUSES)
        self._orphaned_after = officers.orphaned_after
        weights = [_exact(getattr(load.minutes_per_month, level)) for level in LEVELS]
        weights += [_exact(load.hearing_minutes), _exact(load.check_in_minutes)]
        self._units_a_minute = lcm(*(weight.denominator for weight in weights))
        self._units: tuple[int, ...] = tuple(int(weight * self._units_a_minute) for weight in weights)
        self._of_hours = lru_cache(maxsize=4096)(self._capacity_of_hours)
        self.no_capacity, self._usual = self._capacity(Fraction(0)), self._of_hours(load.capacity_hours_month)

    def orphaned_at(self, since: int, office: str) -> int:
        """`since ⊕ officers.orphaned_after` in the zone of an office."""
        return self.rules.plus(since, self._orphaned_after, office)

    def escalates_at(self, cause: int, raised_at: int, office: str | None) -> int:
        """When an alert that stands becomes critical: `raised_at ⊕ escalate_after` in the zone of an office.

        Args:
            cause: Index in OFFICER_CAUSES.
            raised_at: Milliseconds.
            office: The officer's office at the moment of judging, or None.
        """
        return self.rules.plus(raised_at, self._escalate_after[cause], office)

    def capacity(self, updated: OfficerUpdate | None) -> Capacity:
        """The capacity: none on leave or departed, else as the officer_updated says, else the policy's."""
        if updated is None:
            return self._usual
        if updated.status != "active":
            return self.no_capacity
        hours = updated.capacity_hours_month
        return self._usual if hours is None else self._of_hours(hours)

    def workload_units(self, row: PartialRow) -> int:
        """The monthly workload of a row's cases (CONTRACT.md §8), in the unit of the policy's weights."""
        intensive, standard, low, annual, hearing, check_in = self._units
        levels = row.by_level
        return (
            levels[0] * intensive
            + levels[1] * standard
            + levels[2] * low
            + levels[3] * annual
            + row.hearings_30d * hearing
            + row.bookings_30d * check_in
        )

    def workload_minutes(self, row: PartialRow) -> float:
        """The same in minutes."""
        return self.workload_units(row) / self._units_a_minute

    def is_too_many(self, assigned: int, open_before: int) -> bool:
        """Whether so many cases taken in are too many for those open before."""
        share = self.per_open
        return assigned > self.least and assigned * share.denominator > share.numerator * open_before

    def most_assigned(self, open_before: int) -> int:
        """How many cases taken in are not too many for those open before."""
        return max(self.least, floor(self.per_open * open_before))

    def _capacity_of_hours(self, hours: float) -> Capacity:
        return self._capacity(_exact(hours) * 60)

    def _capacity(self, minutes: Fraction) -> Capacity:
        return Capacity(minutes, self._units_a_minute, overloaded=self._overloaded, critical=self._critical)

    def _hysteresis(self, marks: HysteresisPolicy) -> Hysteresis:
        return Hysteresis(_exact(marks.raise_), _exact(marks.clear), (marks.periods - 1) * self.period)


def _exact(number: float) -> Fraction:
    return Fraction(exact(number))
