"""The part of the policy that judges officers, compiled: marks, deadlines, weights and instants as exact numbers.

Nothing is rounded before it is compared: weights are whole numbers of a unit that all of them are multiples of, and a
mark becomes the least workload, in these units, that is at or above it.
"""

from datetime import date
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm
from typing import Final, NamedTuple

from schemas.alerts import OfficerCause
from schemas.policy import HysteresisPolicy
from streams.core.load.partials import PartialRow
from streams.core.officers.state.registers import OfficerUpdate
from streams.core.policy.exact import exact
from streams.core.policy.rules import Rules
from streams.core.state.case_state import LEVELS
from streams.core.time.business_days import DAY_MS

__all__ = ["OFFICER_CAUSES", "Hysteresis", "OfficerRules"]

OFFICER_CAUSES: Final = tuple(OfficerCause)
"""The officer causes in the order of CONTRACT.md §10; states keep the place in it."""

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_NOTHING: Final = Fraction(0)


class Hysteresis(NamedTuple):
    """Raised at or above one mark held for some period ends, ended below a lower one.

    Attributes:
        raise_at: Utilisation at or above which a period end counts.
        clear_below: Utilisation below which the alert ends.
        delay_ms: Milliseconds from the first period end that counts to the one at which the alert is raised.
    """

    raise_at: Fraction
    clear_below: Fraction
    delay_ms: int


class OfficerRules:
    """The rules of a policy for officers. Immutable once built.

    Attributes:
        rules: The policy compiled for cases.
        period: Milliseconds between period ends.
        enabled: Whether each cause of OFFICER_CAUSES is.
        overloaded, critical: Their marks.
        required_courses: Courses that every active officer must hold.
        per_open, least: How many cases may come in: a share of those open before, and what is never too many.
        review_passed_at: The instant (ms) after the end of review_by, UTC.
    """

    def __init__(self, rules: Rules) -> None:
        policy = rules.policy
        officers, load = policy.officers, policy.load
        self.rules = rules
        self.period = rules.period
        self.enabled: tuple[bool, ...] = tuple(officers.causes[cause].enabled for cause in OFFICER_CAUSES)
        self.overloaded = self._hysteresis(officers.overloaded)
        self.critical = self._hysteresis(officers.critical)
        self.required_courses: tuple[str, ...] = tuple(sorted(set(officers.required_courses)))
        self.per_open = _exact(officers.intake.per_open)
        self.least = officers.intake.least
        self.review_passed_at = (policy.review_by.toordinal() - _EPOCH_ORDINAL + 1) * DAY_MS
        self._escalate_after = tuple(officers.causes[cause].escalate_after for cause in OFFICER_CAUSES)
        self._orphaned_after = officers.orphaned_after
        self._capacity = _minutes(load.capacity_hours_month)
        weights = [_exact(getattr(load.minutes_per_month, level)) for level in LEVELS]
        weights += [_exact(load.hearing_minutes), _exact(load.check_in_minutes)]
        self._units_a_minute = lcm(*(weight.denominator for weight in weights))
        self._units: tuple[int, ...] = tuple(int(weight * self._units_a_minute) for weight in weights)

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

    def capacity(self, updated: OfficerUpdate | None) -> Fraction:
        """Minutes a month for cases: none on leave or departed, else as the officer_updated says, else the policy's."""
        if updated is None:
            return self._capacity
        if updated.status != "active":
            return _NOTHING
        hours = updated.capacity_hours_month
        return self._capacity if hours is None else _minutes(hours)

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

    def utilisation(self, units: int, capacity: Fraction) -> float | None:
        """Workload by capacity, the float nearest to it; None without capacity.

        Args:
            units: The workload.
            capacity: Minutes a month.
        """
        if not capacity:
            return None
        return units * capacity.denominator / (capacity.numerator * self._units_a_minute)

    def bound(self, mark: Fraction, capacity: Fraction) -> int:
        """The least workload, in units, whose utilisation is at or above a mark.

        Without capacity any workload is above every mark, and none is below.
        """
        if not capacity:
            return 1
        # in whole numbers: a product of fractions looks for common divisors, for microseconds a judging
        units = mark.numerator * capacity.numerator * self._units_a_minute
        return -(-units // (mark.denominator * capacity.denominator))

    def is_too_many(self, assigned: int, open_before: int) -> bool:
        """Whether so many cases taken in are too many for those open before."""
        share = self.per_open
        return assigned > self.least and assigned * share.denominator > share.numerator * open_before

    def most_assigned(self, open_before: int) -> int:
        """How many cases taken in are not too many for those open before."""
        return max(self.least, floor(self.per_open * open_before))

    def _hysteresis(self, marks: HysteresisPolicy) -> Hysteresis:
        return Hysteresis(_exact(marks.raise_), _exact(marks.clear), (marks.periods - 1) * self.period)


def _exact(number: float) -> Fraction:
    return Fraction(exact(number))


@lru_cache(maxsize=4096)
def _minutes(hours: float) -> Fraction:
    return _exact(hours) * 60
