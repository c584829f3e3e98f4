"""Follows the cases of a log week by week: where each stands when a week ends, and what took place in it.

Two kinds of appointment are followed alike: check-ins, of cases at liberty, and hearings, of all open cases. An
appointment counts in the week in which it became known.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct, field

from schemas import hot
from streams.core.partition import CasePartition
from streams.core.state.case_state import LEVELS, ON_DOCKET, Custody
from streams.core.state.packed_state import head_of, place_of
from streams.core.time.business_days import DAY_MS
from streams.tools.forecast.states import LEFT, WEEK_MS, state_of
from streams.tools.forecast.transitions import Transitions

__all__ = ["WEEK_DAYS", "CaseGroup", "CaseWeeks", "GroupWeek", "Week"]

WEEK_DAYS: Final = 7
_MONTH: Final = 30 * DAY_MS
_LOADED_AGO: Final = 60 * DAY_MS
"""An event that became known so long after it occurred is of a loaded history: it tells nothing of this week."""


class CaseGroup(NamedTuple):
    """The cases of one officer in one office; of an officer None, those that have none."""

    office: str
    officer: str | None


class GroupWeek(Struct):
    """What one group has when a week ends, and what took place in the week.

    Attributes:
        levels: Open cases at liberty, by level.
        states: Of check-ins, and of hearings: cases by state.
        booked: Of check-ins, and of hearings: appointments that stand, by the weeks until they are due.
        booked_30d: Check-ins, and hearings, that are booked within 30 days.
        took_place: Check-ins, and hearings, of the week.
        entered: Cases at liberty, and open cases, that entered in the week.
    """

    levels: list[int] = field(default_factory=lambda: [0] * len(LEVELS))
    states: tuple[Counter[int], Counter[int]] = field(default_factory=lambda: (Counter(), Counter()))
    booked: tuple[Counter[int], Counter[int]] = field(default_factory=lambda: (Counter(), Counter()))
    booked_30d: list[int] = field(default_factory=lambda: [0, 0])
    took_place: list[int] = field(default_factory=lambda: [0, 0])
    entered: list[int] = field(default_factory=lambda: [0, 0])


Place = tuple[int, CaseGroup]
"""(state, group) of a case."""


class Week(Struct, frozen=True):
    """One week.

    Attributes:
        ends: Its last instant (ms).
        groups: What each group has then, and had in it.
        days: By office: of check-ins, and of hearings: how many took place on each day of the week.
        transitions: Of check-ins, and of hearings; None of the first week, whose beginning was not seen.
    """

    ends: int
    groups: dict[CaseGroup, GroupWeek]
    days: dict[str, tuple[list[int], list[int]]]
    transitions: tuple[Transitions, Transitions] | None


class _Kind(Struct):
    """One kind of appointment.

    Attributes:
        places: By case: its state and its group when the last week ended.
        last: By case: when its last appointment took place (ms), or when it was opened.
        took_place: By case: when those took place (ms) that became known since the last week ended.
    """

    places: dict[str, Place] = {}
    last: dict[str, int] = {}
    took_place: dict[str, list[int]] = {}

    def note(self, event: hot.CaseEvent, *, is_new: bool) -> None:
        """Take an appointment that took place; it counts for the week when it is no loaded history."""
        if is_new:
            self.took_place.setdefault(event.case_id, []).append(event.occurred_at)
        self.last[event.case_id] = max(event.occurred_at, self.last.get(event.case_id, event.occurred_at))


class CaseWeeks:
    """What is known of the weeks, from the events of a log in its order.

    Args:
        horizon: How many weeks ahead booked appointments are counted.
    """

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self._kinds = (_Kind(), _Kind())
        self._began: set[str] = set()
        self._seen: set[tuple[str, str]] = set()
        self._has_begun = False

    def note(self, events: Iterable[hot.Event]) -> None:
        """Take the events of a stretch; those of a week before `end_week` is called for its end."""
        check_ins, hearings = self._kinds
        for event in events:
            if isinstance(event, hot.CheckInCompleted):
                check_ins.note(event, is_new=self._is_new(event))
            elif isinstance(event, hot.HearingHeld | hot.HearingMissed):
                hearings.note(event, is_new=self._is_new(event))
            elif isinstance(event, hot.CaseOpened | hot.CaseReopened | hot.CustodyChanged) and self._is_new(event):
                self._began.add(event.case_id)
                for kind in self._kinds:
                    kind.last.setdefault(event.case_id, event.occurred_at)

    def _is_new(self, event: hot.CaseEvent) -> bool:
        if event.recorded_at - event.occurred_at > _LOADED_AGO:
            return False
        name = (event.case_id, event.event_id)
        is_new = name not in self._seen
        self._seen.add(name)
        return is_new

    @property
    def began(self) -> int:
        """Cases that were opened, reopened or released since the last week ended."""
        return len(self._began)

    def skip_week(self) -> None:
        """End a week in which the cases are not followed."""
        for kind in self._kinds:
            kind.took_place.clear()
        self._began.clear()
        self._seen.clear()

    def end_week(self, cases: CasePartition, at: int) -> Week:
        """End a week at an instant (ms) up to which every event was noted and applied."""
        transitions = (Transitions(), Transitions())
        week = Week(at, {}, {}, transitions if self._has_begun else None)
        held = self._states_of(cases, at, week.groups)
        for number, kind in enumerate(self._kinds):
            self._follow(number, cases, held[number], transitions[number], week)
            kind.places = held[number]
        self.skip_week()
        self._has_begun = True
        return week

    def _states_of(
        self, cases: CasePartition, at: int, groups: dict[CaseGroup, GroupWeek]
    ) -> tuple[dict[str, Place], dict[str, Place]]:
        """By case, for both kinds: its state and its group; and the counts of the groups."""
        check_ins, hearings = self._kinds
        free: dict[str, Place] = {}
        all_open: dict[str, Place] = {}
        for case_id, packed in cases.records():
            if place_of(packed) < ON_DOCKET:
                continue
            head = head_of(packed)
            group = CaseGroup(head.office or "", head.assignment.value if head.counts else None)
            sums = _of(groups, group)
            state = state_of(0, head.hearings_due, at, hearings.last.get(case_id))
            all_open[case_id] = state, group
            sums.states[1][state] += 1
            self._count_booked(sums, 1, head.hearings_due, at)
            if head.custody.value == Custody.NONE:
                state = state_of(head.level, head.bookings_due, at, check_ins.last.get(case_id))
                free[case_id] = state, group
                sums.levels[head.level] += 1
                sums.states[0][state] += 1
                self._count_booked(sums, 0, head.bookings_due, at)
        return free, all_open

    def _count_booked(self, sums: GroupWeek, number: int, dues: Sequence[int], at: int) -> None:
        for due in dues:
            ahead = due - at
            if 0 <= ahead < _MONTH:
                sums.booked_30d[number] += 1
            if 0 <= ahead < self._horizon * WEEK_MS:
                sums.booked[number][ahead // WEEK_MS] += 1

    def _follow(
        self, number: int, cases: CasePartition, held: Mapping[str, Place], transitions: Transitions, week: Week
    ) -> None:
        places, took_place = self._kinds[number].places, self._kinds[number].took_place
        for case_id, (before, _) in places.items():
            now = held.get(case_id)
            transitions.count(before, LEFT if now is None else now[0], len(took_place.get(case_id, ())))
        for case_id in self._began:
            now = held.get(case_id)
            if case_id not in places and (now is not None or case_id in took_place):
                transitions.count_entry(LEFT if now is None else now[0], len(took_place.get(case_id, ())))
                _of(week.groups, _group_of(case_id, now, None, cases)).entered[number] += 1
        for case_id, instants in took_place.items():
            group = _group_of(case_id, held.get(case_id), places.get(case_id), cases)
            _of(week.groups, group).took_place[number] += len(instants)
            days = week.days.setdefault(group.office, ([0] * WEEK_DAYS, [0] * WEEK_DAYS))[number]
            for instant in instants:
                days[(instant - week.ends) // DAY_MS % WEEK_DAYS] += 1


def _group_of(case_id: str, now: Place | None, before: Place | None, cases: CasePartition) -> CaseGroup:
    place = now or before
    return CaseGroup(cases.state(case_id).office or "", None) if place is None else place[1]


def _of(groups: dict[CaseGroup, GroupWeek], group: CaseGroup) -> GroupWeek:
    found = groups.get(group)
    if found is None:
        found = groups[group] = GroupWeek()
    return found
