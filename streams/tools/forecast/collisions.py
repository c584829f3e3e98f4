"""Booked appointments that cannot take place: the officer is away, the office is closed, or two fall together."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from operator import attrgetter
from typing import Final, Literal

from msgspec import Struct

from schemas.instants import to_text
from streams.core.load.office_rows import ABSENT
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.case_state import ON_DOCKET, CaseHead, Custody
from streams.core.state.packed_state import head_of, place_of
from streams.tools.forecast.case_weeks import CaseGroup
from streams.tools.forecast.outlook import Scope, scopes_of
from streams.tools.forecast.states import WEEK_MS

__all__ = ["Collision", "CollisionKind", "Collisions", "collisions_of"]

_MINUTE: Final = 60_000
What = Literal["check_in", "hearing"]


class CollisionKind(StrEnum):
    """Why an appointment cannot take place as booked."""

    OFFICER_AWAY = "officer_away"
    HOLIDAY = "holiday"
    TWO_PLACES = "two_places"


class Collision(Struct, frozen=True):
    """One appointment that collides.

    Attributes:
        kind: Why.
        case_id, office, officer_id: Whose it is.
        what: A check-in or a hearing.
        due_at: When it is due (ms).
        other_due_at: When the other appointment of the person is due (ms); None unless two fall together.
    """

    kind: CollisionKind
    case_id: str
    office: str
    officer_id: str | None
    what: What
    due_at: int
    other_due_at: int | None = None

    @property
    def record(self) -> dict[str, str | None]:
        """It as members of a JSON object."""
        other = self.other_due_at
        return {
            "kind": self.kind.value,
            "case_id": self.case_id,
            "office": self.office,
            "officer_id": self.officer_id,
            "what": self.what,
            "due_at": to_text(self.due_at),
            "other_due_at": None if other is None else to_text(other),
        }


class Collisions(dict[Scope, list[Counter[CollisionKind]]]):
    """How many collide, by scope and week.

    Args:
        found: The collisions.
        at: The instant (ms) from which weeks are counted.
        weeks: How many.
    """

    def __init__(self, found: Iterable[Collision], at: int, weeks: int) -> None:
        super().__init__()
        for each in found:
            week = (each.due_at - at) // WEEK_MS
            for scope in scopes_of(CaseGroup(each.office, each.officer_id)):
                self.setdefault(scope, [Counter() for _ in range(weeks)])[week][each.kind] += 1

    def of(self, scope: Scope, week: int) -> Counter[CollisionKind]:
        """Those of one scope and week."""
        counts = self.get(scope)
        return Counter() if counts is None else counts[week]


def collisions_of(
    cases: CasePartition, rules: Rules, statuses: Mapping[str, str | None], at: int, weeks: int
) -> list[Collision]:
    """Every booked appointment of some weeks that collides, by the instant and the case.

    An officer is away who is on leave or departed now. The office is closed on the holidays of its policy. A person is
    in two places when an appointment begins before another one of the same case ends, by the minutes of the policy.

    Args:
        cases: As of the instant.
        rules: The policy.
        statuses: Of officers.
        at: The instant (ms).
        weeks: How many.
    """
    away = {officer for officer, status in statuses.items() if status in ABSENT}
    lengths: Mapping[What, int] = {
        "check_in": round(rules.policy.load.check_in_minutes * _MINUTE),
        "hearing": round(rules.policy.load.hearing_minutes * _MINUTE),
    }
    found = [
        collision
        for case_id, packed in cases.records()
        if place_of(packed) >= ON_DOCKET
        for collision in _of_case(case_id, head_of(packed), rules, away, lengths, at, at + weeks * WEEK_MS)
    ]
    return sorted(found, key=attrgetter("due_at", "case_id", "kind"))


def _of_case(
    case_id: str,
    head: CaseHead,
    rules: Rules,
    away: set[str],
    lengths: Mapping[What, int],
    begin: int,
    end: int,
) -> Iterator[Collision]:
    is_free = head.custody.value == Custody.NONE
    booked: list[tuple[int, What]] = [(due, "check_in") for due in head.bookings_due if is_free]
    booked += [(due, "hearing") for due in head.hearings_due]
    booked = sorted(each for each in booked if begin <= each[0] < end)
    office, officer = head.office or "", head.assignment.value if head.counts else None
    busy_until, last_due = begin, begin
    for due, what in booked:
        if officer in away:
            yield Collision(CollisionKind.OFFICER_AWAY, case_id, office, officer, what, due)
        if rules.is_holiday(due, office):
            yield Collision(CollisionKind.HOLIDAY, case_id, office, officer, what, due)
        if due < busy_until:
            yield Collision(CollisionKind.TWO_PLACES, case_id, office, officer, what, due, last_due)
        if due + lengths[what] >= busy_until:
            busy_until, last_due = due + lengths[what], due
