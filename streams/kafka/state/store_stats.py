"""Counts of what the store of partitions did, for metrics."""

__all__ = ["StoreStats"]


class StoreStats:
    """Counters of a store, for metrics.

    Attributes:
        restores: How often partitions were restored.
        restored_records: How many changelog records that took, in all.
        restore_seconds: How long the last one took.
        flushes: Pieces of work made durable.
        flushed_at: When the last one was (s since the epoch); None before the first.
        refused: Partitions whose state does not belong to what the group committed; the process is about to end.
    """

    def __init__(self) -> None:
        self.restores = 0
        self.restored_records = 0
        self.restore_seconds = 0.0
        self.flushes = 0
        self.flushed_at: float | None = None
        self.refused = 0
