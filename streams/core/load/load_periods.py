"""The load periods of one partition, and the partials with what its cases add to the officers' loads."""

from schemas.instants import AFTER_ALL_TIME
from streams.core.load.partials import CHANGES, Partial, PartialRow
from streams.core.load.partition_counts import PartitionCounts
from streams.core.state.partition_record import PartitionRecord

__all__ = ["LoadPeriods"]


class LoadPeriods:
    """Which period ends come, and what changed between them.

    Args:
        number: The partition, carried in the partials.
        period: Length of a period (ms).
        counts: What its cases count.

    Attributes:
        first: When the first event of the partition became known (ms); None before there is one.
        next_end: The next end (ms) to publish; far in the future before the first event.
    """

    __slots__ = ("_counts", "_final", "_number", "_period", "first", "next_end")

    def __init__(self, number: int, period: int, counts: PartitionCounts) -> None:
        self._number, self._period, self._counts = number, period, counts
        self.first: int | None = None
        self.next_end: int = AFTER_ALL_TIME
        self._final: int | None = None  # the instant of the last final partial; None when the next one is whole

    def begin(self, recorded_at: int, watermark: int) -> None:
        """Note the first event; the first period that it can be in ends at or after the instant of its judging.

        Args:
            recorded_at: When it was recorded (ms).
            watermark: The clock before it (ms).
        """
        self.first = max(recorded_at, watermark)
        # a period that ended at the clock has been judged elsewhere already, without what came late
        after = recorded_at if recorded_at > watermark else watermark + 1
        self.next_end = -(-after // self._period) * self._period

    def resume(self, record: PartitionRecord) -> None:
        """Continue after the instant in the partition's record, at multiples of the period, whatever it was before."""
        if record.next_period == AFTER_ALL_TIME:
            return
        open_from = record.watermark if record.next_period <= record.watermark else record.watermark + 1
        self.next_end = -(-open_from // self._period) * self._period
        self.first = record.next_period - self._period if record.first is None else record.first

    @property
    def closed(self) -> int | None:
        """The last period end (ms) that the clock passed; None when there was none, or when it is unknown."""
        return None if self.next_end == AFTER_ALL_TIME else self.next_end - self._period

    def close(self, until: int, partials: list[Partial]) -> None:
        """Add the final partials of the period ends up to `until`, before later events are applied.

        Periods without changes cost nothing, however many there are; the very first period is always published.
        """
        period = self._period
        while (end := self.next_end) <= until:
            change = min(self._counts.next_change, until + 1)
            if change > end and self._final is not None:
                self.next_end = end + -(-(change - end) // period) * period
                continue
            self.next_end = end + period
            rows = self._counts.final_rows(end)
            if rows or self._final is None:
                self._put_final(end, rows, partials)

    def add_last_final(self, partials: list[Partial]) -> None:
        """Add the last period end passed even if nothing changed at it: other partitions end their periods by it."""
        last = self.next_end - self._period
        if not partials or partials[-1].as_of < last:
            self._put_final(last, [], partials)

    def live(self, watermark: int) -> Partial:
        """The officers whose counts changed since the last call."""
        return Partial(self._number, watermark, False, self._counts.changed_rows(watermark), self.first)

    def clock(self, watermark: int) -> Partial:
        """A partial without counts."""
        return Partial(self._number, watermark, False, [], self.first)

    def every_officer(self, watermark: int) -> Partial:
        """Every officer, as of the clock."""
        return Partial(self._number, watermark, True, self._counts.rows(watermark), self.first)

    def whole(self, final: Partial) -> Partial:
        """The newest final partial with every officer in it, so that it builds on none before."""
        return Partial(self._number, final.as_of, True, self._counts.all_final_rows(), self.first)

    def _put_final(self, at: int, rows: list[PartialRow], partials: list[Partial]) -> None:
        final = True if self._final is None else CHANGES
        partials.append(Partial(self._number, at, final, rows, self.first, self._final))
        self._final = at
