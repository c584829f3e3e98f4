"""One officer under watch: looked at when something may have changed, judged only when something did.

At most period ends nothing changes that an alert depends on, though the counts do: a booking more falls within the
month, a case less is open. So each judging leaves behind the band of loads within which the next one would come to the
same result, and a look that finds the load within it ends there.
"""

from typing import Final

from schemas.alerts import OfficerCause
from streams.core.loads import PartialRow
from streams.core.officer_causes import NEVER, Seen, calm_band, holdings, stands, wake_of
from streams.core.officer_history import LOOK_BACK_MS, OpenCases
from streams.core.officer_judging import AppliedFact, OfficerJudging
from streams.core.officer_registers import HeldFact, Updated, in_order
from streams.core.officer_rules import OfficerRules
from streams.core.officer_state import OfficerState

__all__ = ["OfficerWatch"]

_NO_ROW: Final = PartialRow("")


class OfficerWatch:
    """One officer.

    Args:
        officer_id: The officer.
        state: What is remembered.

    Attributes:
        open_cases: Open cases as of the period end looked at last.
        history: Those of the period ends before.
        wake: The next instant (ms) at which it must be looked at though its load stays the same.
        armed: The `wake` that is in the board's queue; the board's own.
        is_dirty: Whether `state` changed since the board last kept it; the board sets it back.
    """

    __slots__ = (
        "_attention",
        "_capacity",
        "_had_cases",
        "_has_own_office",
        "_high",
        "_low",
        "_office",
        "_recheck",
        "_took_in_too_fast",
        "armed",
        "history",
        "is_dirty",
        "officer_id",
        "open_cases",
        "state",
        "wake",
    )

    def __init__(self, officer_id: str, state: OfficerState) -> None:
        self.officer_id, self.state = officer_id, state
        self.history = OpenCases()
        self.open_cases = 0
        self.wake = self.armed = NEVER
        self.is_dirty = False
        self._attention = 0  # from this instant on a look becomes a judging: the first one always does
        self._recheck = 0  # when the open cases of 30 days before are another number; 0 when not worked out
        self._low = self._high = 0.0
        self._had_cases = self._took_in_too_fast = False
        self._capacity = 0.0
        self._office: str | None = None
        self._has_own_office = False

    @property
    def is_registered(self) -> bool:
        """Whether any officer event named the officer."""
        state = self.state
        return bool(state.held or state.registers.updated or state.registers.completed)

    def newest_update(self) -> Updated | None:
        """The officer_updated that wins when those that wait to be judged are counted too."""
        newest = self.state.registers.updated
        for fact in in_order(self.state.held):
            if isinstance(fact, Updated) and (newest is None or fact.key > newest.key):
                newest = fact
        return newest

    def hold(self, fact: HeldFact) -> None:
        """Keep a fact for the first period end at or after it became known."""
        self.state.held.append(fact)
        self.is_dirty = True
        self._attention = min(self._attention, fact.effective)
        self.wake = min(self.wake, fact.effective)

    def remember(self, at: int, open_cases: int) -> None:
        """Restore the open cases of a period end (ms); the oldest first."""
        if open_cases != self.open_cases:
            self.open_cases = open_cases
            self.history.record(at, open_cases)

    def look(self, at: int, row: PartialRow | None, rules: OfficerRules) -> OfficerJudging | None:
        """Look at the officer at a period end, and judge when anything may be other than at the last one.

        Args:
            at: The period end (ms), later than the last one.
            row: The load as of it.
            rules: The policy.

        Returns:
            The judging, when it published anything.
        """
        row = row or _NO_ROW
        if row.open_cases != self.open_cases:
            self.remember(at, row.open_cases)
            if self._recheck == NEVER:
                self._recheck = 0
        capacity = self._capacity
        utilisation = rules.workload_minutes(row) / capacity if capacity else 0.0
        too_fast = self._takes_in_too_fast(at, row.assigned_30d, rules)
        if (
            at < self._attention
            and self._low <= utilisation < self._high
            and too_fast is self._took_in_too_fast
            and (row.open_cases > 0) is self._had_cases
            and (row.office == self._office or self._has_own_office)
        ):
            return None
        return self._judge(at, row, too_fast, self._apply_held(at), rules)

    def judge_anew(self, at: int, row: PartialRow | None, rules: OfficerRules) -> OfficerJudging | None:
        """Judge again at the period end (ms) looked at last, because the policy changed."""
        row = row or _NO_ROW
        too_fast = self._takes_in_too_fast(at, row.assigned_30d, rules)
        return self._judge(at, row, too_fast, None, rules)

    def _apply_held(self, at: int) -> list[AppliedFact]:
        state = self.state
        known = [fact for fact in state.held if fact.effective <= at]
        if not known:
            return []
        self.is_dirty = True
        state.held = [fact for fact in state.held if fact.effective > at]
        return [(fact, state.registers.apply(fact)) for fact in in_order(known)]

    def _judge(
        self, at: int, row: PartialRow, too_fast: bool, facts: list[AppliedFact] | None, rules: OfficerRules
    ) -> OfficerJudging | None:
        state = self.state
        updated = state.registers.updated
        capacity = self._capacity = rules.capacity_minutes(updated)
        runs = (state.overloaded_since, state.critical_since)
        seen = Seen(
            at=at,
            open_cases=row.open_cases,
            utilisation=rules.workload_minutes(row) / capacity if capacity else None,
            takes_in_too_fast=too_fast,
        )
        held = holdings(state, seen, rules)
        self._has_own_office = updated is not None
        self._office = row.office if updated is None else updated.office
        judging = OfficerJudging(self.officer_id, state, self._office, rules.policy_id, at)
        is_published = judging.run([holding for holding in held if holding.deadline <= at], facts)
        if is_published or runs != (state.overloaded_since, state.critical_since):
            self.is_dirty = True
        self._low, self._high = calm_band(state, rules)
        self._had_cases = row.open_cases > 0
        self._took_in_too_fast = stands(state, OfficerCause.INTAKE_TOO_FAST)
        waits = [fact.effective for fact in state.held]
        self._attention = min(wake_of(state, held, at), *waits) if waits else wake_of(state, held, at)
        self._note_wake()
        return judging if is_published else None

    def _takes_in_too_fast(self, at: int, assigned: int, rules: OfficerRules) -> bool:
        if assigned <= rules.least:  # whatever was open before; when it is not, its load changed and brings us here
            if 0 < self._recheck <= at:
                self._recheck = 0
                self._note_wake()
            return False
        before = at - LOOK_BACK_MS
        if self._recheck <= at:
            change = self.history.next_change(before)
            self._recheck = NEVER if change is None else change + LOOK_BACK_MS
            self._note_wake()
        return assigned > rules.per_open * self.history.at(before)

    def _note_wake(self) -> None:
        self.wake = min(self._attention, self._recheck or NEVER)
