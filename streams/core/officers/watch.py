"""The officers under watch: each is checked when something may have changed, and judged only when something did.

At most period ends the counts change, but nothing on which an alert depends: one booking more is within the month, one
case less is open. So each judging stores the range of loads within which the next one would have the same result, and
a check that finds the load within that range ends there.

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `watch.pxd` gives the types.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Final

from schemas.alerts import OfficerCause
from schemas.instants import AFTER_ALL_TIME
from streams.core.load.partials import PartialRow
from streams.core.officers.causes.parts import standing_anchor
from streams.core.officers.conditions import (
    LoadSnapshot,
    holdings,
    next_timer_of,
    no_change_range,
    recount,
)
from streams.core.officers.officer_evaluation import AppliedFact, LoadFigures, OfficerEvaluation
from streams.core.officers.open_case_history import LOOK_BACK_MS, OpenCaseHistory
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.registers import OfficerUpdate, PendingFact, in_order
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules

__all__ = ["OfficerWatch", "OfficerWatches"]

_NEVER: Final = AFTER_ALL_TIME
_NO_ROW: Final = PartialRow("")
_INTAKE: Final = OFFICER_CAUSES.index(OfficerCause.INTAKE_TOO_FAST)


class OfficerWatch:
    """One officer.

    Args:
        officer_id: The officer.
        state: The stored state.

    Attributes:
        open_cases: Open cases as of the period end looked at last.
        history: Those of the period ends before.
        next_timer: The next instant (ms) at which it must be looked at though its load stays the same.
        scheduled: The `next_timer` that is in the queue of `OfficerWatches`, which sets it.
        is_dirty: Whether `state` changed since `OfficerWatches` last noted it, which sets it back.
    """

    __slots__ = (
        "_attention",
        "_had_cases",
        "_has_own_office",
        "_high",
        "_low",
        "_office",
        "_recheck",
        "_took_in_too_fast",
        "history",
        "is_dirty",
        "next_timer",
        "officer_id",
        "open_cases",
        "scheduled",
        "state",
    )

    def __init__(self, officer_id: str, state: OfficerState) -> None:
        self.officer_id, self.state = officer_id, state
        self.history = OpenCaseHistory()
        self.open_cases = 0
        self.next_timer = self.scheduled = _NEVER
        self.is_dirty = False
        self._attention = 0  # from this instant on a look becomes a judging: the first one always does
        self._recheck = 0  # when the open cases of 30 days before are another number; 0 when not worked out
        self._low = self._high = 0  # workloads, in the units of the rules
        self._had_cases = self._took_in_too_fast = False
        self._office: str | None = None
        self._has_own_office = False

    @property
    def is_registered(self) -> bool:
        """Whether any officer event named the officer."""
        state = self.state
        return bool(state.pending or state.registers.updated or state.registers.completed)

    def newest_update(self) -> OfficerUpdate | None:
        """The officer_updated that wins when those that wait to be judged are counted too."""
        newest = self.state.registers.updated
        for fact in in_order(self.state.pending):
            if isinstance(fact, OfficerUpdate) and (newest is None or fact.key > newest.key):
                newest = fact
        return newest

    def add_fact(self, fact: PendingFact) -> None:
        """Keep a fact for the first period end at or after it became known."""
        self.state.pending.append(fact)
        self.is_dirty = True
        self._attention = min(self._attention, fact.effective)
        self.next_timer = min(self.next_timer, fact.effective)

    def remember(self, at: int, open_cases: int) -> None:
        """Restore the open cases of a period end (ms); the oldest first."""
        if open_cases != self.open_cases:
            self.open_cases = open_cases
            self.history.record(at, open_cases)

    def recount(self, judged: int, was: int, period: int) -> None:
        """Go on under another load period (ms), after a restart; `judged` is the period end judged last (ms)."""
        state = self.state
        if state.overloaded_since or state.critical_since:
            recount(state, judged, was, period)
            self.is_dirty = True

    def evaluate(
        self, at: int, row: PartialRow | None, rules: OfficerRules, intake_from: int
    ) -> OfficerEvaluation | None:
        """Check the officer at a period end, and judge if anything may differ from the last one.

        Args:
            at: The period end (ms), later than the last one.
            row: The load as of it.
            rules: The policy.
            intake_from: Before this instant (ms) no intake is too fast.

        Returns:
            The judging, when it published anything.
        """
        row = row or _NO_ROW
        if row.open_cases != self.open_cases:
            self.remember(at, row.open_cases)
            if self._recheck == _NEVER:
                self._recheck = 0
        too_fast = self._takes_in_too_fast(at, row.assigned_30d, rules, intake_from)
        if (
            at < self._attention
            and self._low <= rules.workload_units(row) < self._high
            and too_fast == self._took_in_too_fast
            and (row.open_cases > 0 or row.in_custody > 0) == self._had_cases
            and (row.office == self._office or self._has_own_office)
        ):
            return None
        return self._judge(at, row, too_fast, self._apply_pending(at), rules)

    def judge_anew(
        self, at: int, row: PartialRow | None, rules: OfficerRules, intake_from: int
    ) -> OfficerEvaluation | None:
        """Judge again at the period end (ms) looked at last, because the policy changed."""
        row = row or _NO_ROW
        too_fast = self._takes_in_too_fast(at, row.assigned_30d, rules, intake_from)
        return self._judge(at, row, too_fast, None, rules)

    def _apply_pending(self, at: int) -> list[AppliedFact]:
        state = self.state
        known = [fact for fact in state.pending if fact.effective <= at]
        if not known:
            return []
        self.is_dirty = True
        state.pending = [fact for fact in state.pending if fact.effective > at]
        return [(fact, state.registers.apply(fact)) for fact in in_order(known)]

    def _judge(
        self, at: int, row: PartialRow, too_fast: bool, facts: list[AppliedFact] | None, rules: OfficerRules
    ) -> OfficerEvaluation | None:
        state = self.state
        updated = state.registers.updated
        capacity, workload = rules.capacity(updated), rules.workload_units(row)
        runs = _runs(state)
        seen = LoadSnapshot(at, _has_cases(row), workload, capacity, too_fast)
        held = holdings(state, seen, rules)
        self._has_own_office = updated is not None
        self._office = row.office if updated is None else updated.office
        judging = None
        due = [holding for holding in held if holding.deadline <= at]
        if due or state.standing:
            figures = LoadFigures(row.open_cases, row.in_custody, capacity.utilisation(workload))
            lifecycle = OfficerEvaluation(self.officer_id, state, self._office, rules, at, figures)
            judging = lifecycle if lifecycle.run(due, facts) else None
        if judging is not None or runs != _runs(state):
            self.is_dirty = True
        self._low, self._high = no_change_range(state, capacity)
        self._had_cases = seen.has_cases
        self._took_in_too_fast = standing_anchor(state, _INTAKE) is not None
        timers = [fact.effective for fact in state.pending]
        timers.append(next_timer_of(state, held, at, rules, self._office))
        self._attention = min(timers)
        self._note_timer()
        return judging

    def _takes_in_too_fast(self, at: int, assigned: int, rules: OfficerRules, intake_from: int) -> bool:
        if assigned <= rules.least or not rules.enabled[_INTAKE]:
            # whatever was open before; when more are assigned, its load changed and brings us here
            if 0 < self._recheck <= at:
                self._recheck = 0
                self._note_timer()
            return False
        if at < intake_from:
            self._recheck = intake_from
            self._note_timer()
            return False
        before = at - LOOK_BACK_MS
        if self._recheck <= at:
            change = self.history.next_change(before)
            self._recheck = AFTER_ALL_TIME if change is None else change + LOOK_BACK_MS
            self._note_timer()
        return rules.is_too_many(assigned, self.history.at(before))

    def _note_timer(self) -> None:
        self.next_timer = min(self._attention, self._recheck or _NEVER)


def _has_cases(row: PartialRow) -> bool:
    return row.open_cases + row.in_custody > 0


def _runs(state: OfficerState) -> tuple[int, int]:
    return state.overloaded_since, state.critical_since


class OfficerWatches:
    """All officers of a partition, and when each must be looked at next though its load stays the same.

    Attributes:
        dirty: Officers whose state changed since it was last kept; who keeps it takes them out.
    """

    __slots__ = ("_queue", "_watches", "dirty")

    def __init__(self) -> None:
        self._watches: dict[str, OfficerWatch] = {}
        self._queue: list[tuple[int, str]] = []
        self.dirty: set[str] = set()

    def __len__(self) -> int:
        return len(self._watches)

    def __getitem__(self, officer_id: str) -> OfficerWatch:
        return self._watches[officer_id]

    def get(self, officer_id: str) -> OfficerWatch | None:
        """An officer; None when it is not under watch."""
        return self._watches.get(officer_id)

    def all(self) -> Iterable[OfficerWatch]:
        """Every officer under watch."""
        return self._watches.values()

    def watch(self, officer_id: str) -> OfficerWatch:
        """An officer, under watch from now on."""
        watch = self._watches.get(officer_id)
        if watch is None:
            watch = self._watches[officer_id] = OfficerWatch(officer_id, OfficerState())
        return watch

    def restore(self, officer_id: str, state: OfficerState) -> None:
        """Watch an officer that has a stored state."""
        self._watches[officer_id] = OfficerWatch(officer_id, state)

    def add_fact(self, officer_id: str, fact: PendingFact) -> None:
        """Keep a fact for the first period end at or after it became known."""
        watch = self.watch(officer_id)
        watch.add_fact(fact)
        self._note_changes(watch)

    def schedule(self, officer_id: str, at: int) -> None:
        """Schedule a check of an officer at the first period end at or after an instant (ms), whatever its load."""
        watch = self.watch(officer_id)
        watch.next_timer = at
        self._push_timer(watch)

    @property
    def next_timer(self) -> int:
        """The earliest timer (ms) of an officer whose load stays the same."""
        return self._queue[0][0] if self._queue else AFTER_ALL_TIME

    def evaluate(
        self,
        at: int,
        changed: set[str],
        judged: Callable[[str], PartialRow | None],
        rules: OfficerRules,
        intake_from: int,
    ) -> tuple[list[OfficerEvaluation], list[tuple[str, int]]]:
        """Check the officers at a period end whose load changed or whose timer fires.

        Args:
            at: The period end (ms), later than the last one.
            changed: Whose load changed; those whose time has come are put in.
            judged: The load of an officer as of it.
            rules: The policy.
            intake_from: Before this instant (ms) no intake is too fast.

        Returns:
            The judgings that published anything, and (officer, open cases) of those who have another number of them.
        """
        while self._queue and self._queue[0][0] <= at:
            changed.add(heappop(self._queue)[1])
        published, grown = [], []
        for officer_id in changed:
            watch = self.watch(officer_id)
            open_cases = watch.open_cases
            judging = watch.evaluate(at, judged(officer_id), rules, intake_from)
            if judging is not None:
                published.append(judging)
            if watch.open_cases != open_cases:
                grown.append((officer_id, watch.open_cases))
            self._note_changes(watch)
        return published, grown

    def judge_anew(
        self, at: int, judged: Callable[[str], PartialRow | None], rules: OfficerRules, intake_from: int
    ) -> list[OfficerEvaluation]:
        """Judge every officer again at the period end (ms) looked at last, because the policy changed."""
        published = []
        for officer_id, watch in self._watches.items():
            judging = watch.judge_anew(at, judged(officer_id), rules, intake_from)
            if judging is not None:
                published.append(judging)
            self._note_dirty(watch)
        return published

    def recount(self, judged: int, was: int, period: int) -> None:
        """Go on under another load period (ms), after a restart; `judged` is the period end judged last (ms)."""
        for watch in self._watches.values():
            watch.recount(judged, was, period)
            self._note_dirty(watch)

    def _note_changes(self, watch: OfficerWatch) -> None:
        if watch.is_dirty:
            self._note_dirty(watch)
        if watch.next_timer != watch.scheduled:
            self._push_timer(watch)

    def _note_dirty(self, watch: OfficerWatch) -> None:
        if watch.is_dirty:
            self.dirty.add(watch.officer_id)
            watch.is_dirty = False

    def _push_timer(self, watch: OfficerWatch) -> None:
        watch.scheduled = watch.next_timer
        if watch.next_timer != _NEVER:
            heappush(self._queue, (watch.next_timer, watch.officer_id))
