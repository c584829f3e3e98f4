"""The case agent: what one partition number does with the events of its four topics, batch by batch.

Records are admitted or refused, wait in the merge until all four topics are known as far, and are applied in slices;
each slice becomes one piece of work for the edge: alerts, partials, dead letters, state and offsets together.
It reads the wall clock and does no I/O.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import Final

import msgspec

from schemas import hot
from schemas.causes import alert_id
from schemas.instants import BEFORE_ALL_TIME
from schemas.topics import case_topics, topic
from streams.agents.case_quota import CaseQuota
from streams.agents.clock import in_ms
from streams.agents.feeds import FeedWatch
from streams.agents.intake import Intake
from streams.agents.office_zones import OfficeZones
from streams.agents.outbox import Outbox
from streams.core.alerting.alert_revision import AlertRevision
from streams.core.effects import Effects
from streams.core.load.calendar import CalendarRow, bounded_calendar, day_bounds
from streams.core.load.office_rows import CALENDAR_KEY, CalendarPartial, OfficePartial, OfficeRow, bounded
from streams.core.load.partials import CHANGES, LIVE_SINCE, Partial, PartialRow
from streams.core.partition import CasePartition
from streams.core.policy.rules import CAUSES, Rules
from streams.core.state.case_state import CaseHead
from streams.kafka.batches import Batch
from streams.kafka.client.partitioning import partition_of_known
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import InputGap
from streams.kafka.work import Work
from streams.metrics.stats import CaseStats, WorkerStats

__all__ = ["CaseProcessor"]

_SLICE: Final = 2_000
"""Events a step: their state fits one record batch of the changelog, and the event loop soon has its turn again."""

_PERIODS: Final = 64
"""Load periods a step: years without a record close thousands of them, each with its partials."""

_READ_AHEAD: Final = 2_000
"""Events a topic may have waiting while another one is behind."""

_WHOLE_AFTER: Final = 4
"""How many rows may go out in partials that name changes, for each that a whole one has, before a whole one goes."""

_CALENDAR_SHARE: Final = 100
"""The next days are counted again after a hundred times as long as the last count took."""

_WHOLE_EVERY: Final = 6 * 3_600_000
"""The longest time (ms) without a whole partial: the topic keeps what it holds for a day."""

_SIZED_EVERY: Final = 60_000
"""The least time (ms) between two measurements of the state's size."""

_MOST_OF_A_CASE: Final = 2_000
"""Events of one case that may wait: each adds 170 bytes to what is kept at most, and all of it must fit a message."""

_LARGEST_STATE: Final = 400_000
"""Bytes of a case's state from which on its events are refused: a changelog record must fit a message of the broker."""

_encode: Final = msgspec.json.Encoder().encode
_at: Final = attrgetter("at")
_recorded_at: Final = attrgetter("recorded_at")
_ARISEN: Final = frozenset({"raised", "escalated"})


