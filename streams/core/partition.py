"""The cases of one partition: `advance(events, watermark) -> effects` (CONTRACT.md §3 to §5).

Time only moves forward, instant by instant: the partition applies the events recorded at an instant, then judges the
cases that they touched and those with a timer at that instant. The outcome does not depend on the batches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from schemas import hot
from streams.core.alerting.alert_revision import AlertRevision
from streams.core.alerting.case_evaluation import CaseEvaluation
from streams.core.alerting.docket_place import count_placed
from streams.core.alerting.escalating_cases import count_escalating
from streams.core.case_table import CaseTable
from streams.core.effects import Effects
from streams.core.load.office_rows import CalendarRow, OfficeRow
from streams.core.load.partials import Partial
from streams.core.load.restore_counts import RestoreCounts
from streams.core.policy.rules import Rules
from streams.core.state.archive import unarchive
from streams.core.state.case_state import CaseHead, CaseState
from streams.core.state.last_judged import LastJudged
from streams.core.state.packed_state import head_of, unpack
from streams.core.state.partition_record import META, META_KEY, PartitionRecord

__all__ = ["CasePartition"]


class CasePartition:
    """State, deadlines and load of the cases of one partition.

    Args:
        rules: The policy.
        number: Its partition number, carried in the partials.
        keeps_changelog: Whether effects carry changelog records; `evaluate` has no use for them.

    Attributes:
        largest: Bytes of the largest restored state; the caller can skip a search for oversized cases.
    """

    def __init__(self, rules: Rules, number: int = 0, *, keeps_changelog: bool = True) -> None:
        self.rules, self.number = rules, number
        self.largest = 0
        self._keeps_changelog = keeps_changelog
        self._judged_under: str = rules.judged_as
        self._table = self._with_cases({})

    def _with_cases(self, cases: dict[str, bytes]) -> CaseTable:
        return CaseTable(self.rules, self.number, cases, keeps_changelog=self._keeps_changelog)

    @property
    def watermark(self) -> int:
        """Everything recorded up to this instant (ms) is applied and judged."""
        return self._table.watermark

    @property
    def unregistered(self) -> int:
        """Cases seen for which no case_opened was applied."""
        return self._table.unregistered

    def __len__(self) -> int:
        return len(self._table.cases)

    @property
    def state_bytes(self) -> int:
        """Bytes of the packed states of all cases; from any thread."""
        return self._table.cases.state_bytes

    def __contains__(self, case_id: str) -> bool:
        return case_id in self._table.cases

    def state(self, case_id: str) -> CaseState:
        """A copy of the state of a case.

        Raises:
            KeyError: No event of this case was applied.
        """
        state = unpack(self._table.cases.packed_of(case_id))
        unarchive(state)
        return state

    def records(self) -> Iterable[tuple[str, bytes]]:
        """Every case as it is now, packed; they stay so, whatever is applied before they are read."""
        packed = self._table.cases.packed()
        return zip(list(packed), list(packed.values()), strict=True)

    def standing_records(self) -> Iterator[AlertRevision]:
        """Every alert that stands, as it was last published."""
        cases = self._table.cases.packed()
        for case_id in RestoreCounts(cases).standing:
            state = unpack(cases[case_id])
            before = LastJudged(state)
            published = before.officer, before.office
            judging = CaseEvaluation(
                case_id, state, before.officer, self.rules, self._table.causes, self._table.watermark, published
            )
            yield from judging.as_published()

    def larger_than(self, size: int) -> list[str]:
        """The cases whose state takes more bytes."""
        return [case_id for case_id, packed in self._table.cases.packed().items() if len(packed) > size]

    def advance(self, events: Sequence[hot.CaseEvent], watermark: int) -> Effects:
        """Apply events and let the clock pass.

        Args:
            events: In any order, recorded up to `watermark`; one recorded up to the present `watermark` is late: it is
                applied and judged at that instant.
            watermark: Everything recorded up to it (ms) is in `events` or was in an earlier call. Never back.

        Returns:
            Everything that follows from it.
        """
        effects = Effects()
        self._table.advance(events, watermark, effects)
        self._write_changelog(effects)
        return effects

    @property
    def quiet_until(self) -> int:
        """Before this instant (ms) time alone judges nothing and changes no load, however long it takes to pass."""
        return min(self._table.deadlines.earliest, self._table.counts.next_change)

    @property
    def closed(self) -> int | None:
        """The last period end (ms) that the clock passed; None when there was none, or when it is unknown."""
        return self._table.periods.closed

    @property
    def first(self) -> int | None:
        """When its first event became known (ms); None before there is one."""
        return self._table.periods.first

    @property
    def judged_as(self) -> str:
        """The policy that judged its cases, as `Rules.judged_as` writes it."""
        return self._judged_under

    def live_partial(self) -> Partial:
        """The officers whose counts changed since the last call, as of `watermark`."""
        return self._table.periods.live(self._table.watermark)

    def clock_partial(self) -> Partial:
        """A partial without counts: its clock lets load periods end elsewhere."""
        return self._table.periods.clock(self._table.watermark)

    def final_partial(self) -> Partial:
        """Every officer, as of `watermark`."""
        return self._table.periods.every_officer(self._table.watermark)

    def office_rows(self) -> list[OfficeRow]:
        """The counts of every office's cases, with or without an officer, as of `watermark`."""
        return self._table.counts.office_rows(self._table.watermark)

    def calendar_rows(self) -> list[CalendarRow]:
        """What lies ahead of every office's cases day by day, from `watermark` on."""
        return self._table.counts.calendar_rows(self._table.watermark)

    def whole(self, final: Partial) -> Partial:
        """The newest final partial with every officer in it, so that it builds on none before."""
        return self._table.periods.whole(final)

    def restore(self, records: dict[str, bytes]) -> None:
        """Load the newest changelog record of every key that was not deleted; before anything else.

        Args:
            records: They become the partition's own.

        Raises:
            ValueError: They were written in another format.
        """
        own = records.pop(META, None)
        record = None if own is None else PartitionRecord.read(own)
        self._table = self._with_cases(records)
        if record is not None:
            self._table.watermark, self._judged_under = record.watermark, record.policy
            self._table.periods.resume(record)

    def restored(self, note: Callable[[str, CaseHead], None] | None = None) -> Effects:
        """Rebuild deadlines and load after the last `restore`; under another policy, judge every case at the clock.

        Args:
            note: Called for every case with alerts that stood when it was last judged.

        Returns:
            What the new policy changes: alerts that no longer stand end `resolved`, `policy_changed`.
        """
        effects = Effects()
        table = self._table
        cases, table.effects = table.cases.packed(), effects
        policy_changed = not self.rules.has_judged(self._judged_under) and bool(cases)
        totals = count_placed(cases, self.rules)
        table.unregistered, self.largest = totals.unregistered, totals.largest
        table.deadlines_behind = count_escalating(totals, cases, self.rules, table.causes)
        table.counts.load(totals.officers)
        table.deadlines.load(zip(cases, totals.timers, strict=True))
        if note is not None:
            for case_id in totals.standing:
                note(case_id, head_of(cases[case_id]))
        self._judged_under = self.rules.judged_as
        if policy_changed:
            for case_id in sorted(cases):
                state = unpack(table.cases.packed_of(case_id))
                unarchive(state)  # the archive was made under the old policy's max_ahead
                table.judge(case_id, state, table.watermark, None, LastJudged(state))
            self._write_changelog(effects)
        return effects

    # ---- keeping ------------------------------------------------------------------------------------

    def _write_changelog(self, effects: Effects) -> None:
        if not self._keeps_changelog:
            return
        table = self._table
        effects.changelog += [(case_id.encode(), table.cases.packed_of(case_id)) for case_id in table.dirty]
        table.dirty.clear()
        periods = table.periods
        own = PartitionRecord.of(table.watermark, self._judged_under, periods.next_end, periods.first)
        effects.changelog.append((META_KEY, own.packed()))
