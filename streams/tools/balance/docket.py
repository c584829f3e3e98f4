"""What `balance` reads of a docket: the officers at work of each office, and which of their cases may move.

Cases of one officer that weigh the same and take the same minutes are one group: the program counts them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from schemas.instants import BEFORE_ALL_TIME
from schemas.loads import Load
from streams.core.load.office_summary import is_at_work
from streams.core.policy.exact import exact
from streams.core.policy.rules import Rules
from streams.core.state.case_state import LEVELS, ON_DOCKET, CaseState
from streams.core.state.last_judged import LoadContribution, counted_of
from streams.core.state.packed_state import place_of, unpack
from streams.core.time.business_days import DAY_MS

__all__ = [
    "LONG",
    "NEAR",
    "CaseWeights",
    "Kind",
    "MovableCase",
    "OfficeDocket",
    "Seat",
    "Stay",
    "moved_at",
    "read_offices",
    "seats_of",
    "stay_of",
]

LONG: Final = 90 * DAY_MS
"""A case that changed officers or offices within this time stays (ms)."""
NEAR: Final = 14 * DAY_MS
"""A case with a hearing or a check-in within this time, before or ahead, stays (ms)."""
_MONTH: Final = 30 * DAY_MS


class Stay(StrEnum):
    """Why a case stays where it is; in the order in which the reasons are looked at."""

    NO_OFFICER = "no officer has it"
    IN_TRANSIT = "in transit"
    OFFICER_ABSENT = "its officer is absent, without capacity, or of no known office"
    OTHER_OFFICE = "its officer is of another office"
    IN_CUSTODY = "in custody"
    MOVED = "new officer or office within 90 days"
    APPOINTMENT = "hearing or check-in within 14 days"


class Seat(Struct, frozen=True):
    """An officer at work who has capacity.

    Attributes:
        officer_id: The officer.
        workload, capacity: Minutes a month, exact.
        intake: So many cases more may reach the officer before `intake_too_fast` holds; None where nothing limits it.
    """

    officer_id: str
    workload: Decimal
    capacity: Decimal
    intake: int | None = None

    @property
    def utilisation(self) -> Decimal:
        """Workload by capacity."""
        return self.workload / self.capacity


class Kind(NamedTuple):
    """What a move counts as: the level (index in LEVELS), and the minutes a month that go with the case."""

    level: int
    minutes: Decimal


class MovableCase(NamedTuple):
    """A case that may move; `since` is when its officer got it (ms)."""

    since: int
    case_id: str


class OfficeDocket(Struct):
    """The officers and cases of one office.

    Attributes:
        office: Its name.
        seats: Officers at work with capacity, by id.
        movable: Cases that may move, by the index of their officer's seat and their kind.
        staying: How many open cases of the office stay, by the first reason.
    """

    office: str
    seats: list[Seat]
    movable: dict[tuple[int, Kind], list[MovableCase]]
    staying: Counter[Stay]

    @property
    def mean(self) -> Decimal:
        """Utilisation of all its seats together, which no move inside the office changes."""
        return sum((seat.workload for seat in self.seats), Decimal(0)) / sum(seat.capacity for seat in self.seats)

    @property
    def highest(self) -> Decimal:
        """The highest utilisation of a seat."""
        return max(seat.utilisation for seat in self.seats)


class CaseWeights:
    """The minutes a month of one case (CONTRACT.md §8).

    Args:
        rules: The policy.
    """

    def __init__(self, rules: Rules) -> None:
        load = rules.policy.load
        self._levels = [exact(getattr(load.minutes_per_month, level)) for level in LEVELS]
        self._hearing, self._check_in = exact(load.hearing_minutes), exact(load.check_in_minutes)

    def minutes(self, counted: LoadContribution, at: int) -> Decimal:
        """Minutes of a case as of an instant (ms)."""
        minutes = self._hearing * sum(at <= due < at + _MONTH for due in counted.hearings)
        if counted.at_liberty:
            minutes += self._levels[counted.level]
            minutes += self._check_in * sum(at <= due < at + _MONTH for due in counted.bookings)
        return minutes


def seats_of(loads: Iterable[Load], intake_left: Callable[[Load], int | None]) -> dict[str, list[Seat]]:
    """Officers at work with capacity, by office, each office by id.

    Args:
        loads: The load of every officer.
        intake_left: How many cases more each may get; None where nothing limits it.
    """
    seats: dict[str, list[Seat]] = {}
    for load in sorted(loads, key=lambda load: load.officer_id):
        if load.office is not None and is_at_work(load) and load.capacity_minutes_month > 0:
            workload, capacity = exact(load.workload_minutes_month), exact(load.capacity_minutes_month)
            seat = Seat(load.officer_id, workload, capacity, intake_left(load))
            seats.setdefault(load.office, []).append(seat)
    return seats


def read_offices(
    cases: Iterable[tuple[str, bytes]], seats: Mapping[str, list[Seat]], rules: Rules, at: int
) -> dict[str, OfficeDocket]:
    """The offices that have an officer at work with capacity, by name.

    Args:
        cases: Packed states by case, as of `at`.
        seats: As `seats_of` gave them, as of `at`.
        rules: The policy.
        at: The instant (ms).
    """
    offices = {office: OfficeDocket(office, theirs, {}, Counter()) for office, theirs in sorted(seats.items())}
    place = {seat.officer_id: (office, index) for office, theirs in seats.items() for index, seat in enumerate(theirs)}
    weights = CaseWeights(rules)
    for case_id, state, counted in _open_cases(cases):
        office = offices.get(counted.office)
        if office is None:
            continue
        seat_at = place.get(counted.officer or "")
        stay = stay_of(state, counted, seat_at and seat_at[0], at)
        if stay is not None:
            office.staying[stay] += 1
            continue
        assert seat_at is not None  # a case without such an officer stays
        kind = Kind(counted.level, weights.minutes(counted, at))
        group = office.movable.setdefault((seat_at[1], kind), [])
        group.append(MovableCase(0 if counted.since is None else counted.since[0], case_id))
    for office in offices.values():
        for group in office.movable.values():
            group.sort(reverse=True)
    return offices


def _open_cases(cases: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, CaseState, LoadContribution]]:
    for case_id, packed in cases:
        if place_of(packed) >= ON_DOCKET:
            state = unpack(packed)
            counted = counted_of(state)
            assert counted is not None  # it is on a docket
            yield case_id, state, counted


def stay_of(state: CaseState, counted: LoadContribution, seat_office: str | None, at: int) -> Stay | None:
    """The first reason for which a case stays; None when it may move.

    Args:
        state: The case.
        counted: What it counts for.
        seat_office: The office of its officer of record, if that one is at work and has capacity.
        at: The instant (ms).
    """
    if counted.officer is None and not counted.in_transit:
        return Stay.NO_OFFICER
    if counted.in_transit:
        return Stay.IN_TRANSIT
    if seat_office is None:
        return Stay.OFFICER_ABSENT
    if seat_office != counted.office:
        return Stay.OTHER_OFFICE
    if not counted.at_liberty:
        return Stay.IN_CUSTODY
    if moved_at(state) > at - LONG:
        return Stay.MOVED
    if any(abs(due - at) <= NEAR for due in (*counted.bookings, *counted.hearings)):
        return Stay.APPOINTMENT
    return None


def moved_at(state: CaseState) -> int:
    """When a case last changed its officer or its office (ms); the first officer counts, too."""
    since = state.assignment.since
    assigned = BEFORE_ALL_TIME if since is None else since[0]
    return assigned if state.transfer is None else max(assigned, state.transfer.key[0])