class CaseProcessor:
    """The cases of one partition number. See `streams.kafka.work.PartitionProcessor`.

    Args:
        number: The partition number.
        settings: Names of topics, hold-back.
        rules: The policy.
        worker: What metrics read of the worker.
        feeds: Which topics have a heartbeat.
        zones: Logs offices without a time zone.
        follows_wall: Whether a topic follows the wall clock when it is read to its end, idle and without a heartbeat.
        now: The wall clock (ms).

    Attributes:
        stats: What metrics read of this partition.
    """

    def __init__(
        self,
        number: int,
        settings: Settings,
        rules: Rules,
        worker: WorkerStats,
        feeds: FeedWatch,
        zones: OfficeZones,
        *,
        follows_wall: bool,
        now: Callable[[], int],
    ) -> None:
        prefix, partitions = settings.prefix, settings.partitions
        self._number, self._partitions, self._now = number, partitions, now
        self._follows_wall = follows_wall
        self._live_every = in_ms(settings.live_every)
        self._span = _PERIODS * rules.period
        self._finals: list[int | None] = [None] * partitions  # the last final partial sent to each officer partition
        self._whole_at: int | None = None  # when the last whole one was (ms); None when one is due
        self._rows_since = self._rows_of_whole = 0
        self._public = topic("lost-track-alerts", prefix).name
        self._restricted = topic("restricted-alerts", prefix).name
        self._partial_topic = topic("load-partials", prefix).name
        self._office_topic = topic("office-partials", prefix).name
        self._zones = zones
        self._offices_sent: list[OfficeRow] | None = None
        self._calendar_sent: tuple[int, list[CalendarRow]] | None = None  # with the end of its first day
        self._calendar_not_before = 0
        self._cases = CasePartition(rules, number)
        self._full: set[str] = set()
        self._outbox = Outbox(partitions)
        self._intake = Intake[hot.CaseEvent](
            number,
            settings,
            [entry.name for entry in case_topics(prefix)],
            self._outbox,
            worker,
            feeds,
            key_field="case_id",
            is_known=self._cases.__contains__,
            full=self._full,
            follows_wall=follows_wall,
            now=now,
        )
        self._live_at, self._live_watermark = 0, self._cases.watermark
        self.stats = CaseStats()
        self._worker = worker
        self._sized_at: int | None = None
        self._size = 0
        self.reset_to_committed()

    @property
    def state_bytes(self) -> int:
        """Bytes of the packed states of the cases, at most a minute old; from any thread."""
        # adding up 300,000 sizes holds everything else for 50 ms, in every partition: not at each scrape
        now = self._now()
        if self._sized_at is None or now - self._sized_at >= _SIZED_EVERY:
            self._sized_at, self._size = now, self._cases.state_bytes
        return self._size

    @property
    def why_no_clock(self) -> str | None:
        """Why the clock has not started although records were read; from any thread."""
        stats = self.stats
        if stats.clock is not None or not stats.held_back:
            return None
        silent = [name for name, known in stats.known.items() if known <= BEFORE_ALL_TIME]
        return (
            f"the clock of case partition {self._number} has not started: events that were read ({stats.held_back:,}) "
            f"wait, for nothing is known of {', '.join(silent)}"
        )

    # ---- state --------------------------------------------------------------------------------------

    def restore(self, records: dict[str, bytes]) -> None:
        """Restore the state from the changelog."""
        self._intake.restore(records)
        self._cases.restore(records)

    def on_restored(self) -> Work:
        """Finish the restore; under another policy, return what the policy changes."""
        effects = self._cases.restored(self._note_standing)
        if self._cases.largest > _LARGEST_STATE:
            self._full.update(self._cases.larger_than(_LARGEST_STATE))
        self._finals = [self._cases.closed] * self._partitions
        self.reset_to_committed()
        return self._work(effects)

    def _note_standing(self, case_id: str, head: CaseHead) -> None:
        for alert in head.standing:
            cause = CAUSES[alert.cause].value
            found = alert_id(case_id, cause, alert.instance, alert.anchor)
            self.stats.standing.restore(found, cause, head.office, is_escalated=alert.escalated_at is not None)

    def snapshot(self) -> Iterable[tuple[str, bytes]]:
        """Every case as it is now, the published dead letters, and the open gaps."""
        return chain(self._cases.records(), self._intake.records())

    def gaps(self) -> Collection[InputGap]:
        """Gaps of the input that are open."""
        return self._intake.open_gaps()

    def reset_to_committed(self) -> None:
        """Drop what was read and not committed; it will be read again.

        Who has the officer partitions now may be new to them, so the next final partial is a whole one.
        """
        self._whole_at = None
        self._intake.rewind(self._cases.watermark)
        self._quota = CaseQuota(_MOST_OF_A_CASE, self._intake.buffered)
        self._update_stats()

    # ---- batches ------------------------------------------------------------------------------------

    def process(self, batch: Batch) -> Iterator[Work]:
        """Work on records, or on a tick, in steps small enough for one flush each."""
        if batch.is_tick:
            self._intake.tick(batch)
        else:
            self._intake.count(batch)
            self._intake.admit(batch, self._quota.remaining([record.key for record in batch.records]))
        released, watermark = self._intake.release()
        for events, until in _slices(released, self._cases, watermark, self._span):
            yield self._work(self._cases.advance(events, until))
        if batch.is_tick:
            self._publish_live_partial()
            yield self._work(Effects())
        self._update_stats()

    def topics_to_pause(self) -> Collection[str]:
        """Topics that have read too far ahead of the others to read on."""
        return self._intake.topics_ahead(_READ_AHEAD)

    # ---- what follows from it -----------------------------------------------------------------------

    def _work(self, effects: Effects) -> Work:
        self._publish_alerts(effects)
        self._publish_finals(effects.partials)
        processed = self._intake.processed(self._cases.watermark)
        self._worker.decisions.update(effects.reasons)
        return Work(
            self._outbox.drain(), self._changelog_records(effects.changelog, is_committing=bool(processed)), processed
        )

    def _changelog_records(
        self, records: list[tuple[bytes, bytes | None]], *, is_committing: bool
    ) -> list[tuple[bytes, bytes | None]]:
        """The changelog records of a step; they end with the partition's own, or there are none."""
        intake = self._intake.drain() if records else []
        if len(records) + len(intake) < 2 and not is_committing:
            # the partition's own record alone: nothing changed but the clock, which is found again by reading on
            return []
        self._full.update(key.decode() for key, value in records if value is not None and len(value) > _LARGEST_STATE)
        records[-1:-1] = intake
        return records

    def _publish_alerts(self, effects: Effects) -> None:
        now, add = self._now(), self._outbox.add
        for revision in effects.alerts:
            self._count(revision, now)
            if not revision.restricted:
                add(self._public, revision.key, revision.json(now))
        for key in effects.tombstones:
            add(self._public, key, None)
        # what moved goes before what was published of it afterwards: the last record of a key is what holds
        restricted = [*effects.moves, *(revision for revision in effects.alerts if revision.restricted)]
        for revision in sorted(restricted, key=_at):
            add(self._restricted, revision.key, revision.json(now))

    def _count(self, revision: AlertRevision, now: int) -> None:
        happened = self.stats.standing.publish(revision)
        self._worker.alerts[revision.cause, happened] += 1
        if self._follows_wall and happened in _ARISEN:
            self._worker.delays.add((now - revision.at) / 1000)

    def _publish_live_partial(self) -> None:
        """Publish the changed loads, even if none changed: the clock in the partial lets periods end elsewhere."""
        watermark, now = self._cases.watermark, self._now()
        if watermark == self._live_watermark or now - self._live_at < self._live_every:
            return
        self._live_at, self._live_watermark = now, watermark
        self._publish_partial(self._cases.live_partial(), is_last=True)
        self._publish_offices()
        self._publish_calendar(now)

    def _publish_calendar(self, now: int) -> None:
        """Publish the next days of each office if they changed since the last message, in at most 1/100 of the time."""
        if now < self._calendar_not_before:
            return
        rows = bounded_calendar(self._cases.calendar_rows())
        self._calendar_not_before = now + _CALENDAR_SHARE * (self._now() - now)
        dated = day_bounds(self._cases.watermark)[1], rows
        if dated != self._calendar_sent:
            self._calendar_sent = dated
            partial = CalendarPartial(self._number, self._cases.watermark, calendar=rows)
            self._outbox.add(self._office_topic, CALENDAR_KEY + str(self._number).encode(), _encode(partial))

    def _publish_offices(self) -> None:
        """Publish the counts of each office if they changed since the last message."""
        rows = bounded(self._cases.office_rows())
        self.stats.offices = rows
        if rows != self._offices_sent:
            self._offices_sent = rows
            self._zones.log_new(row.office for row in rows)
            key = f"cases:{self._number}".encode()
            self._outbox.add(self._office_topic, key, _encode(OfficePartial(self._number, self._cases.watermark, rows)))

    def _publish_finals(self, partials: list[Partial]) -> None:
        for partial in partials[:-1]:
            self._publish_partial(partial, is_last=False)
        if not partials:
            return
        last, now = partials[-1], self._now()
        if self._whole_at is None or now - self._whole_at >= _WHOLE_EVERY or self._rows_since > self._rows_of_whole:
            last = self._cases.whole(last)
            self._whole_at, self._rows_since, self._rows_of_whole = now, 0, _WHOLE_AFTER * len(last.rows)
        self._publish_partial(last, is_last=True)

    def _publish_partial(self, partial: Partial, *, is_last: bool) -> None:
        """Send one message per officer partition, even if empty; skip a final one in which no row changed.

        The reader judges every period end up to the newest partial on the rows it has. So a partial without changes is
        sent only as the last of a step, for its clock.
        """
        rows: list[list[PartialRow]] = [[] for _ in range(self._partitions)]
        for row in partial.rows:
            rows[partition_of_known(row.officer_id, self._partitions)].append(row)
        key, is_whole = str(self._number).encode(), partial.final is True
        self._rows_since += len(partial.rows) if partial.final == CHANGES else 0
        for number, theirs in enumerate(rows):
            if not (theirs or is_whole or is_last):
                continue
            previous = None if is_whole else self._finals[number]
            if partial.final:
                self._finals[number] = partial.as_of
            final = partial.final or (False if previous is None else LIVE_SINCE)
            message = (partial.partition, partial.as_of, final, theirs, partial.first)
            value = _encode(message if previous is None else (*message, previous))  # by place, as `Partial` is read
            self._outbox.add_to_partition(self._partial_topic, number, key, value)

    def _update_stats(self) -> None:
        stats = self.stats
        stats.clock = self._cases.watermark if self._cases.watermark > BEFORE_ALL_TIME else None
        stats.cases, stats.unregistered = len(self._cases), self._cases.unregistered
        stats.held_back = len(self._intake)
        stats.known = self._intake.read_watermarks()


