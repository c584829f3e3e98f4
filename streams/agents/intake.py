"""The intake of one partition number: records become events or dead letters, and wait for the watermark.

Both agents read their event topics through it. It admits or refuses each record, keeps what is admitted until every
topic is known as far, and says which offsets may be committed: those of records that the watermark of the state has
passed. Gaps of the input and dead letters that are already published belong to it, too, with their changelog records.
It reads the wall clock and does no I/O.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar, cast

from schemas import hot
from schemas.refusals import Refused
from schemas.topics import topic
from streams.agents.admission import Admission
from streams.agents.clock import in_ms
from streams.agents.feeds import FeedWatch
from streams.agents.gaps import PartitionGaps
from streams.agents.outbox import Outbox
from streams.agents.reported_dead_letters import ReportedDeadLetters
from streams.core.time.watermark import PartitionGroup
from streams.kafka.batches import Batch, Record
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import InputGap
from streams.kafka.state.offset_tracker import OffsetTracker
from streams.kafka.work import ProcessedOffset
from streams.metrics.stats import WorkerStats

__all__ = ["Intake"]

_NONE: Final[Mapping[str, int | None]] = {}

E = TypeVar("E", bound=hot.Event)


class Intake(Generic[E]):
    """Reads the event topics of one partition number; E is the base of the event types there.

    Args:
        number: The partition number.
        settings: Prefix and partitions of the topics, hold-back.
        topics: Names of the event topics.
        outbox: Takes dead letters and audit records.
        worker: What metrics read of the worker.
        feeds: Which topics have a heartbeat.
        key_field: Which field of an event is the key: `case_id` or `officer_id`.
        is_known: Whether a key was admitted here before.
        full: Keys whose state has grown so large that nothing more is taken.
        heals: Topics, beside the event topics, whose gaps delay nothing: the agent closes them.
        follows_wall: Whether a topic follows the wall clock when it is read to its end, idle and without a heartbeat.
        now: The wall clock (ms).

    Attributes:
        gaps: The gaps of the input that are open.
    """

    def __init__(
        self,
        number: int,
        settings: Settings,
        topics: Sequence[str],
        outbox: Outbox,
        worker: WorkerStats,
        feeds: FeedWatch,
        *,
        key_field: str,
        is_known: Callable[[str], bool],
        full: Collection[str] = (),
        heals: Collection[str] = (),
        follows_wall: bool,
        now: Callable[[], int],
    ) -> None:
        self._number, self._topics, self._outbox = number, topics, outbox
        self._worker, self._feeds = worker, feeds
        self._follows_wall, self._now = follows_wall, now
        self._hold_back = in_ms(settings.hold_back)
        self._dead_letter_topic = topic("dead-letters", settings.prefix).name
        self._audit_topic = topic("audit", settings.prefix).name
        self._reported = ReportedDeadLetters()
        self.gaps = PartitionGaps(number, feeds, heals)
        self._admission = Admission[E](
            prefix=settings.prefix,
            number=number,
            partitions=settings.partitions,
            key_field=key_field,
            is_known=is_known,
            full=full,
            refused=worker.refused,
            reported=self._reported,
        )

    # ---- state --------------------------------------------------------------------------------------

    def restore(self, records: dict[str, bytes]) -> None:
        """Remove and restore this intake's records from the newest changelog records by key."""
        self._reported.restore(records)
        self.gaps.restore(records)

    def rewind(self, watermark: int) -> None:
        """Drop what was read and not processed, to read it again; the state is as of `watermark` (ms)."""
        self._group = PartitionGroup(self._topics, self._hold_back, watermark)
        self._trackers = {name: OffsetTracker() for name in self._topics}
        self._processed: dict[str, int] = {}

    def drain(self) -> list[tuple[bytes, bytes | None]]:
        """The changelog records to write, if anything has changed since the last call."""
        return [*self._reported.drain(), *self.gaps.drain()]

    def records(self) -> list[tuple[str, bytes]]:
        """All current changelog records."""
        return [*self._reported.records(), *self.gaps.records()]

    # ---- reading ------------------------------------------------------------------------------------

    def count(self, batch: Batch) -> None:
        """Count the records of a batch, whatever becomes of them."""
        count = len(batch.records)
        self._worker.read[batch.topic] += count
        self._worker.batch_sizes.add(count)
        self._reported.read(batch.topic, batch.records[0].offset)

    def admit(self, batch: Batch, quota: dict[str, int] | None = None) -> None:
        """Admit the records of an event topic: events wait for the watermark, refused records become dead letters.

        Args:
            batch: Records of one topic, in the order of its log.
            quota: Of keys that come too often, how many more events may be taken; used up here.
        """
        name = batch.topic
        passed = self.gaps.read(name)
        if passed is not None:
            self._pass_gap(passed)
        admitted = self._admission.admit(batch, self._now(), quota, follows_wall=self._follows_wall)
        # the group looks at recorded_at only
        self._group.add(name, cast(list[hot.CaseEvent | hot.Clock], admitted.events), admitted.instants)
        self._trackers[name].read(admitted.offsets, admitted.instants, batch.records[-1].offset + 1)
        for key, value in admitted.dead_letters:
            self._outbox.add(self._dead_letter_topic, key, value)

    def refuse(self, refused: Refused, record: Record, batch: Batch) -> None:
        """Make a dead letter of a record of another topic than the event topics."""
        for key, value in self._admission.refuse(refused, record, batch, self._now()):
            self._outbox.add(self._dead_letter_topic, key, value)

    def tick(self, tick: Batch, watermark_of: Callable[[str], int] | None = None) -> None:
        """Update read positions, gaps, and the time that passed on idle topics.

        Args:
            tick: A batch without records.
            watermark_of: How far (ms) a topic beside the event topics is read; needed where gaps of one may be found.
        """
        self._update_gaps(tick, watermark_of)
        own = {reach.topic: reach for reach in tick.reached if reach.topic in self._trackers}
        for name, reach in own.items():
            self._trackers[name].pass_markers(reach.position)
        if self._follows_wall:
            self._pass_time({name: reach.wall for name, reach in own.items() if name not in self.gaps})

    def _update_gaps(self, tick: Batch, watermark_of: Callable[[str], int] | None) -> None:
        """Put on record what is gone; the clock stands there by itself, for nothing behind it is read."""

        def read_watermark(name: str) -> int:
            if name in self._trackers or watermark_of is None:
                return self._group.read_watermark(name)
            return watermark_of(name)

        found, passed = self.gaps.update(tick.gaps, read_watermark, self._now())
        for record in found:
            self._outbox.add_to_partition(self._audit_topic, 0, record.key.encode(), record.model_dump_json().encode())
        for gap in passed:
            self._pass_gap(gap)

    def _pass_gap(self, gap: InputGap) -> None:
        """Let the next owner pass a gap, too; what is known of offsets that other records have now does not count."""
        if gap.is_cut:
            self._trackers[gap.topic].go_back(gap.resumes_at)
            self._reported.forget_from(gap.topic, gap.resumes_at)
        else:
            self._trackers[gap.topic].read((), (), gap.resumes_at)

    def _pass_time(self, walls: dict[str, int]) -> None:
        """Let the wall clock pass on idle topics, except those with a heartbeat."""
        for name in self._feeds.declared:
            self._feeds.check(name, self._number, self._group.read_watermark(name), walls.pop(name, None))
        for name, wall in walls.items():
            self._group.idle(name, wall)

    # ---- what has been read --------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._group)

    def release(self) -> tuple[list[E], int]:
        """The events that every topic is known as far as, by recorded_at, and the watermark (ms)."""
        released, watermark = self._group.release()
        return cast(list[E], released), watermark

    def buffered(self) -> Iterator[E]:
        """All events that wait for the watermark."""
        return cast(Iterator[E], self._group.buffered())

    def topics_ahead(self, most: int) -> list[str]:
        """Topics that are ahead of the slowest with `most` events waiting, or more."""
        return [name for name in self._group.topics_ahead() if self._group.buffered_count(name) >= most]

    def read_watermarks(self) -> dict[str, int]:
        """By topic: everything recorded up to this instant (ms) is read."""
        return {name: self._group.read_watermark(name) for name in self._topics}

    def processed(self, watermark: int, others: Mapping[str, int | None] = _NONE) -> list[ProcessedOffset]:
        """Which offsets may be committed once the state stands at `watermark` (ms), as far as they have moved.

        Args:
            watermark: Everything recorded up to this instant is applied.
            others: The same of topics beside the event topics; None while nothing of one was read.
        """
        ends = {name: tracker.committable(watermark) for name, tracker in self._trackers.items()}
        moved = []
        for name, offset in {**ends, **others}.items():
            if offset is not None and offset != self._processed.get(name):
                self._reported.forget_before(name, offset)
                self._processed[name] = offset
                moved.append(ProcessedOffset(name, offset))
        return moved

    def open_gaps(self) -> list[InputGap]:
        """Gaps of the input that are open."""
        return self.gaps.all()
