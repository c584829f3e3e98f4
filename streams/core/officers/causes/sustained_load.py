"""Causes that hold once the utilisation was at or above a mark at several successive period ends.

The contract does not say this: a run of period ends continues under another policy while the utilisation is at or
above that policy's mark, and while its cause is disabled. The same alert can come back.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from schemas.causes import OfficerCause
from schemas.instants import AFTER_ALL_TIME
from schemas.policy import Policy
from schemas.policy_model import HysteresisPolicy
from streams.core.officers.causes.definition import Holding, LoadSnapshot, OfficerCauseDefinition
from streams.core.officers.causes.parts import is_absent, percent, standing_anchor
from streams.core.officers.state.capacity import Capacity, Marks
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.registers import Change
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules

__all__ = ["Run", "sustained_load"]


class Run(NamedTuple):
    """Successive period ends at or above a mark.

    Attributes:
        since: The first of them (ms); 0 when there is no run.
        counted_from: Where it would have begun (ms) had the load period always been what it is: as many period ends ago
            as it has lasted. 0 in a state of a program that did not keep it: then `since`.
    """

    since: int
    counted_from: int


def sustained_load(
    cause: OfficerCause,
    run_of: Callable[[OfficerState], Run],
    keep: Callable[[OfficerState, Run], None],
    marks_of: Callable[[Capacity], Marks],
    policy_of: Callable[[Policy], HysteresisPolicy],
) -> OfficerCauseDefinition:
    """The definition of such a cause.

    Args:
        cause: The cause.
        run_of: Reads its run in a state.
        keep: Writes it there.
        marks_of: Its marks for a capacity.
        policy_of: Its marks in the policy.
    """
    place = OFFICER_CAUSES.index(cause)

    def find(state: OfficerState, snapshot: LoadSnapshot, rules: OfficerRules) -> Iterator[Holding]:
        since, counted_from = run_of(state)
        marks = marks_of(snapshot.capacity)
        mark = marks.raise_at if standing_anchor(state, place) is None else marks.clear_below
        if is_absent(state) or snapshot.workload < mark:
            if since or counted_from:
                keep(state, Run(0, 0))
            return
        since = since or snapshot.at
        # under another period a run may begin at a restart, between period ends
        counted_from = counted_from or since // rules.period * rules.period
        keep(state, Run(since, counted_from))
        yield Holding(place, None, since, counted_from + marks.delay_ms, [])

    def threshold(policy: Policy) -> str:
        marks = policy_of(policy)
        ends = "one period end" if marks.periods == 1 else f"{marks.periods} period ends in a row"
        return f"load of {percent(marks.raise_)} or more at {ends}; ends below {percent(marks.clear)}"

    def can_return(state: OfficerState, anchor: int, at: int) -> bool:
        return anchor in (at, run_of(state).since)

    def no_change_range(state: OfficerState, capacity: Capacity) -> tuple[int, int]:
        if is_absent(state):
            return 0, AFTER_ALL_TIME
        marks = marks_of(capacity)
        if not run_of(state).since:
            return 0, marks.raise_at
        return marks.raise_at if standing_anchor(state, place) is None else marks.clear_below, AFTER_ALL_TIME

    def recount(state: OfficerState, judged: int, was: int, period: int) -> None:
        since, counted_from = run_of(state)
        if since:
            ends = (judged - (counted_from or since)) // was + 1
            following = (judged // period + 1) * period
            keep(state, Run(since, following - ends * period))
        else:
            keep(state, Run(0, 0))

    reads = Change.CAPACITY | Change.STATUS
    return OfficerCauseDefinition(find, threshold, reads, can_return, no_change_range, recount)
