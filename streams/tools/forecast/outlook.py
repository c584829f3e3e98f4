"""What is ahead of an office, of an officer or of all, in numbers a week, as of one instant."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from schemas.office_loads import ALL_OFFICES
from streams.core.policy.exact import exact
from streams.core.policy.rules import Rules
from streams.core.state.case_state import LEVELS
from streams.tools.forecast.case_weeks import CaseGroup, GroupWeek
from streams.tools.forecast.transitions import Responses

__all__ = [
    "ALL",
    "KINDS",
    "MEASURES",
    "Actual",
    "Outlook",
    "Scope",
    "Weights",
    "actuals_of",
    "outlooks_of",
    "scopes_of",
]

MEASURES: Final = ("check_ins", "hearings", "open_cases", "workload_minutes")
"""What is foreseen: appointments that take place in a week; open cases at liberty when it ends; the minutes of work, by
the policy's weights, of the cases (the mean of its beginning and its end) and of the appointments."""

_MONTH_WEEKS: Final = 30 / 7
"""The weights of the policy are a month of 30 days."""


class Weights(NamedTuple):
    """The policy's minutes.

    Attributes:
        levels: Of a case and month, by level.
        appointments: Of a check-in, and of a hearing.
    """

    levels: tuple[float, ...]
    appointments: tuple[float, float]

    @classmethod
    def of(cls, rules: Rules) -> "Weights":
        """Those of a policy."""
        load = rules.policy.load
        levels = tuple(float(exact(getattr(load.minutes_per_month, level))) for level in LEVELS)
        return cls(levels, (float(exact(load.check_in_minutes)), float(exact(load.hearing_minutes))))

    def of_cases(self, counts: Sequence[int]) -> float:
        """Minutes a week of cases, by level."""
        return sum(count * each for count, each in zip(counts, self.levels, strict=True)) / _MONTH_WEEKS

    def of_appointments(self, check_ins: float, hearings: float) -> float:
        """Minutes of appointments."""
        return check_ins * self.appointments[0] + hearings * self.appointments[1]


KINDS: Final = ("all", "office", "officer")


class Scope(NamedTuple):
    """Whom numbers are about; `kind` is one of `KINDS`."""

    kind: str
    name: str


ALL: Final = Scope("all", ALL_OFFICES)


class Outlook(Struct):
    """The weeks ahead of one scope; every array has a number a week.

    Attributes:
        case_minutes: Minutes a week of the cases as they are now.
        booked: Check-ins, and hearings, that are booked.
        kept: Those of them that are expected to take place as booked.
        entering: Check-ins, and hearings, expected of cases that are not there yet.
        expected: By measure: all that is expected.
    """

    case_minutes: float
    booked: "tuple[array[float], array[float]]"
    kept: "tuple[array[float], array[float]]"
    entering: "tuple[array[float], array[float]]"
    expected: "tuple[array[float], array[float], array[float], array[float]]"

    @classmethod
    def empty(cls, weeks: int) -> "Outlook":
        """Nothing is ahead."""

        def zeros() -> "array[float]":
            return array("d", bytes(8 * weeks))

        return cls(
            0.0, (zeros(), zeros()), (zeros(), zeros()), (zeros(), zeros()), (zeros(), zeros(), zeros(), zeros())
        )


class Actual(NamedTuple):
    """What a week brought to one scope, by measure."""

    check_ins: float
    hearings: float
    open_cases: float
    workload_minutes: float


def scopes_of(group: CaseGroup) -> tuple[Scope, ...]:
    """Whom the numbers of a group count for."""
    office = (ALL, Scope("office", group.office))
    return office if group.officer is None else (*office, Scope("officer", group.officer))


def actuals_of(
    before: Mapping[CaseGroup, GroupWeek], groups: Mapping[CaseGroup, GroupWeek], weights: Weights
) -> dict[Scope, Actual]:
    """What a week brought, by scope.

    Args:
        before: Of the week before; of the first one its own.
        groups: Of the week.
        weights: The policy's.
    """
    found: dict[Scope, list[float]] = {}
    nothing = GroupWeek()
    for group in groups.keys() | before.keys():
        week, last = groups.get(group, nothing), before.get(group, nothing)
        minutes = (weights.of_cases(last.levels) + weights.of_cases(week.levels)) / 2
        minutes += weights.of_appointments(*week.took_place)
        values = (*week.took_place, sum(week.levels), minutes)
        for scope in scopes_of(group):
            held = found.setdefault(scope, [0.0] * len(MEASURES))
            for place, value in enumerate(values):
                held[place] += value
    return {scope: Actual(*values) for scope, values in found.items()}


