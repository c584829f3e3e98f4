"""Judges a log under two policies in one reading: every event is decoded and merged once, and judged twice."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Final

from msgspec import Struct

from schemas import hot
from schemas.instants import to_text
from schemas.loads import Load
from streams.core.evaluation import Evaluation, batches
from streams.core.load.office_summary import OfficeSummary, summarise_offices
from streams.core.policy.rules import Rules
from streams.core.state.case_state import Lifecycle
from streams.core.state.last_judged import officer_of_record
from streams.core.state.packed_state import head_of
from streams.errors import UsageError
from streams.tools.whatif.alert_history import AlertHistories
from streams.tools.whatif.edits import Edits, Move
from streams.tools.whatif.plan import PlanCheck

__all__ = ["Side", "judge_both"]

_SOURCE: Final = "whatif"
_recorded_at: Final = attrgetter("recorded_at")


class Side(Struct, frozen=True):
    """What one side came to.

    Attributes:
        rules: Its policy.
        alerts: Every alert that was ever raised up to the end.
        loads: As of the end, by officer id.
        offices: Summaries as of the end, all offices together (`*`) first.
    """

    rules: Rules
    alerts: AlertHistories
    loads: dict[str, Load]
    offices: list[OfficeSummary]


def judge_both(
    events: Iterable[hot.AnyEvent], now: Rules, tried: Rules, edits: Edits, since: int | None, until: int
) -> tuple[Side, Side, int]:
    """Judge a log as it was and as it is tried.

    Args:
        events: Sorted by recorded_at.
        now: The policy in force.
        tried: The policy to try.
        edits: What else is changed on the tried side.
        since: The window begins after this instant (ms); None: before the first event.
        until: The window ends with this instant (ms).

    Returns:
        The side as it was, the tried side, and where the window begins (ms).

    Raises:
        UsageError: A move or added officers name an officer or an office that the log does not have, or a move lies
            outside the window.
        InputError: An event of the plan names a case, an officer or an office that the docket does not have by then,
            or lies outside the window.
    """
    left, right = _Judging(now), _Judging(tried)
    edit_events: _EditEvents | None = None
    begin = until if since is None else since
    for batch, watermark in batches(events, until):
        if edit_events is None:
            begin = since if since is not None else min((event.recorded_at for event in batch), default=until) - 1
            left.begin(begin)
            right.begin(begin)
            edit_events = _EditEvents(edits, begin, until, right.evaluation)
        left.step(batch, watermark)
        for part, clock in edit_events.edited(batch, watermark):
            right.step(part, clock)
    outcome = left.outcome(until), right.outcome(until)
    if edit_events is not None:
        edit_events.check_offices(outcome[0].offices)
    return *outcome, begin


class _Judging:
    def __init__(self, rules: Rules) -> None:
        self.evaluation = Evaluation(rules)
        self._rules = rules
        self._alerts = AlertHistories(0)

    def begin(self, since: int) -> None:
        self._alerts = AlertHistories(since)

    def step(self, batch: Sequence[hot.Event], watermark: int) -> None:
        self._alerts.add(self.evaluation.step(batch, watermark).effects.alerts)

    def outcome(self, until: int) -> Side:
        loads = self.evaluation.loads()
        offices = summarise_offices(self.evaluation.office_totals(loads), loads, self._rules, until)
        return Side(self._rules, self._alerts, {load.officer_id: load for load in loads}, offices)


class _EditEvents:
    """Puts the edits among the events of the tried side, each at its instant."""

    def __init__(self, edits: Edits, begin: int, until: int, evaluation: Evaluation) -> None:
        self._edits = edits
        self._evaluation = evaluation
        self._moves = list(edits.moves)
        for move in edits.moves:
            if not begin < move.at <= until:
                raise UsageError(
                    f"--move at {to_text(move.at)} lies outside the window, "
                    f"after {to_text(begin)} and up to {to_text(until)}"
                )
        added = list(_added_officers(edits.added, begin + 1))
        self._static = sorted([*added, *edits.plan.events], key=_recorded_at)
        self._plan = PlanCheck(edits.plan, begin, until)
        self._plan.note_log(added)
        self._offices: dict[str, str] = {}
        """Of every officer that the log names so far."""

    def edited(self, batch: Sequence[hot.Event], watermark: int) -> Iterator[tuple[Sequence[hot.Event], int]]:
        """The stretch with the edits that lie in it; cut before each move, which needs the state of that instant."""
        if not self._edits:
            yield batch, watermark
            return
        self._plan.note_log(batch)
        self._plan.check_until(watermark)
        events = sorted([*batch, *self._static_until(watermark)], key=_recorded_at)
        while self._moves and self._moves[0].at <= watermark:
            move = self._moves.pop(0)
            before = [event for event in events if event.recorded_at < move.at]
            self._note(before)
            yield before, move.at - 1
            events = [*self._reassignments(move), *events[len(before) :]]
        self._note(events)
        yield events, watermark

    def check_offices(self, offices: Sequence[OfficeSummary]) -> None:
        known = {summary.office for summary in offices}
        for office in self._edits.added:
            if office not in known:
                raise UsageError(f"--add-officers: no case and no officer of the log is at the office {office}")

    def _static_until(self, watermark: int) -> list[hot.AnyEvent]:
        count = bisect_right(self._static, watermark, key=_recorded_at)
        due, self._static = self._static[:count], self._static[count:]
        return due

    def _note(self, events: Iterable[hot.Event]) -> None:
        if self._edits.moves:
            for event in events:
                if isinstance(event, hot.OfficerUpdated | hot.OfficerAssigned):
                    self._offices[event.officer_id] = event.office

    def _reassignments(self, move: Move) -> Iterator[hot.OfficerAssigned]:
        for officer in (move.source, move.target):
            if officer not in self._offices:
                raise UsageError(f"--move: no event up to that instant names the officer {officer}")
        cases = self._evaluation.cases
        for case_id, packed in cases.records():
            head = head_of(packed)
            if not head.opened or head.assignment.value != move.source:
                continue
            state = cases.state(case_id)
            if state.lifecycle.value == Lifecycle.OPEN and officer_of_record(state) == move.source:
                yield hot.OfficerAssigned(
                    v=1,
                    event_id=f"whatif-{move.source}-{move.target}",
                    occurred_at=move.at,
                    recorded_at=move.at,
                    source=_SOURCE,
                    case_id=case_id,
                    officer_id=move.target,
                    office=self._offices[move.target],
                )


def _added_officers(added: dict[str, int], at: int) -> Iterator[hot.OfficerUpdated]:
    for office, count in sorted(added.items()):
        for number in range(1, count + 1):
            yield hot.OfficerUpdated(
                v=1,
                event_id=f"whatif-{office}-{number}",
                occurred_at=at,
                recorded_at=at,
                source=_SOURCE,
                officer_id=f"{_SOURCE}-{office}-{number}",
                office=office,
                status="active",
            )
