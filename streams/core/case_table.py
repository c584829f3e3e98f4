"""The cases of one partition, packed, and how they change from instant to instant (CONTRACT.md §3 to §5).

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `case_table.pxd` gives the types.
"""

from collections.abc import Sequence
from functools import partial
from operator import attrgetter
from typing import Final

from schemas import hot
from schemas.instants import BEFORE_ALL_TIME
from streams.core.alerting.case_evaluation import AppliedFact, CaseEvaluation
from streams.core.alerting.case_view import OpenCaseView, view_of
from streams.core.alerting.evidence import CauseEvidence
from streams.core.alerting.reasons import Reason
from streams.core.applying import apply_in_order
from streams.core.effects import Effects
from streams.core.in_place.applying import in_place
from streams.core.load.arrivals import arrivals_of
from streams.core.load.load_periods import LoadPeriods
from streams.core.load.partition_counts import PartitionCounts
from streams.core.policy.rules import Rules
from streams.core.state.archive import archive
from streams.core.state.case_state import CLOSED, IN_TRANSIT, ON_DOCKET, CaseState
from streams.core.state.case_states import CaseStates
from streams.core.state.last_judged import LastJudged, counted_of, officer_of_record
from streams.core.state.registers import APPLIERS
from streams.core.time.business_days import DAY_MS
from streams.core.time.deadlines import Deadlines

__all__ = ["CaseTable"]

_KEPT: Final = 1_024
"""After how many cases the ones touched before them are packed: an unpacked state takes 3.7 KB."""

_KEPT_ALONE: Final = 25_000
"""The same of a table that keeps no changelog: a process has one of them, and a what-if two."""

_MONTH: Final = 30 * DAY_MS
_TIMER_FIRED: Final = Reason.TIMER_FIRED  # CPython 3.11 looks up a member of an enumeration in Python
_UNCHANGED: Final = Reason.UNCHANGED
_recorded_at: Final = attrgetter("recorded_at")