def outlooks_of(
    groups: Mapping[CaseGroup, GroupWeek],
    responses: tuple[Responses, Responses],
    entries: tuple[Mapping[CaseGroup, Sequence[float]], Mapping[CaseGroup, Sequence[float]]],
    volumes: Mapping[str, Sequence[Sequence[float]]],
    weights: Weights,
    weeks: int,
) -> dict[Scope, Outlook]:
    """What is ahead, by scope.

    Args:
        groups: As of the instant.
        responses: Of check-ins, and of hearings.
        entries: Of check-ins, and of hearings: by group, the cases that are expected to enter, a number a week.
        volumes: By office: of check-ins, and of hearings: how full each week is beside a usual one.
        weights: The policy's.
        weeks: How many.
    """
    found: dict[Scope, Outlook] = {}
    for group in groups.keys() | entries[0].keys() | entries[1].keys():
        now = groups.get(group) or GroupWeek()
        outlook = _outlook_of(now, responses, [each.get(group) for each in entries], volumes[group.office], weeks)
        _add_workload(outlook, now, weights)
        for scope in scopes_of(group):
            whole = found.get(scope)
            if whole is None:
                whole = found[scope] = Outlook.empty(weeks)
            _add(whole, outlook)
    return found


def _outlook_of(
    now: GroupWeek,
    responses: tuple[Responses, Responses],
    entries: Sequence[Sequence[float] | None],
    volumes: Sequence[Sequence[float]],
    weeks: int,
) -> Outlook:
    found = Outlook.empty(weeks)
    for kind, (response, states) in enumerate(zip(responses, now.states, strict=True)):
        rates = entries[kind]
        entering = [0.0] * weeks if rates is None else _convolved(rates, response.entering[0], weeks)
        for week, volume in enumerate(volumes[kind]):
            kept = _sum(states.items(), response.kept[week])
            rebooked = _sum(states.items(), response.expected[week]) - kept
            found.booked[kind][week] = now.booked[kind][week]
            found.kept[kind][week] = kept
            found.entering[kind][week] = entering[week] * volume
            found.expected[kind][week] = kept + (rebooked + entering[week]) * volume
    check_ins, states, rates = responses[0], now.states[0], entries[0]
    for place, ahead in ((2, check_ins.present), (3, check_ins.minutes)):
        for week in range(weeks):
            found.expected[place][week] = _sum(states.items(), ahead[week])
        if rates is not None:
            _add_to(found.expected[place], _convolved(rates, check_ins.entering[place - 1], weeks))
    return found


def _add_workload(outlook: Outlook, now: GroupWeek, weights: Weights) -> None:
    """Make of minutes a month at the ends of weeks what the weeks come to, with their appointments."""
    outlook.case_minutes = before = weights.of_cases(now.levels)
    check_ins, hearings, _, workload = outlook.expected
    for week, a_month in enumerate(workload):
        after = a_month / _MONTH_WEEKS
        workload[week] = (before + after) / 2 + weights.of_appointments(check_ins[week], hearings[week])
        before = after


def _sum(states: Iterable[tuple[int, int]], worth: Sequence[float]) -> float:
    return sum(count * worth[state] for state, count in states)


def _convolved(rates: Sequence[float], of_one: Sequence[float], weeks: int) -> list[float]:
    return [sum(rates[began] * of_one[week - began] for began in range(week + 1)) for week in range(weeks)]


def _add_to(whole: "array[float]", part: Sequence[float]) -> None:
    for week, value in enumerate(part):
        whole[week] += value


def _add(whole: Outlook, part: Outlook) -> None:
    whole.case_minutes += part.case_minutes
    for mine, theirs in (
        (whole.booked, part.booked), (whole.kept, part.kept), (whole.entering, part.entering),
        (whole.expected, part.expected),
    ):  # fmt: skip
        for held, added in zip(mine, theirs, strict=True):
            _add_to(held, added)
