"""The officer agent: what one partition number does with officer events and the load partials of the case agents.

A load partial replaces the one before of its case partition, so nothing is summed twice. The officer table judges a
load period once every case partition has closed it and the officer events up to it are in. It reads the wall clock and
does no I/O.
The table is a PartitionStore and no faust.Table: a write to one costs 450 us, and its recovery reads a live changelog
(streams/ARCHITECTURE.md).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

import msgspec

from schemas import hot
from schemas.instants import BEFORE_ALL_TIME
from schemas.refusals import RefusalCode, Refused
from schemas.topics import topic
from streams.agents.clock import in_ms
from streams.agents.feeds import FeedWatch
from streams.agents.intake import Intake
from streams.agents.missed_partials import MissedPartials
from streams.agents.outbox import Outbox
from streams.core.load.office_rows import OfficePartial, StaffRow
from streams.core.load.partials import OfficerProgress, Partial
from streams.core.officers.state.rules import OFFICER_CAUSES
from streams.core.officers.table import OfficerEffects, OfficerTable
from streams.core.policy.rules import Rules
from streams.core.state.origin import StateOrigin
from streams.kafka.batches import Batch
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import InputGap
from streams.kafka.work import Work
from streams.metrics.stats import OfficerStats, WorkerStats

__all__ = ["OFFICER_MARK", "OfficerProcessor", "mark_origin", "mark_with_origin"]

OFFICER_MARK: Final = b"\x00flush"
"""Changelog key with which every flush ends; no key of the officer table begins so."""

_decode: Final = msgspec.json.Decoder(Partial).decode
_encode: Final = msgspec.json.Encoder().encode
_mark: Final = msgspec.msgpack.Encoder().encode
_origin: Final = msgspec.msgpack.Decoder(StateOrigin).decode


def mark_with_origin(value: bytes, origin: StateOrigin) -> bytes:  # noqa: ARG001  # that of cases says more
    """The value of a mark: what the state belongs to."""
    return _mark(origin)


def mark_origin(value: bytes) -> StateOrigin | None:
    """The origin of the state that a flush marker ends; None if an older program wrote it without one.

    Raises:
        msgspec.MsgspecError: It is no such value.
    """
    return _origin(value) if value else None


class OfficerProcessor:
    """The officers of one partition number. See `streams.kafka.work.PartitionProcessor`.

    Args:
        number: The partition number.
        settings: Names of topics, hold-back.
        rules: The policy.
        worker: What metrics read of the worker.
        feeds: Whether the officers topic has a heartbeat.
        follows_wall: Whether the officers topic follows the wall clock when it is read to its end, idle and without
            a heartbeat.
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
        *,
        follows_wall: bool,
        now: Callable[[], int],
    ) -> None:
        prefix = settings.prefix
        self.stats = OfficerStats()
        self._number, self._now, self._worker = number, now, worker
        self._live_every = in_ms(settings.live_every)
        self._officers = topic("officers", prefix).name
        self._partials = topic("load-partials", prefix).name
        self._loads = topic("officer-load", prefix).name
        self._alerts = topic("officer-alerts", prefix).name
        self._offices = topic("office-partials", prefix).name
        self._partitions = settings.partitions
        self._table = OfficerTable(rules, settings.partitions, number=number, partitions=settings.partitions)
        self._missed = MissedPartials(self._partials, number)
        self._sources = range(settings.partitions)
        self._unsure: set[int] = set()  # case partitions whose rows may be older than a gap among the partials
        self._outbox = Outbox(settings.partitions)
        self._intake = Intake[hot.OfficerEvent](
            number,
            settings,
            [self._officers],
            self._outbox,
            worker,
            feeds,
            key_field="officer_id",
            is_known=lambda _: False,
            heals=[self._partials],
            follows_wall=follows_wall,
            now=now,
        )
        self._kept: dict[str, bytes] = {}  # what the changelog comes to
        self._publishes_all = True
        self._published_at = 0
        self._loads_as_of: int | None = None  # the instant (ms) of the loads published last
        self._sent: tuple[int | None, OfficerProgress] | None = None  # what was judged last then, and how far we were
        self._staff_sent: list[StaffRow] | None = None
        self.reset_to_committed()

    # ---- state --------------------------------------------------------------------------------------

    def restore(self, records: dict[str, bytes]) -> None:
        """Restore the state from the changelog."""
        self._intake.restore(records)
        if self._partials in self._intake.gaps:
            self._unsure.update(self._sources)
        records.pop(OFFICER_MARK.decode(), None)
        self._kept = records
        self._table.restore(records)

    def on_restored(self) -> Work:
        """Finish the restore; under another policy, return what the policy changes."""
        effects = self._table.restored()
        fresh = {revision.alert_id for revision in effects.alerts if revision.raised_at == revision.at}
        for alert_id, alert in self._table.standing():
            if alert_id in fresh:
                continue  # raised by another policy just now: counted when it is published
            cause = OFFICER_CAUSES[alert.cause].value
            self.stats.standing.restore(alert_id, cause, alert.office, is_escalated=alert.escalated_at is not None)
        self.reset_to_committed()
        # the partials that carried it are processed, and a log without events brings no others
        self._loads_as_of = self._table.loads_watermark
        work = self._work(effects)
        self._update_stats()
        return work

    def snapshot(self) -> Iterable[tuple[str, bytes]]:
        """Every record that a restore needs, as it is now."""
        return [*self._kept.items(), *self._intake.records()]

    def gaps(self) -> Collection[InputGap]:
        """Gaps of the input that are open."""
        return self._intake.open_gaps()

    def reset_to_committed(self) -> None:
        """Drop what was read and not committed; it will be read again."""
        self._intake.rewind(self._table.watermark)
        self._partials_read: int | None = None

    # ---- batches ------------------------------------------------------------------------------------

    def process(self, batch: Batch) -> Iterator[Work]:
        """Work on records, or on a tick."""
        if batch.is_tick:
            self._tick(batch)
        else:
            self._intake.count(batch)
            if batch.topic == self._officers:
                self._intake.admit(batch)
            else:
                self._add_partials(batch)
        released, watermark = self._intake.release()
        for event in released:
            self._table.apply(event, event.recorded_at)
        effects = self._table.advance(watermark)
        if batch.is_tick:
            self._publish_loads()
        yield self._work(effects)
        self._update_stats()

    def topics_to_pause(self) -> Collection[str]:
        """None: neither topic waits for the other."""
        return ()

    def _tick(self, tick: Batch) -> None:
        """Apply time and gaps; after a gap in the partials the rows of any case partition may be old."""
        before = self._intake.gaps.of(self._partials)
        self._intake.tick(tick, lambda _: self._table.loads_watermark or 0)
        if self._intake.gaps.of(self._partials) not in (None, before):
            self._unsure.update(self._sources)

    def _add_partials(self, batch: Batch) -> None:
        """Add partials; one that no case agent of ours can have written becomes a dead letter."""
        for record in batch.records:
            try:
                partial = _decode(record.value or b"")
                self._table.add_partial(partial)
                if self._unsure and partial.final is True:  # one that names changes says no row that did not
                    self._note_final(partial.partition)
            except (msgspec.MsgspecError, ValueError):
                refused = Refused(RefusalCode.BAD_VALUE, "", "the record is no load partial of these case partitions")
                self._intake.refuse(refused, record, batch)
        self._partials_read = batch.records[-1].offset + 1
        missed = self._table.missed
        self._missed.log_changes(missed)
        self.stats.partials_missing = len(missed)

    def _note_final(self, partition: int) -> None:
        """A gap among the partials is closed once every case partition has said all of its rows again."""
        self._unsure.discard(partition)
        if not self._unsure:
            self._intake.gaps.close(self._partials)

    # ---- what follows from it -----------------------------------------------------------------------

    def _work(self, effects: OfficerEffects) -> Work:
        now = self._now()
        for revision in effects.alerts:
            self._outbox.add(self._alerts, revision.key, revision.json(now))
            self._worker.officer_alerts[revision.cause, self.stats.standing.publish(revision)] += 1
        processed = self._intake.processed(self._table.watermark, {self._partials: self._partials_read})
        changelog = [*effects.changelog, *self._intake.drain()]
        if changelog or processed:
            changelog.append((OFFICER_MARK, b""))
        for key, value in effects.changelog:
            if value is None:
                self._kept.pop(key.decode(), None)
            else:
                self._kept[key.decode()] = value
        return Work(self._outbox.drain(), changelog, processed)

    def _update_stats(self) -> None:
        """Update the stats once the work is queued: what they show is durable, or counted as waiting."""
        stats = self.stats
        stats.clock, stats.as_of = self._table.clock, self._loads_as_of
        stats.awaited = self._table.awaited
        stats.known = self._intake.read_watermarks()

    def _publish_loads(self) -> None:
        now = self._now()
        if now - self._published_at < self._live_every:
            return
        self._published_at = now
        loads = self._table.rows() if self._publishes_all else self._table.changed_rows()
        if self._publishes_all:
            self._table.changed_rows()
            self._publishes_all = False
        self._loads_as_of = self._table.loads_watermark
        for load in loads:
            self._outbox.add(self._loads, load.officer_id.encode(), load.json())
            self.stats.loads[load.officer_id] = load
        if loads or self._staff_sent is None:
            self._publish_staff()
        self._publish_progress()

    def _publish_progress(self) -> None:
        """Publish the progress of this partition after its loads, so that a reader of the progress can read them.

        Until it has judged a period end all others may wait for it, and at every period end one may begin anew;
        between them partition 0 of the topic is enough for those who only look.
        """
        judged, progress = self._table.judged, self._table.progress()
        sent = self._sent
        if progress.watermark == BEFORE_ALL_TIME or (sent is not None and progress == sent[1]):
            return
        is_for_all = judged is None or sent is None or judged != sent[0]
        self._sent = judged, progress
        value = _encode(progress.carried())
        for number in range(self._partitions if is_for_all else 1):
            self._outbox.add_to_partition(self._partials, number, str(self._number).encode(), value)

    def _publish_staff(self) -> None:
        """Publish the staff rows of each office if they changed since the last message."""
        rows = self._table.staff_rows(self.stats.loads.values())
        self.stats.staff = rows
        if rows != self._staff_sent:
            self._staff_sent = rows
            as_of = self._loads_as_of or 0
            key = f"officers:{self._number}".encode()
            self._outbox.add(self._offices, key, _encode(OfficePartial(self._number, as_of, staff=rows)))
