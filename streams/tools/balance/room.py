"""For one case: the officers of its office with the most room, and whether it may move at all."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from schemas.instants import to_text
from schemas.loads import Load
from streams.core.policy.rules import Rules
from streams.core.state.case_state import LEVELS, CaseState
from streams.core.state.last_judged import counted_of
from streams.tools.balance.docket import LONG, CaseWeights, Seat, Stay, moved_at, stay_of

__all__ = ["CaseRoom", "OfficerRoom", "case_lines", "room_for"]

_NAMED: Final = 3


class OfficerRoom(Struct, frozen=True):
    """What an officer has room for.

    Attributes:
        officer_id: The officer.
        utilisation_now, utilisation_with: Workload by capacity, without the case and with it.
        free_minutes_month: Capacity less workload, without the case; negative when there is more work than time.
        open_cases, lost_track: Those of the officer.
        intake: Cases more until `intake_too_fast` holds; None where nothing limits it.
        sentence: Why the officer is named.
    """

    officer_id: str
    utilisation_now: float
    utilisation_with: float
    free_minutes_month: float
    open_cases: int
    lost_track: int
    intake: int | None
    sentence: str


class CaseRoom(Struct, frozen=True):
    """The case and whom it could go to.

    Attributes:
        case_id: The case.
        office: Its office.
        officer_id: Who has it; None when no officer has.
        level: Its level; None in custody.
        minutes_month: What it takes.
        stays: Why `balance` would not move it; None when it may move.
        officers: At most three, most room first.
    """

    case_id: str
    office: str
    officer_id: str | None
    level: str | None
    minutes_month: float
    stays: str | None
    officers: list[OfficerRoom]


def room_for(
    case_id: str,
    state: CaseState,
    loads: Sequence[Load],
    seats: Mapping[str, Sequence[Seat]],
    rules: Rules,
    at: int,
) -> CaseRoom | None:
    """The officers at work of a case's office who have the most room for it; None when the case is not open.

    Officers whose intake would become too fast with it come last.

    Args:
        case_id: The case.
        state: Its state as of `at`.
        loads: The load of every officer as of `at`.
        seats: As `seats_of` gave them, as of `at`.
        rules: The policy.
        at: The instant (ms).
    """
    counted = counted_of(state)
    if counted is None:
        return None
    theirs = {seat.officer_id: office for office, here in seats.items() for seat in here}
    minutes = CaseWeights(rules).minutes(counted, at)
    others = [seat for seat in seats.get(counted.office, []) if seat.officer_id != counted.officer]
    others.sort(key=lambda seat: (seat.intake == 0, (seat.workload + minutes) / seat.capacity, seat.officer_id))
    by_id = {load.officer_id: load for load in loads}
    stay = stay_of(state, counted, theirs.get(counted.officer or ""), at)
    return CaseRoom(
        case_id,
        counted.office,
        counted.officer,
        LEVELS[counted.level] if counted.at_liberty else None,
        float(minutes),
        None if stay is None else _sentence(stay, state, at),
        [
            _room(seat, by_id[seat.officer_id], minutes, rank, len(others))
            for rank, seat in enumerate(others[:_NAMED], 1)
        ],
    )


def case_lines(case_room: CaseRoom) -> Iterator[str]:
    """Whom a case could go to, and why."""
    has = "no officer has it" if case_room.officer_id is None else f"{case_room.officer_id} has it"
    level = "in custody" if case_room.level is None else case_room.level
    minutes = f"{case_room.minutes_month:,.0f} minutes a month"
    yield f"Case {case_room.case_id}: {level}, at {case_room.office}, {has}, {minutes}"
    if case_room.stays is not None:
        yield f"  `balance` would not move it: {case_room.stays}"
    if not case_room.officers:
        yield f"  no other officer of {case_room.office} is at work and has capacity"
    for rank, officer in enumerate(case_room.officers, 1):
        yield f"  {rank}. {officer.officer_id}: {officer.sentence}"


def _room(seat: Seat, load: Load, minutes: Decimal, rank: int, of: int) -> OfficerRoom:
    free = seat.capacity - seat.workload
    time = f"{free:,.0f} minutes a month free" if free >= 0 else f"{-free:,.0f} minutes a month more work than time"
    loaded = (seat.workload + minutes) / seat.capacity
    sentence = (
        f"utilization would be {loaded:.2f} with it, number {rank} of {of:,} from below; "
        f"{time}, {load.open_cases:,} open cases, {load.lost_track:,} lost track{_of_intake(seat.intake)}"
    )
    return OfficerRoom(
        seat.officer_id,
        float(seat.utilisation),
        float(loaded),
        float(free),
        load.open_cases,
        load.lost_track,
        seat.intake,
        sentence,
    )


def _of_intake(left: int | None) -> str:
    if left is None:
        return ""
    return f", {left:,} more new cases before the intake is too fast" if left else ", intake would be too fast with it"


def _sentence(stay: Stay, state: CaseState, at: int) -> str:
    if stay is Stay.MOVED:
        return (
            f"{stay} (since {to_text(moved_at(state))[:10]}; it may move from {to_text(moved_at(state) + LONG)[:10]})"
        )
    if stay is Stay.APPOINTMENT:
        due = min((*state.bookings_due, *state.hearings_due), key=lambda due: abs(due - at))
        return f"{stay} ({to_text(due)[:10]})"
    return str(stay)
