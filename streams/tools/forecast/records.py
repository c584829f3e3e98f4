"""A forecast as records, ready for JSON: offices and officers, week by week, booked and expected apart."""

from msgspec import Struct

__all__ = ["Appointments", "CollisionCounts", "Forecast", "Range", "ScopeForecast", "Term", "ThirtyDays", "WeekAhead"]


class Range(Struct, frozen=True):
    """An expected number and the interval that holds 80 % of what comes."""

    expected: float
    low: float
    high: float


class Appointments(Struct, frozen=True):
    """Check-ins or hearings of a week.

    Attributes:
        booked: Due in it, as booked now.
        kept: Those of them that are expected to take place as booked.
        rebooked: Expected of cases that are there now, on dates that are not booked yet.
        entering: Expected of cases that are not there yet.
        expected: The three together.
        low, high: The interval that holds 80 % of what comes.
    """

    booked: int
    kept: float
    rebooked: float
    entering: float
    expected: float
    low: float
    high: float


class CollisionCounts(Struct, frozen=True):
    """Booked appointments that cannot take place as booked, by why."""

    officer_away: int
    holiday: int
    two_places: int


class WeekAhead(Struct, frozen=True):
    """One week ahead.

    Attributes:
        week: 1, 2, ...
        begins, ends: As text; it ends before the instant `ends`.
        check_ins, hearings: That take place in it.
        open_cases: At liberty when it ends.
        workload_minutes: The work of the week by the policy's weights: of cases, check-ins and hearings.
        workload_minutes_booked: The same of the cases there are now and of what is booked.
        capacity_minutes: What those who are at work now have in a week.
        utilisation: Expected work by capacity; None without capacity.
        collisions: Of what is booked.
    """

    week: int
    begins: str
    ends: str
    check_ins: Appointments
    hearings: Appointments
    open_cases: Range
    workload_minutes: Range
    workload_minutes_booked: float
    capacity_minutes: float
    utilisation: float | None
    collisions: CollisionCounts


class Term(Struct, frozen=True):
    """A term of the workload of 30 days: how many, booked and expected."""

    booked: int
    expected: float | None


class ThirtyDays(Struct, frozen=True):
    """What the present workload counts of the next 30 days; it counts what is booked.

    Attributes:
        check_ins, hearings: Booked, and expected; None where fewer than five weeks are foreseen.
        workload_minutes_booked: The workload of a month as in the office and officer records.
        workload_minutes_expected: The same with what is expected.
    """

    check_ins: Term
    hearings: Term
    workload_minutes_booked: float
    workload_minutes_expected: float | None


class ScopeForecast(Struct, frozen=True):
    """The weeks ahead of an office or an officer.

    Attributes:
        office: The office; `*` is all together; None of an officer whose office is not known.
        officer_id: The officer; None of an office.
        status: Of the officer.
        thirty_days: The present workload's terms.
        weeks: In order.
    """

    office: str | None
    officer_id: str | None
    status: str | None
    thirty_days: ThirtyDays
    weeks: list[WeekAhead]


class Forecast(Struct, frozen=True):
    """The whole forecast.

    Attributes:
        as_of: The instant, as text.
        policy, policy_hash: The weights that it is of.
        history_weeks: Of how many weeks of the log the rates are.
        check_ins_seen, hearings_seen: How many took place in these weeks; what is not booked follows from them.
        last_recorded_at: When the last event up to the instant was recorded, as text.
        interval_errors: How many earlier errors each interval rests on, the fewest of all; 0 when there are too few and
            counts are taken to vary by chance alone.
        offices: All together (`*`) first, then by name.
        officers: By id.
    """

    as_of: str
    policy: str
    policy_hash: str
    history_weeks: int
    check_ins_seen: int
    hearings_seen: int
    last_recorded_at: str
    interval_errors: int
    offices: list[ScopeForecast]
    officers: list[ScopeForecast]
