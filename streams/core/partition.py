"""The cases of one partition: `advance(events, watermark) -> effects` (CONTRACT.md §3 to §5).

Time only moves forward, instant by instant: the partition applies the events recorded at an instant, then judges the
cases that they touched and those with a timer at that instant. The outcome does not depend on the batches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Final

from schemas import hot
from schemas.instants import BEFORE_ALL_TIME
from streams.core.alerting.alert_revision import AlertRevision
from streams.core.alerting.case_evaluation import (
    AppliedFact,
    CaseEvaluation,
    LastJudged,
    as_last_judged,
    officer_of_record,
)
from streams.core.alerting.case_view import OpenCaseView, view_of
from streams.core.alerting.docket_place import count_placed
from streams.core.alerting.escalating_cases import count_escalating
from streams.core.alerting.evidence import CauseEvidence
from streams.core.alerting.reasons import Reason
from streams.core.applying import apply_in_order
from streams.core.effects import Effects
from streams.core.load.arrivals import arrivals_of
from streams.core.load.load_periods import LoadPeriods
from streams.core.load.office_rows import CalendarRow, OfficeRow
from streams.core.load.partials import Partial
from streams.core.load.partition_counts import PartitionCounts
from streams.core.load.restore_counts import RestoreCounts
from streams.core.policy.rules import Rules
from streams.core.state.archive import archive, unarchive
from streams.core.state.case_state import CLOSED, IN_TRANSIT, ON_DOCKET, CaseHead, CaseState
from streams.core.state.packed_state import head_of, next_timer_of, pack, unpack
from streams.core.state.partition_record import META, META_KEY, PartitionRecord
from streams.core.state.registers import APPLIERS
from streams.core.time.business_days import DAY_MS
from streams.core.time.deadlines import Deadlines

__all__ = ["CasePartition"]

_MONTH: Final = 30 * DAY_MS
_recorded_at: Final = attrgetter("recorded_at")


class CasePartition:
    """State, deadlines and load of the cases of one partition.

    Args:
        rules: The policy.
        number: Its partition number, carried in the partials.
        keeps_changelog: Whether effects carry changelog records; `evaluate` has no use for them.

    Attributes:
        watermark: Everything recorded up to this instant (ms) is applied and judged.
        unregistered: Cases seen for which no case_opened was applied.
        largest: Bytes of the largest restored state; the caller can skip a search for oversized cases.
    """

    def __init__(self, rules: Rules, number: int = 0, *, keeps_changelog: bool = True) -> None:
        self.rules, self.number = rules, number
        self.watermark = BEFORE_ALL_TIME
        self.unregistered = self.largest = 0
        self._keeps_changelog = keeps_changelog
        # earliest deadlines (ms, 0 for none) of cases whose escalation comes first
        self._deadlines_behind: dict[str, int]
        self._set_cases({})
        self._dirty: set[str] = set()
        self._causes = CauseEvidence(rules)
        self._judged_under: str = rules.judged_as
        self._effects = Effects()

    def __len__(self) -> int:
        return len(self._cases)

    @property
    def state_bytes(self) -> int:
        """Bytes of the packed states of all cases; from any thread, for no other code runs while C code adds up."""
        return sum(map(len, self._cases.values()))

    def __contains__(self, case_id: str) -> bool:
        return case_id in self._cases

    def state(self, case_id: str) -> CaseState:
        """A copy of the state of a case.

        Raises:
            KeyError: No event of this case was applied.
        """
        state = unpack(self._cases[case_id])
        unarchive(state)
        return state

    def records(self) -> Iterable[tuple[str, bytes]]:
        """Every case as it is now, packed; they stay so, whatever is applied before they are read."""
        return zip(list(self._cases), list(self._cases.values()), strict=True)

    def standing_records(self) -> Iterator[AlertRevision]:
        """Every alert that stands, as it was last published."""
        for case_id in RestoreCounts(self._cases).standing:
            state = unpack(self._cases[case_id])
            before = as_last_judged(state)
            published = before.officer, before.office
            judging = CaseEvaluation(
                case_id, state, before.officer, self.rules, self._causes, self.watermark, published
            )
            yield from judging.as_published()

    def larger_than(self, size: int) -> list[str]:
        """The cases whose state takes more bytes."""
        return [case_id for case_id, packed in self._cases.items() if len(packed) > size]

    def advance(self, events: Sequence[hot.CaseEvent], watermark: int) -> Effects:
        """Apply events and let the clock pass.

        Args:
            events: In any order, recorded up to `watermark`; one recorded up to the present `watermark` is late: it is
                applied and judged at that instant.
            watermark: Everything recorded up to it (ms) is in `events` or was in an earlier call. Never back.

        Returns:
            Everything that follows from it.
        """
        self._effects = effects = Effects()
        periods = self._periods
        if len(events) > 1:
            events = sorted(events, key=_recorded_at)
        start, count = 0, len(events)
        while start < count and events[start].recorded_at <= self.watermark:
            start += 1
        if count:
            effects.reasons[Reason.APPLIED] += count
            if periods.first is None:
                periods.begin(events[0].recorded_at, self.watermark)
        first_end = periods.next_end
        if start:
            effects.reasons[Reason.LATE] += start
            self._judge_instant(self.watermark, events[:start])
        deadlines = self._deadlines
        while start < count:
            event = events[start]
            at = event.recorded_at
            end = start + 1
            while end < count and events[end].recorded_at == at:
                end += 1
            if end - start == 1 and at < deadlines.earliest and at <= periods.next_end:
                self._apply_and_judge(at, (event,))  # the common case: alone in its instant, and nothing is due
            else:
                self._pass_until(at - 1)
                self._judge_instant(at, events[start:end])
            self.watermark = at
            start = end
        # also when an event was the last thing: its instant may be the end of a load period
        watermark = max(watermark, self.watermark)
        self._pass_until(watermark)
        self.watermark = watermark
        if periods.next_end > first_end:
            periods.add_last_final(effects.partials)
        self._write_changelog(effects)
        return effects

    @property
    def quiet_until(self) -> int:
        """Before this instant (ms) time alone judges nothing and changes no load, however long it takes to pass."""
        return min(self._deadlines.earliest, self._counts.next_change)

    @property
    def closed(self) -> int | None:
        """The last period end (ms) that the clock passed; None when there was none, or when it is unknown."""
        return self._periods.closed

    @property
    def first(self) -> int | None:
        """When its first event became known (ms); None before there is one."""
        return self._periods.first

    @property
    def judged_as(self) -> str:
        """The policy that judged its cases, as `Rules.judged_as` writes it."""
        return self._judged_under

    def live_partial(self) -> Partial:
        """The officers whose counts changed since the last call, as of `watermark`."""
        return self._periods.live(self.watermark)

    def clock_partial(self) -> Partial:
        """A partial without counts: its clock lets load periods end elsewhere."""
        return self._periods.clock(self.watermark)

    def final_partial(self) -> Partial:
        """Every officer, as of `watermark`."""
        return self._periods.every_officer(self.watermark)

    def office_rows(self) -> list[OfficeRow]:
        """The counts of every office's cases, with or without an officer, as of `watermark`."""
        return self._counts.office_rows(self.watermark)

    def calendar_rows(self) -> list[CalendarRow]:
        """What lies ahead of every office's cases day by day, from `watermark` on."""
        return self._counts.calendar_rows(self.watermark)

    def whole(self, final: Partial) -> Partial:
        """The newest final partial with every officer in it, so that it builds on none before."""
        return self._periods.whole(final)

    def restore(self, records: dict[str, bytes]) -> None:
        """Load the newest changelog record of every key that was not deleted; before anything else.

        Args:
            records: They become the partition's own.

        Raises:
            ValueError: They were written in another format.
        """
        own = records.pop(META, None)
        record = None if own is None else PartitionRecord.read(own)
        self._set_cases(records)
        if record is not None:
            self.watermark, self._judged_under = record.watermark, record.policy
            self._periods.resume(record)

    def restored(self, note: Callable[[str, CaseHead], None] | None = None) -> Effects:
        """Rebuild deadlines and load after the last `restore`; under another policy, judge every case at the clock.

        Args:
            note: Called for every case with alerts that stood when it was last judged.

        Returns:
            What the new policy changes: alerts that no longer stand end `resolved`, `policy_changed`.
        """
        self._effects = effects = Effects()
        policy_changed = not self.rules.has_judged(self._judged_under) and bool(self._cases)
        totals = count_placed(self._cases, self.rules)
        self.unregistered, self.largest = totals.unregistered, totals.largest
        self._deadlines_behind = count_escalating(totals, self._cases, self.rules, self._causes)
        self._counts.load(totals.officers)
        self._deadlines.load(zip(self._cases, totals.timers, strict=True))
        if note is not None:
            for case_id in totals.standing:
                note(case_id, head_of(self._cases[case_id]))
        self._judged_under = self.rules.judged_as
        if policy_changed:
            for case_id in sorted(self._cases):
                state = unpack(self._cases[case_id])
                unarchive(state)  # the archive was made under the old policy's max_ahead
                self._judge(case_id, state, self.watermark, None, as_last_judged(state))
            self._write_changelog(effects)
        return effects

    def _set_cases(self, cases: dict[str, bytes]) -> None:
        # these know the cases and not the partition: in a circle, gigabytes would outlive it until a full collection
        self._cases = cases
        self._deadlines = Deadlines(lambda case_id: next_timer_of(cases[case_id]))
        self._deadlines_behind = {}
        self._counts = PartitionCounts(partial(arrivals_of, cases))
        self._periods = LoadPeriods(self.number, self.rules.period, self._counts)

    # ---- time ---------------------------------------------------------------------------------------

    def _pass_until(self, until: int) -> None:
        """Judge every deadline up to and including `until`, each at its own instant, and close the periods passed."""
        deadlines, close, partials = self._deadlines, self._periods.close, self._effects.partials
        while until >= deadlines.earliest and (due := deadlines.next_due(until)) is not None:
            close(due - 1, partials)
            self._judge_instant(due, ())
        close(until, partials)

    def _judge_instant(self, at: int, events: Sequence[hot.CaseEvent]) -> None:
        deadlines = self._deadlines
        fired = deadlines.pop_due(at) if at >= deadlines.earliest and deadlines.next_due(at) == at else ()
        if len(events) == 1 and not fired:
            self._apply_and_judge(at, events)
            return
        by_case: dict[str, list[hot.CaseEvent]] = {}
        for event in events:
            by_case.setdefault(event.case_id, []).append(event)
        for case_id in sorted(by_case.keys() | fired):
            if case_id in by_case:
                self._apply_and_judge(at, by_case[case_id])
            else:
                self._fire_timer(case_id, at)

    def _fire_timer(self, case_id: str, at: int) -> None:
        state = unpack(self._cases[case_id])
        if state.next_timer != at:
            return  # its deadline moved; a timer is scheduled for the new one
        self._effects.reasons[Reason.TIMER_FIRED] += 1
        self._judge(case_id, state, at, (), as_last_judged(state))

    # ---- one case -----------------------------------------------------------------------------------

    def _apply_and_judge(self, at: int, events: Sequence[hot.CaseEvent]) -> None:
        first = events[0]
        case_id = first.case_id
        packed = self._cases.get(case_id)
        if packed is None:
            state = CaseState()
            self.unregistered += 1
        else:
            state = unpack(packed)
        before = as_last_judged(state)
        if len(events) == 1:
            applier, rank, kind = APPLIERS[type(first)]
            key = (first.occurred_at, rank, first.recorded_at - first.occurred_at, first.event_id, 0)
            applier(state, first, key)
            facts = [(key, kind)]
        else:
            facts = apply_in_order(state, events, late=at <= self.watermark)
        if state.opened and not before.opened:
            self.unregistered -= 1
        elif not state.opened:
            self._effects.reasons[Reason.UNREGISTERED] += len(events)
        self._judge(case_id, state, at, facts, before)
        if self._cases[case_id] == packed:
            self._effects.reasons[Reason.UNCHANGED] += len(events)

    def _judge(
        self, case_id: str, state: CaseState, at: int, facts: Sequence[AppliedFact] | None, before: LastJudged
    ) -> None:
        view = view_of(state, self.rules)
        due, deadline = ([], 0) if view is None else self._causes.due(view, at)
        next_timer = deadline
        officer = officer_of_record(state)
        if due or state.standing:
            published = before.officer, before.office
            judging = CaseEvaluation(case_id, state, officer, self.rules, self._causes, at, published)
            becomes_protected = state.protected and not before.protected
            escalates_at = self._effects.add_judging(judging, due, facts, becomes_protected=becomes_protected)
            if escalates_at and (not next_timer or escalates_at < next_timer):
                next_timer = escalates_at
        state.next_timer = next_timer
        if self._deadlines_behind:
            before.deadline = self._deadlines_behind.pop(case_id, before.next_timer)
        if next_timer != deadline:
            self._deadlines_behind[case_id] = deadline
        if state.moves and state.moves[0][0] <= at - _MONTH:
            state.moves = [move for move in state.moves if move[0] > at - _MONTH]
        self._count(case_id, at, state, before, view, officer, deadline)
        if view is not None and view.spent:
            archive(state, view.spent, self.rules.max_ahead)
        # packed at once, though the next event may be of the same case: thousands of states laid out in objects would
        # fall out of the processor's cache, which costs more than packing does
        self._cases[case_id] = pack(state)
        if self._keeps_changelog:
            self._dirty.add(case_id)
        self._deadlines.schedule(case_id, before.next_timer, next_timer)

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
            in_transit = view.in_transit_since is not None
            state.shared = IN_TRANSIT if in_transit else ON_DOCKET
            state.counts = officer is not None
            state.bookings_due, state.hearings_due = view.bookings_due, view.hearings_due
            if (
                was is not None
                and was.officer == officer
                and was.since == state.assignment.since
                and was.office == state.office
                and was.at_liberty == view.at_liberty
                and was.level == state.level
                and was.in_transit == in_transit
            ):
                causes = state.causes if state.standing else 0
                dues = view.bookings_due, view.hearings_due
                self._counts.renew(was, causes, *dues, before.deadline, deadline)
                return
        else:
            state.shared = CLOSED
            state.counts = False
            state.bookings_due, state.hearings_due = [], []
        self._counts.change(case_id, was, state.counted, before.deadline, deadline)
        if officer != before.officer:
            state.moves.append((at, before.officer, officer))
            self._counts.move(at, before.officer, officer)

    # ---- keeping ------------------------------------------------------------------------------------

    def _write_changelog(self, effects: Effects) -> None:
        if not self._keeps_changelog:
            return
        effects.changelog += [(case_id.encode(), self._cases[case_id]) for case_id in self._dirty]
        self._dirty.clear()
        periods = self._periods
        own = PartitionRecord.of(self.watermark, self._judged_under, periods.next_end, periods.first)
        effects.changelog.append((META_KEY, own.packed()))
