"""The officers of one partition: their registers and loads, and their alerts, judged at the ends of load periods.

The officer table takes partials of the case partitions and officer events in any order. It judges a period end once
every case partition is final for it and the officer events recorded up to it are in. So an alert depends only on what
was known at that instant: not on batches, not on the partition that was ahead, not on a restart.
The table reads no clock; it returns what to keep and what to publish.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct, field

from schemas import hot
from schemas.instants import AFTER_ALL_TIME, BEFORE_ALL_TIME
from schemas.loads import Load
from streams.core.alerting.reasons import Reason
from streams.core.load.office_rows import StaffRow, staff_rows
from streams.core.load.partials import OfficerProgress, Partial
from streams.core.officers.alert_revision import OfficerAlertRevision
from streams.core.officers.changelog_records import OfficerChangelog, OpenCaseSnapshot, TableMeta
from streams.core.officers.conditions import next_timer_of, policy_holdings
from streams.core.officers.load_record import load_json, load_of
from streams.core.officers.officer_evaluation import NO_OFFICER, LoadFigures, OfficerEvaluation, id_of
from streams.core.officers.open_case_history import LOOK_BACK_MS
from streams.core.officers.partial_merge import PartialMerge
from streams.core.officers.state.officer_state import OfficerState, StandingOfficerAlert
from streams.core.officers.state.registers import pending_fact
from streams.core.officers.state.rules import OfficerRules
from streams.core.officers.watch import OfficerWatches
from streams.core.policy.rules import Rules

__all__ = ["OfficerEffects", "OfficerTable", "load_json"]

_NO_FIGURES: Final = LoadFigures(None, None, None)


class OfficerEffects(Struct):
    """The outputs of a step of an officer table: records to publish and state to keep.

    Attributes:
        alerts: New revisions: by instant, then officer; of an officer ended, raised, escalated, republished.
        changelog: State records (key, value) to keep before the input may be forgotten.
        reasons: How often each decision was taken.
        period_ends: How many period ends were judged.
    """

    alerts: list[OfficerAlertRevision] = field(default_factory=list)
    changelog: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    reasons: Counter[Reason] = field(default_factory=Counter)
    period_ends: int = 0


class OfficerTable:
    """The officers of one partition.

    Args:
        rules: The policy.
        sources: How many case partitions send partials.
        number: Number of the officer partition; only number 0 watches the policy itself.
        partitions: How many officer partitions there are: nothing is judged before all have sent their first event.
        keeps_changelog: Whether a restore may follow.

    Attributes:
        watermark: Officer events recorded up to this instant (ms) are in.
        judged: The period end judged last (ms); None before the first.
        first: When the first event became known (ms), of a case or of an officer; None before there is one.
    """

    def __init__(
        self, rules: Rules, sources: int, *, number: int = 0, partitions: int = 1, keeps_changelog: bool = True
    ) -> None:
        self._rules = OfficerRules(rules)
        self.watermark = BEFORE_ALL_TIME
        self.judged: int | None = None
        self.first: int | None = None
        self._partials = PartialMerge(sources)
        self._changelog = OfficerChangelog(is_kept=keeps_changelog)
        self._watches = OfficerWatches()
        self._number, self._partition_count = number, partitions
        self._others_progress: dict[int, int] = {}
        self._policy = OfficerState()
        self._policy_timer = 0 if number == 0 else AFTER_ALL_TIME
        self._judged_under = rules.judged_as
        self._changed: set[str] = set()
        self._late = 0
        self._records: Mapping[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._watches)

    @property
    def clock(self) -> int | None:
        """`watermark` (ms); None before it was anywhere."""
        return self.watermark if self.watermark > BEFORE_ALL_TIME else None

    @property
    def loads_watermark(self) -> int | None:
        """The watermark (ms) of the slowest case partition; None while one has sent no partial."""
        return self._partials.complete_until

    @property
    def missed(self) -> dict[int, int | None]:
        """Case partitions of which a final partial never came: the period end (ms) that judging stands at for it."""
        partials, period = self._partials, self._rules.period
        if not partials.missed:
            return {}
        clocks = partials.clocks()
        known = ((source, clocks[source]) for source in partials.missed)
        return {source: None if clock is None else clock // period * period for source, clock in known}

    @property
    def awaited(self) -> int:
        """How many other officer partitions may know an earlier event: nothing is judged before they have sent it."""
        if self.judged is not None:
            return 0
        at = self._next_period_end()
        reached = sum([at is None or watermark >= at for watermark in self._others_progress.values()])
        return self._partition_count - 1 - reached

    def apply(self, event: hot.OfficerEvent, now: int) -> None:
        """Add an officer event; it is judged at the first period end at or after it became known.

        Args:
            event: An officer_updated or training_completed.
            now: The clock (ms) at which it was read. One recorded up to `watermark` is late and counts from now on.
        """
        if event.recorded_at <= self.watermark:
            self._late += 1
        fact = pending_fact(event, max(now, self.watermark))
        self._watches.add_fact(event.officer_id, fact)
        self._begin(fact.effective)
        self._changed.add(event.officer_id)

    def add_partial(self, partial: Partial) -> None:
        """Add a partial; those of one case partition in the order in which it made them, however often.

        Raises:
            ValueError: It is of a partition that does not exist.
        """
        if partial.officers is not None:
            self._add_progress(partial.officers)
            return
        is_final = bool(partial.final) and not self._partials.misses_rows_before(partial)
        touched = self._partials.add(partial)
        if touched is None:
            return
        self._begin(self._partials.first)
        self._changed |= touched
        if self._changelog.is_kept:
            self._changelog.partial(partial, touched, is_final=is_final)

    def advance(self, watermark: int) -> OfficerEffects:
        """Judge every period end that can be judged.

        Args:
            watermark: Every officer event recorded up to it (ms) was applied. Never back.
        """
        self.watermark = max(watermark, self.watermark)
        effects = OfficerEffects()
        if self._late:
            effects.reasons[Reason.LATE] += self._late
            self._late = 0
        # asked again each time: once the first period end is judged, the others hold nothing up any more
        while (until := self.can_judge_until) is not None:
            at = self._next_period_end()
            if at is None or at > until:
                break
            quiet = min(self._quiet_until(), until + 1)
            if quiet > at:
                self.judged = at + (quiet - 1 - at) // self._rules.period * self._rules.period
                effects.period_ends += (self.judged - at) // self._rules.period
            else:
                self._judge(at, effects)
            effects.period_ends += 1
        self._write_changelog(effects)
        return effects

    @property
    def can_judge_until(self) -> int | None:
        """Period ends up to this instant (ms) can be judged; None while a partition has sent nothing yet."""
        complete = self._partials.complete_until
        if complete is None:
            return None
        if self.judged is not None:
            return min(complete, self.watermark)
        # where the log begins is settled for an instant when no partition can know an earlier event any more
        others_progress = self._others_progress.values()
        return (
            None
            if len(others_progress) < self._partition_count - 1
            else min(complete, self.watermark, *others_progress)
        )

    def progress(self) -> OfficerProgress:
        """The progress of this table, for the other officer partitions."""
        return OfficerProgress(self._number, self.watermark, self.first, self.can_judge_until)

    def standing(self) -> Iterator[tuple[str, StandingOfficerAlert]]:
        """Every officer alert that stands, with its id."""
        watched = ((watch.officer_id, watch.state) for watch in self._watches.all())
        for officer_id, state in ((NO_OFFICER, self._policy), *watched):
            for alert in state.standing:
                yield id_of(officer_id, alert), alert

    def rows(self, as_of: int | None = None) -> list[Load]:
        """The load of every officer with an event or a case, by officer id, as of the newest partials.

        Args:
            as_of: The instant (ms) that they bear; without it that of the case partition which is furthest behind.
        """
        registered = {watch.officer_id for watch in self._watches.all() if watch.is_registered}
        return self._loads(registered | self._partials.officers(), as_of)

    def changed_rows(self, as_of: int | None = None) -> list[Load]:
        """The same, only for officers whose load may have changed since the last call."""
        changed, self._changed = self._changed, set()
        return self._loads(changed, as_of)

    def least_open_cases(self, officer_id: str, since: int) -> int:
        """The fewest open cases of an officer at the period ends from an instant (ms) on, at most 30 days back."""
        watch = self._watches.get(officer_id)
        return 0 if watch is None else watch.history.least(since)

    def restore(self, records: Mapping[str, bytes]) -> None:
        """Load the newest changelog record of every key that was not deleted; before anything else."""
        self._records = records

    def restored(self) -> OfficerEffects:
        """Rebuild the officer table after the last `restore`; under another policy, judge every officer at the clock.

        Returns:
            What the new policy changes: alerts that no longer stand end `resolved`, `policy_changed`.
        """
        restored = self._changelog.read(self._records)
        self._records = {}
        for officer_id, state in restored.officers.items():
            if officer_id == NO_OFFICER:
                self._policy = state
            else:
                self._watches.restore(officer_id, state)
        for partial in (*restored.finals, *restored.live):
            self._partials.add(partial)
        for at, snapshot in restored.history:
            self._remember(at, snapshot)
        effects = OfficerEffects()
        meta = restored.meta
        if meta is None:
            return effects
        self.watermark, self.judged, self._judged_under = meta.watermark, meta.judged, meta.policy
        self.first, self._others_progress = _first_of(meta, restored.history), meta.others_progress
        self._partials.set_clocks(meta.clocks)
        if meta.judged is not None:
            self._partials.judge(meta.judged)
        # nothing tells any more whose row or registers changed last: the next period end judges every officer
        for officer_id in {watch.officer_id for watch in self._watches.all()} | self._partials.judged_officers():
            self._watches.schedule(officer_id, BEFORE_ALL_TIME if meta.judged is None else meta.judged)
        is_recounted = self._recount(meta)
        judged_as, self._judged_under = self._judged_under, self._rules.rules.judged_as
        if not self._rules.rules.has_judged(judged_as):
            if self.judged is not None:
                self._judge_anew(self.judged, effects)
            self._write_changelog(effects)
        elif is_recounted:
            self._write_changelog(effects)
        return effects

    def _recount(self, meta: TableMeta) -> bool:
        """Convert counts of period ends to another load period; True if there is another."""
        period = self._rules.period
        if meta.judged is None or meta.period in (0, period):
            return False
        self._watches.recount(meta.judged, meta.period, period)
        return True

    # ---- judging ------------------------------------------------------------------------------------

    def _begin(self, instant: int | None) -> None:
        """Note when an event became known (ms): the first of all settles where judging begins."""
        if instant is not None and self.judged is None and (self.first is None or instant < self.first):
            self.first = instant

    def _add_progress(self, other: OfficerProgress) -> None:
        number = other.partition
        if not 0 <= number < self._partition_count:
            raise ValueError(f"progress of officer partition {number}, but there are {self._partition_count}")
        if number == self._number or self.judged is not None:
            return
        self._begin(other.first)
        self._others_progress[number] = max(other.watermark, self._others_progress.get(number, other.watermark))

    def _next_period_end(self) -> int | None:
        """The period end (ms) to be judged next; None before the first event."""
        period = self._rules.period
        if self.judged is not None:
            return (self.judged // period + 1) * period
        return None if self.first is None else -(-self.first // period) * period

    def _quiet_until(self) -> int:
        """Before this instant (ms) no row changes and no timer runs out: a period end changes nothing."""
        first = self._partials.first_waiting
        return min(self._watches.next_timer, self._policy_timer, AFTER_ALL_TIME if first is None else first)

    def _judge(self, at: int, effects: OfficerEffects) -> None:
        if at >= self._policy_timer:
            self._judge_policy(at, effects, policy_changed=False)
        changed = self._partials.judge(at)
        published, grown = self._watches.evaluate(at, changed, self._partials.judged, self._rules, self._intake_from())
        self._publish(published, effects)
        if self._changelog.is_kept:
            self._write_history(at, grown)
        self.judged = at

    def _judge_anew(self, at: int, effects: OfficerEffects) -> None:
        if self._policy_timer != AFTER_ALL_TIME:
            self._judge_policy(at, effects, policy_changed=True)
        self._publish(self._watches.judge_anew(at, self._partials.judged, self._rules, self._intake_from()), effects)

    def _intake_from(self) -> int:
        """Before this instant (ms) no intake is too fast: what was open 30 days before is not known yet."""
        return AFTER_ALL_TIME if self.first is None else self.first + LOOK_BACK_MS

    def _judge_policy(self, at: int, effects: OfficerEffects, *, policy_changed: bool) -> None:
        held = policy_holdings(self._policy, at, self._rules)
        due = [holding for holding in held if holding.deadline <= at]
        judging = OfficerEvaluation(NO_OFFICER, self._policy, None, self._rules, at, _NO_FIGURES)
        if judging.run(due, None if policy_changed else ()):
            self._publish([judging], effects)
            self._watches.dirty.add(NO_OFFICER)
        self._policy_timer = next_timer_of(self._policy, held, at, self._rules, None)

    def _publish(self, judgings: list[OfficerEvaluation], effects: OfficerEffects) -> None:
        judgings.sort(key=lambda judging: judging.officer_id)
        for judging in judgings:
            effects.alerts += judging.revisions
            effects.reasons.update(judging.reasons)

    # ---- keeping ------------------------------------------------------------------------------------

    def _write_changelog(self, effects: OfficerEffects) -> None:
        changelog, dirty = self._changelog, self._watches.dirty
        if not changelog.is_kept:
            dirty.clear()
            return
        for officer_id in sorted(dirty):
            changelog.officer(officer_id, self._watches[officer_id].state if officer_id else self._policy)
        dirty.clear()
        changelog.forget_finals(self._partials.pop_spent())
        clocks, period = self._partials.clocks(), self._rules.period
        others_progress = dict(self._others_progress) if self.judged is None else {}
        changelog.meta(
            TableMeta(self.watermark, self.judged, self._judged_under, clocks, self.first, period, others_progress)
        )
        effects.changelog += changelog.drain()

    def _write_history(self, at: int, grown: list[tuple[str, int]]) -> None:
        if self._changelog.is_whole_due(at):
            open_counts = [(watch.officer_id, watch.open_cases) for watch in self._watches.all() if watch.open_cases]
            self._changelog.history(at, OpenCaseSnapshot(is_whole=True, counts=open_counts))
        elif grown:
            self._changelog.history(at, OpenCaseSnapshot(is_whole=False, counts=grown))

    def _remember(self, at: int, snapshot: OpenCaseSnapshot) -> None:
        counts = dict(snapshot.counts)
        if snapshot.is_whole:
            for watch in self._watches.all():
                if watch.open_cases and watch.officer_id not in counts:
                    counts[watch.officer_id] = 0
        for officer_id, open_cases in counts.items():
            self._watches.watch(officer_id).remember(at, open_cases)

    def staff_rows(self, loads: Iterable[Load]) -> list[StaffRow]:
        """The sums that officers add to the records of their offices.

        Args:
            loads: The load of every officer, as `rows` and `changed_rows` gave them last.
        """
        return staff_rows(loads, self._partials.newest)

    def _loads(self, officers: Iterable[str], as_of: int | None) -> list[Load]:
        if as_of is None:
            as_of = min((clock for clock in self._partials.clocks() if clock is not None), default=self.watermark)
        rules, loads = self._rules, []
        for officer_id in sorted(officers):
            watch = self._watches.get(officer_id)
            updated = None if watch is None else watch.newest_update()
            loads.append(load_of(officer_id, self._partials.newest(officer_id), updated, rules, as_of))
        return loads


def _first_of(meta: TableMeta, history: list[tuple[int, OpenCaseSnapshot]]) -> int | None:
    """When the first event became known (ms); of a changelog that does not say, the oldest period end it remembers."""
    if meta.first is None and meta.judged is not None:
        return min((at for at, _ in history), default=meta.judged)
    return meta.first