class CaseTable:
    """State, deadlines and load of the cases of one partition.

    Args:
        rules: The policy.
        number: The partition number, carried in the partials.
        cases: Packed states by case id; they become its own, and `cases` is what keeps them.
        keeps_changelog: Whether it remembers which cases changed.

    Attributes:
        cases: The states.
        causes: The causes of the policy.
        watermark: Everything recorded up to this instant (ms) is applied and judged.
        unregistered: Cases seen for which no case_opened was applied.
        deadlines_behind: Earliest deadlines (ms, 0 for none) of cases whose escalation comes first.
        dirty: Cases that changed since their changelog records were written.
        counts: What the cases count.
        periods: The load periods.
        deadlines: The timers.
        effects: What follows from the present step.
    """

    __slots__ = (
        "_conditions",
        "_in_place",
        "_keeps_changelog",
        "cases",
        "causes",
        "counts",
        "deadlines",
        "deadlines_behind",
        "dirty",
        "effects",
        "periods",
        "rules",
        "unregistered",
        "watermark",
    )

    def __init__(self, rules: Rules, number: int, cases: dict[str, bytes], *, keeps_changelog: bool) -> None:
        self.rules = rules
        states = self.cases = CaseStates(cases, _KEPT if keeps_changelog else _KEPT_ALONE)
        self.causes = CauseEvidence(rules)
        self._conditions = self.causes.conditions
        self.watermark = BEFORE_ALL_TIME
        self.unregistered = 0
        self.deadlines_behind: dict[str, int] = {}
        self.dirty: set[str] = set()
        self._keeps_changelog = keeps_changelog
        # these know the cases and not the table: in a circle, gigabytes would outlive it until a full collection
        self.deadlines = Deadlines(states.next_timer_of)
        self.counts = PartitionCounts(partial(arrivals_of, states))
        self.periods = LoadPeriods(number, rules.period, self.counts)
        self.effects = Effects()
        self._in_place = in_place(rules, states, self.counts, self.deadlines)

    def advance(self, events: Sequence[hot.CaseEvent], watermark: int, effects: Effects) -> None:
        """Apply events and let the clock pass; see `streams.core.partition.CasePartition.advance`.

        Args:
            events: In any order.
            watermark: Everything recorded up to it (ms) is in `events` or was in an earlier call.
            effects: Takes what follows from it.
        """
        self.effects = effects
        periods, deadlines = self.periods, self.deadlines
        known = _in_order(events)
        start, count = 0, len(known)
        while start < count and known[start].recorded_at <= self.watermark:
            start += 1
        if count:
            effects.reasons[Reason.APPLIED] += count
            if periods.first is None:
                periods.begin(known[0].recorded_at, self.watermark)
        first_end = periods.next_end
        if start:
            effects.reasons[Reason.LATE] += start
            self._judge_instant(self.watermark, known[:start])
        while start < count:
            event = known[start]
            at = event.recorded_at
            end = start + 1
            while end < count and known[end].recorded_at == at:
                end += 1
            if end - start == 1 and at < deadlines.earliest and at <= periods.next_end:
                self._apply_one(at, event)  # the common case: alone in its instant, and nothing is due
            else:
                self._pass_until(at - 1)
                self._judge_instant(at, known[start:end])
            self.watermark = at
            start = end
        # also when an event was the last thing: its instant may be the end of a load period
        watermark = max(watermark, self.watermark)
        self._pass_until(watermark)
        self.watermark = watermark
        if periods.next_end > first_end:
            periods.add_last_final(effects.partials)

    # ---- time ---------------------------------------------------------------------------------------

    def _pass_until(self, until: int) -> None:
        """Judge every deadline up to and including `until`, each at its own instant, and close the periods passed."""
        deadlines, periods, partials = self.deadlines, self.periods, self.effects.partials
        while until >= deadlines.earliest:
            due = deadlines.next_due(until)
            if due is None:
                break
            if due > periods.next_end:
                periods.close(due - 1, partials)
            self._judge_instant(due, [])
        if until >= periods.next_end:
            periods.close(until, partials)

    def _judge_instant(self, at: int, events: list[hot.CaseEvent]) -> None:
        deadlines = self.deadlines
        fired = deadlines.pop_due(at) if at >= deadlines.earliest and deadlines.next_due(at) == at else None
        if len(events) == 1 and not fired:
            self._apply_one(at, events[0])
            return
        by_case: dict[str, list[hot.CaseEvent]] = {}
        for event in events:
            case_id = event.case_id
            same = by_case.get(case_id)
            if same is None:
                by_case[case_id] = [event]
            else:
                same.append(event)
        for case_id in sorted(by_case.keys() | fired if fired else by_case):
            same = by_case.get(case_id)
            if same is None:
                self._fire_timer(case_id, at)
            elif len(same) == 1:
                self._apply_one(at, same[0])
            else:
                self._apply_all(at, case_id, same)

    def _fire_timer(self, case_id: str, at: int) -> None:
        state = self.cases.find(case_id)
        if state is None or state.next_timer != at:
            return  # its deadline moved; a timer is scheduled for the new one
        self.effects.reasons[_TIMER_FIRED] += 1
        self.judge(case_id, state, at, (), LastJudged(state))

    # ---- one case -----------------------------------------------------------------------------------

    def _apply_one(self, at: int, event: hot.CaseEvent) -> None:
        case_id, occurred_at = event.case_id, event.occurred_at
        if self._in_place is not None:
            applied = self._in_place.apply(case_id, event, at, self.deadlines_behind)
            if applied >= 0:
                if not applied:
                    self.effects.reasons[_UNCHANGED] += 1
                if self._keeps_changelog:
                    self.dirty.add(case_id)
                return
        state = self._state_of(case_id)
        before = LastJudged(state)
        applier, rank, kind = APPLIERS[type(event)]
        key = (occurred_at, rank, event.recorded_at - occurred_at, event.event_id, 0)
        changes = applier(state, event, key)
        self._judge_applied(at, case_id, state, before, [(key, kind)], 1, changes)

    def _apply_all(self, at: int, case_id: str, events: list[hot.CaseEvent]) -> None:
        state = self._state_of(case_id)
        before = LastJudged(state)
        facts, changes = apply_in_order(state, events, at <= self.watermark)
        self._judge_applied(at, case_id, state, before, facts, len(events), changes)

    def _state_of(self, case_id: str) -> CaseState:
        state = self.cases.find(case_id)
        if state is None:
            self.unregistered += 1
            return CaseState()
        return state

    def _judge_applied(
        self,
        at: int,
        case_id: str,
        state: CaseState,
        before: LastJudged,
        facts: list[AppliedFact],
        count: int,
        changes: bool,
    ) -> None:
        if not state.opened:
            self.effects.reasons[Reason.UNREGISTERED] += count
        elif not before.opened:
            self.unregistered -= 1
        if not changes:
            self.effects.reasons[_UNCHANGED] += count
        self.judge(case_id, state, at, facts, before)

    def judge(
        self, case_id: str, state: CaseState, at: int, facts: Sequence[AppliedFact] | None, before: LastJudged
    ) -> None:
        """Judge a case at an instant and keep it.

        Args:
            case_id: The case.
            state: With everything of that instant applied; it becomes the table's own.
            at: The instant (ms).
            facts: What was applied; None when the policy changed.
            before: The case from before that.
        """
        view = view_of(state, self.rules)
        due, deadline = None, 0
        if view is not None:
            due, deadline = self._conditions.due(view, self.rules.terms(state.office), at)
        next_timer = deadline
        officer = officer_of_record(state)
        if due or state.standing:
            published = before.officer, before.office
            judging = CaseEvaluation(case_id, state, officer, self.rules, self.causes, at, published)
            becomes_protected = state.protected and not before.protected
            escalates_at = self.effects.add_judging(judging, due or [], facts, becomes_protected=becomes_protected)
            if escalates_at and (not next_timer or escalates_at < next_timer):
                next_timer = escalates_at
        state.next_timer = next_timer
        if self.deadlines_behind:
            before.deadline = self.deadlines_behind.pop(case_id, before.next_timer)
        if next_timer != deadline:
            self.deadlines_behind[case_id] = deadline
        moves = state.moves
        if moves and moves[0][0] <= at - _MONTH:
            state.moves = [move for move in moves if move[0] > at - _MONTH]
        self._count(case_id, at, state, before, view, officer, deadline)
        if view is not None and view.spent:
            archive(state, view.spent, self.rules.max_ahead)
        self.cases.keep(case_id, state)
        if self._keeps_changelog:
            self.dirty.add(case_id)
        if next_timer != before.next_timer:
            self.deadlines.schedule(case_id, before.next_timer, next_timer)

    def _count(
        self,
        case_id: str,
        at: int,
        state: CaseState,
        before: LastJudged,
        view: OpenCaseView | None,
        officer: str | None,
        deadline: int,
    ) -> None:
        """Note in the state, and in the load, what the case counts for now."""
        was = before.counted
        if view is not None:
            is_in_transit = view.in_transit_since is not None
            state.shared = IN_TRANSIT if is_in_transit else ON_DOCKET
            state.counts = officer is not None
            state.bookings_due, state.hearings_due = view.bookings_due, view.hearings_due
            if (
                was is not None
                and was.officer == officer
                and was.since == state.assignment.since
                and was.office == state.office
                and was.at_liberty == view.at_liberty
                and was.level == state.level
                and was.in_transit == is_in_transit
            ):
                causes = state.causes if state.standing else 0
                dues = view.bookings_due, view.hearings_due
                self.counts.renew(was, causes, dues[0], dues[1], before.deadline, deadline)
                return
        else:
            state.shared = CLOSED
            state.counts = False
            state.bookings_due, state.hearings_due = [], []
        self.counts.change(case_id, was, counted_of(state), before.deadline, deadline)
        if officer != before.officer:
            state.moves.append((at, before.officer, officer))
            self.counts.move(at, before.officer, officer)


def _in_order(events: Sequence[hot.CaseEvent]) -> list[hot.CaseEvent]:
    """The events by recorded_at; nearly always they are in that order already."""
    known = list(events)
    last = BEFORE_ALL_TIME
    for event in known:
        at = event.recorded_at
        if at < last:
            known.sort(key=_recorded_at)
            break
        last = at
    return known
