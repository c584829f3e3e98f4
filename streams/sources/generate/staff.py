"""The officers of a docket: who has how many cases, and who leaves in the window."""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, count
from operator import attrgetter
from random import Random
from typing import Literal

from schemas import hot
from streams.sources.generate.chance import chance_of
from streams.sources.generate.offices import office_sizes, offices_of
from streams.sources.generate.options import DAY_MS, LOAD_MS, Options

__all__ = ["Officer", "Staff", "officer_events"]


_STAYING = 2  # one to take over, one to hand on to
_LEAVING_A_YEAR = 0.2
_ON_LEAVE_A_YEAR = 0.3
_UNEVENNESS = 0.1
_WITH_OWN_HOURS = 0.5
_RENEWING = 0.8  # the others let a course lapse
_SOURCE = "feed-officers"
_COURSES = (("deportation-basic", 3), ("case-management", 2))  # name, years it is valid
_YEAR_MS = 365 * DAY_MS


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer.

    Attributes:
        id: Pseudonym.
        office: Its place among the offices.
        departs_at: When the officer leaves for good, or None.
        leave: First and last instant of a leave, or None.
        hours: Hours for cases a month; None when not given.
    """

    id: str
    office: int
    departs_at: int | None
    leave: tuple[int, int] | None
    hours: int | None


class Staff:
    """All officers, and how to pick one.

    Args:
        options: The seed, the window and the number of cases decide how many there are and who leaves.
    """

    def __init__(self, options: Options) -> None:
        rng = chance_of(options.seed, "staff")
        self.of_office: list[list[Officer]] = []
        self._weights: list[list[float]] = []
        years = options.days / 365
        for index, size in enumerate(office_sizes(options)):
            leaving = min(size - _STAYING, max(1, round(size * _LEAVING_A_YEAR * years)))
            self.of_office.append(
                [_officer(options, rng, index, number, leaves=number < leaving) for number in range(size)]
            )
            self._weights.append(list(accumulate(_weight(options, rng.random()) for _ in range(size))))

    def __iter__(self) -> Iterator[Officer]:
        for officers in self.of_office:
            yield from officers

    def pick(self, office: int, chance: float, at: int, other_than: Officer | None = None) -> Officer:
        """An officer of an office who is there at an instant; there always is another one.

        Args:
            office: Its place among the offices.
            chance: A random number of 0 to 1, the same for the same pick.
            at: When the officer has to be there.
            other_than: The officer not to pick.
        """
        officers, weights = self.of_office[office], self._weights[office]
        first = bisect(weights, chance * weights[-1])
        for step in range(len(officers)):
            officer = officers[(first + step) % len(officers)]
            if officer is not other_than and (officer.departs_at is None or officer.departs_at > at):
                return officer
        raise AssertionError("every office keeps two officers who stay")

    def leaving(self, office: int, since: int, until: int) -> Sequence[Officer]:
        """Officers of an office who depart in a span."""
        return [
            officer
            for officer in self.of_office[office]
            if officer.departs_at is not None and since <= officer.departs_at <= until
        ]


def _weight(options: Options, chance: float) -> float:
    """How many cases an officer gets by another's: within a tenth of the mean, or up to the skew, by equal factors."""
    if options.skew is None:
        return 1 + _UNEVENNESS * (2 * chance - 1)
    return float(options.skew**chance)


def _officer(options: Options, rng: Random, office: int, number: int, *, leaves: bool) -> Officer:
    name = blake2b(f"{options.seed}/officer/{office}/{number}".encode(), digest_size=5).hexdigest()
    span = options.days * DAY_MS - LOAD_MS
    departs_at = options.start_ms + LOAD_MS + int((0.1 + 0.6 * rng.random()) * span) if leaves else None
    leave = None
    length = int((3 + 18 * rng.random()) * DAY_MS)
    begins = options.start_ms + LOAD_MS + int(rng.random() * span)
    if rng.random() < _ON_LEAVE_A_YEAR * options.days / 365 and departs_at is None:
        leave = (begins, begins + length)
    hours = 100 + 10 * int(rng.random() * 5) if rng.random() < _WITH_OWN_HOURS else None
    return Officer(f"{options.prefix}o-{name}", office, departs_at, leave, hours)


def officer_events(options: Options, staff: Staff) -> Iterator[tuple[Officer, list[hot.AnyEvent]]]:
    """The events of each officer: the first status, then leaves, departures and courses, in order."""
    for officer in staff:
        events = [event for event in _events_of(options, officer) if event.occurred_at <= options.end_ms]
        yield officer, sorted(events, key=attrgetter("occurred_at"))


def _events_of(options: Options, officer: Officer) -> Iterator[hot.AnyEvent]:
    rng = chance_of(options.seed, officer.id)
    numbers, offices = count(1), offices_of(options)
    stem = officer.id.removeprefix(options.prefix).removeprefix("o-")

    def updated(at: int, status: Literal["active", "leave", "departed"]) -> hot.OfficerUpdated:
        return hot.OfficerUpdated(
            v=1,
            event_id=f"{options.prefix}e-{stem}-{next(numbers)}",
            occurred_at=at,
            recorded_at=at,
            source=_SOURCE,
            officer_id=officer.id,
            office=offices[officer.office].name,
            status=status,
            capacity_hours_month=officer.hours,
        )

    def trained(at: int, course: str, years: int) -> hot.TrainingCompleted:
        return hot.TrainingCompleted(
            v=1,
            event_id=f"{options.prefix}e-{stem}-{next(numbers)}",
            occurred_at=at,
            recorded_at=at,
            source=_SOURCE,
            officer_id=officer.id,
            course=course,
            valid_until=at + years * _YEAR_MS,
        )

    yield updated(options.start_ms, "active")
    for course, years in _COURSES:
        completed = options.start_ms - int(rng.random() * years * _YEAR_MS)
        yield trained(completed, course, years)
        renewed = completed + years * _YEAR_MS - int(20 * DAY_MS * rng.random())
        if renewed > options.start_ms and rng.random() < _RENEWING:
            yield trained(renewed, course, years)
    if officer.leave is not None:
        begins, ends = officer.leave
        yield updated(begins, "leave")
        yield updated(ends, "active")
    if officer.departs_at is not None:
        yield updated(officer.departs_at, "departed")
