"""A case as its last judging left it: its officer of record, and what it adds to the loads (CONTRACT.md §3, §8).

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `last_judged.pxd` gives the types.
"""

from typing import Final

from streams.core.state.case_state import IN_TRANSIT, ON_DOCKET, PLACE, CaseState, Custody
from streams.core.state.fact_key import FactKey

__all__ = ["LastJudged", "LoadContribution", "counted_of", "officer_of_record"]

_NO_CUSTODY: Final = int(Custody.NONE)
_PLACE: Final = PLACE
_ON_DOCKET: Final = ON_DOCKET
_IN_TRANSIT: Final = IN_TRANSIT


def officer_of_record(state: CaseState) -> str | None:
    """The officer that the assignment of a registered case names unless it is stale, also when the case is closed."""
    assignment, transfer = state.assignment, state.transfer
    if not state.opened or assignment.value is None:
        return None
    if transfer is not None and transfer.arrived:
        last = assignment.repeated or assignment.since
        if last is not None and last < transfer.key:
            return None
    return assignment.value


class LoadContribution:
    """The counts that an open case adds to the load of its officer and of its office (CONTRACT.md §8).

    Attributes:
        officer: Its officer of record, or None.
        office: Its office.
        since: Key of the fact with which the assignment began, or None.
        at_liberty: Whether custody is none.
        level: Index in LEVELS.
        causes: Bit set of the causes of its standing alerts.
        bookings: Due dates (ms) of its unsatisfied bookings, ascending.
        hearings: Due dates (ms) of its hearings still scheduled, ascending.
        in_transit: Whether it left an office and did not arrive at the other.
    """

    __slots__ = ("at_liberty", "bookings", "causes", "hearings", "in_transit", "level", "office", "officer", "since")

    def __init__(
        self,
        officer: str | None,
        office: str,
        since: FactKey | None,
        at_liberty: bool,
        level: int,
        causes: int,
        bookings: list[int],
        hearings: list[int],
        in_transit: bool,
    ) -> None:
        self.officer, self.office, self.since = officer, office, since
        self.at_liberty, self.level, self.causes = at_liberty, level, causes
        self.bookings, self.hearings, self.in_transit = bookings, hearings, in_transit


def counted_of(state: CaseState) -> LoadContribution | None:
    """The counts that a case adds to the load of its officer and of its office, as of its last judging."""
    place = state.shared & _PLACE
    if place < _ON_DOCKET:
        return None
    assignment, custody = state.assignment, state.custody
    return LoadContribution(
        assignment.value if state.counts else None,
        state.office or "",
        assignment.since,
        custody.value == _NO_CUSTODY,
        state.level,
        state.causes if state.standing else 0,
        state.bookings_due,
        state.hearings_due,
        place == _IN_TRANSIT,
    )


class LastJudged:
    """A case from before its state is renewed: what it counted for, and how its standing alerts were published.

    Args:
        state: The case.

    Attributes:
        next_timer: When it was to be judged next (ms), 0 for never.
        deadline: The earliest deadline ahead (ms), 0 for none: `next_timer`, unless an alert becomes critical before.
    """

    __slots__ = ("counted", "deadline", "next_timer", "office", "officer", "opened", "protected")

    def __init__(self, state: CaseState) -> None:
        counted = counted_of(state)
        self.counted = counted
        self.officer = officer_of_record(state) if counted is None else counted.officer
        self.office = state.office
        self.opened, self.protected = state.opened, state.protected
        self.next_timer = self.deadline = state.next_timer