def _slices(
    events: list[hot.CaseEvent], cases: CasePartition, watermark: int, span: int
) -> Iterator[tuple[list[hot.CaseEvent], int]]:
    """Cut events, sorted by recorded_at, where the instant changes, into steps short in number and in time.

    Args:
        events: Recorded up to `watermark`.
        cases: Whose clock it is; it takes each step before the next one is asked for.
        watermark: Where the last step lets it pass to (ms).
        span: How far one step may let it pass (ms), but for the first of all, before which there is nothing.
    """
    start, count = 0, len(events)
    while start < count:
        first = events[start].recorded_at
        yield from _steps_without_events(cases, first - 1, span)
        end = bisect_right(events, first + span, start, min(count, start + _SLICE), key=_recorded_at)
        while end < count and events[end].recorded_at == events[end - 1].recorded_at:
            end += 1
        yield events[start:end], events[end - 1].recorded_at
        start = end
    yield from _steps_without_events(cases, watermark, span)
    yield [], watermark


def _steps_without_events(cases: CasePartition, until: int, span: int) -> Iterator[tuple[list[hot.CaseEvent], int]]:
    """The steps through a long time without events, except the last; a time in which nothing changes is one step."""
    if cases.watermark <= BEFORE_ALL_TIME:
        return
    while (step := max(cases.watermark, min(cases.quiet_until, until)) + span) < until:
        yield [], step
