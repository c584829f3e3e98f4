"""A plan: which cases go to whom, as officer_assigned events, and what each officer has after them."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from msgspec import Struct

from schemas import hot
from streams.tools.balance.curve import CurvePoint, point_of
from streams.tools.balance.docket import OfficeDocket
from streams.tools.balance.program import Flow, OfficeProgram, utilisations

__all__ = ["CaseMove", "OfficePlan", "PlannedOfficer", "plan_of"]

_SOURCE: Final = "balance"
_ID_DIGITS: Final = 32


class CaseMove(NamedTuple):
    """A case goes from one officer to another of the same office."""

    case_id: str
    source: str
    target: str
    office: str

    def event(self, at: int) -> hot.OfficerAssigned:
        """The move as an event that occurs, and is known, at an instant (ms)."""
        digest = sha256(f"{self.case_id}|{self.source}|{self.target}|{at}".encode()).hexdigest()[:_ID_DIGITS]
        return hot.OfficerAssigned(
            v=1,
            event_id=f"{_SOURCE}-{digest}",
            occurred_at=at,
            recorded_at=at,
            source=_SOURCE,
            case_id=self.case_id,
            officer_id=self.target,
            office=self.office,
        )


class PlannedOfficer(Struct, frozen=True):
    """An officer whom the plan gives or takes cases.

    Attributes:
        officer_id: The officer.
        utilisation_now, utilisation_planned: Workload by capacity, before and after.
        gives, takes: Cases.
    """

    officer_id: str
    utilisation_now: float
    utilisation_planned: float
    gives: int
    takes: int


class OfficePlan(Struct, frozen=True):
    """The moves of one office.

    Attributes:
        point: What they reach.
        moves: Every case that moves, by case id.
        officers: Whom they concern, the greatest change of utilisation first.
    """

    point: CurvePoint
    moves: list[CaseMove]
    officers: list[PlannedOfficer]


def plan_of(program: OfficeProgram, flow: Flow) -> OfficePlan:
    """The plan that counts of moves make.

    Of equal cases those move that their officer has had for the shortest time.
    """
    docket = program.docket
    moves = sorted(_moves(docket, flow))
    return OfficePlan(point_of(program, flow), moves, _changes(docket, flow))


def _moves(docket: OfficeDocket, flow: Flow) -> Iterator[CaseMove]:
    seats = docket.seats
    for column, kind in enumerate(flow.kinds):
        leaving = [
            (seats[place].officer_id, case.case_id)
            for place, row in enumerate(flow.leaving)
            if row[column]
            for case in docket.movable[place, kind][: row[column]]
        ]
        targets = [seats[place].officer_id for place, row in enumerate(flow.arriving) for _ in range(row[column])]
        for (source, case_id), target in zip(leaving, targets, strict=True):
            yield CaseMove(case_id, source, target, docket.office)


def _changes(docket: OfficeDocket, flow: Flow) -> list[PlannedOfficer]:
    changes = [
        PlannedOfficer(seat.officer_id, float(seat.utilisation), float(planned), sum(gone), sum(come))
        for seat, planned, gone, come in zip(
            docket.seats, utilisations(docket, flow), flow.leaving, flow.arriving, strict=True
        )
        if sum(gone) or sum(come)
    ]
    return sorted(changes, key=lambda each: (-abs(each.utilisation_planned - each.utilisation_now), each.officer_id))
