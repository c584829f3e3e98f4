"""An owned partition number: its processor, and its work in order until that is durable.

While a batch is under way, the work of the next steps waits and becomes one batch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from time import monotonic
from typing import Final, Generic, NoReturn, TypeVar

from streams.core.state.origin import StateOrigin
from streams.kafka.producer.work_batcher import PendingBatch, WorkBatch, batched
from streams.kafka.state.checkpoint_scheduler import StateSnapshot
from streams.kafka.work import PartitionProcessor, ProcessedOffset, Work

__all__ = ["Deliver", "PartitionTask"]

_MOST_WAITING: Final = 12
"""Most units of work that are not durable yet; then the agent waits."""

A = TypeVar("A", bound=PartitionProcessor)

Deliver = Callable[[WorkBatch], Awaitable[int | None]]
"""Makes work durable: the changelog offset after it, or None when nothing was written there."""


class PartitionTask(Generic[A]):
    """One owned partition number.

    Args:
        processor: Its processor.
        position: The changelog offset of its state; None when it is not known.
        last_marker: Value of the flush marker at the end of the changelog; None when there is none.
        origin: The origin of the state; this object takes ownership.
        topics: The input topics.
        stamp: Writes the origin into a marker's value.
        deliver: Makes work durable.
        stop: Ends the process; never returns.

    Attributes:
        processor: The processor.
        position: The changelog offset of the durable state.
        last_marker: The value of the last marker once all queued work is durable.
    """

    def __init__(
        self,
        processor: A,
        position: int | None,
        last_marker: bytes | None,
        origin: StateOrigin,
        *,
        topics: Sequence[str],
        stamp: Callable[[bytes, StateOrigin], bytes],
        deliver: Deliver,
        stop: Callable[[str], NoReturn],
    ) -> None:
        self.processor, self.position, self.last_marker = processor, position, last_marker
        self._origin, self._topics, self._stamp = origin, topics, stamp
        self._make_durable, self._stop = deliver, stop
        self._waiting: deque[PendingBatch] = deque()
        self._last: asyncio.Future[int | None] | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._pieces = 0
        self._waits_since = 0.0

    @property
    def origin(self) -> StateOrigin:
        """The origin of the state, including all queued work."""
        return self._origin

    @property
    def is_working(self) -> bool:
        """Whether some work is not durable yet."""
        return self._pieces > 0

    @property
    def waited(self) -> float:
        """How long (s) work under way has waited without any of it becoming durable; from any thread."""
        return monotonic() - self._waits_since if self._pieces else 0.0

    async def deliver(self, work: Work) -> None:
        """Make work durable before any other is queued."""
        self._stamp_marker(work)
        await self._deliver(batched(work))

    async def queue(self, work: Work) -> None:
        """Queue work to become durable in the background; wait when there is much of it."""
        if not self._pieces:
            self._waits_since = monotonic()
        self._pieces += 1
        self._stamp_marker(work)
        if not self._waiting or self._waiting[-1].is_sealed:
            self._waiting.append(PendingBatch())
        pending = self._waiting[-1]
        pending.add(work)
        self._last = pending.is_durable
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        if self._pieces >= _MOST_WAITING:
            pending.flush_now()
            await asyncio.shield(pending.is_durable)  # a cancelled agent must not cancel the result of the flush

    def when_durable(self, callback: Callable[[], object]) -> None:
        """Call back once all work queued so far is durable; at once when it is."""
        if self._last is None or self._last.done():
            callback()
        else:
            self._last.add_done_callback(lambda _: callback())

    def snapshot(self, mark: bytes) -> StateSnapshot:
        """The state with all work queued so far: the changelog holds it once that is durable.

        Args:
            mark: Key of the flush marker.
        """
        if self._waiting:
            self._waiting[-1].is_sealed = True  # later work must lie behind the position, not before it
        last = mark.decode(), self.last_marker or b""
        return StateSnapshot(chain(self.processor.snapshot(), (last,)), _position(self._last, self.position))

    def _stamp_marker(self, work: Work) -> None:
        origin = self._origin
        origin.offsets.update((processed.topic, processed.offset) for processed in work.processed)
        if work.changelog:
            origin.flush_number = work.flush_number = origin.flush_number + 1
            if not work.processed:
                work.repeated = self._committed_offset()
            key, value = work.changelog[-1]
            self.last_marker = self._stamp(value or b"", origin)
            work.changelog[-1] = key, self.last_marker

    def _committed_offset(self) -> ProcessedOffset | None:
        """An offset of the state that the group has committed, or will have before the queued work is durable."""
        found = self._origin.offsets
        return next((ProcessedOffset(name, found[name]) for name in self._topics if found.get(name)), None)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                await self._waiting[0].wait_until_due()
                pending = self._waiting.popleft()
                await self._deliver(pending.batch)
                self._pieces -= pending.batch.pieces
                self._waits_since = monotonic()
                pending.is_durable.set_result(self.position)
        except BaseException:  # noqa: BLE001  # after a cancellation or an error it is unknown what is durable
            self._stop("a delivery failed")

    async def _deliver(self, work: WorkBatch) -> None:
        if work.is_empty:
            return
        after = await self._make_durable(work)
        if after is not None:
            self.position = after


async def _position(last: asyncio.Future[int | None] | None, position: int | None) -> int | None:
    """The changelog offset behind all work queued so far; None where the broker did not give it."""
    if last is not None:
        position = await asyncio.shield(last)
    return None if position is None or position < 0 else position
