"""A partition number in our hands: its application, and its work on the way to being durable, in order.

While some of it is under way the next steps are worked on; what they ask for waits, and goes together.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import chain
from time import monotonic
from typing import Final, Generic, NoReturn, TypeVar

from streams.core.state.origin import StateOrigin
from streams.kafka.producer.work_batcher import PendingBatch, WorkBatch, batched
from streams.kafka.state.checkpoint_scheduler import StateSnapshot
from streams.kafka.work import PartitionProcessor, Work

__all__ = ["Deliver", "PartitionTask"]

_MOST_WAITING: Final = 12
"""Pieces of work that are not durable yet, until the agent waits."""

A = TypeVar("A", bound=PartitionProcessor)

Deliver = Callable[[WorkBatch], Awaitable[int | None]]
"""Makes work durable: the changelog offset after it, or None when nothing was written there."""


class PartitionTask(Generic[A]):
    """One partition number.

    Args:
        application: What works on it.
        position: The changelog offset its state contains everything before; None when it is not known.
        last_mark: Value of the mark that ends the changelog; None when there is none.
        origin: What the state belongs to; becomes its own.
        stamp: Puts that into the value of a mark.
        deliver: Makes work durable.
        stop: Ends the process; never returns.

    Attributes:
        application: As given.
        position: As of what is durable.
        last_mark: Once everything handed over is durable.
    """

    def __init__(
        self,
        application: A,
        position: int | None,
        last_mark: bytes | None,
        origin: StateOrigin,
        *,
        stamp: Callable[[bytes, StateOrigin], bytes],
        deliver: Deliver,
        stop: Callable[[str], NoReturn],
    ) -> None:
        self.application, self.position, self.last_mark = application, position, last_mark
        self._origin, self._stamp = origin, stamp
        self._make_durable, self._stop = deliver, stop
        self._waiting: deque[PendingBatch] = deque()
        self._last: asyncio.Future[int | None] | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._pieces = 0
        self._waits_since = 0.0

    @property
    def origin(self) -> StateOrigin:
        """What the state belongs to, with everything handed over by now."""
        return self._origin

    @property
    def is_working(self) -> bool:
        """Whether work was begun that is not durable yet."""
        return self._pieces > 0

    @property
    def waited(self) -> float:
        """For how long (s) work that was begun has waited without any of it becoming durable; from any thread."""
        return monotonic() - self._waits_since if self._pieces else 0.0

    async def deliver(self, work: Work) -> None:
        """Make work durable before anything else is handed over."""
        self._hand_over(work)
        await self._deliver(batched(work))

    async def queue(self, work: Work) -> None:
        """Have work made durable while the next is done; wait when there is much of it."""
        if not self._pieces:
            self._waits_since = monotonic()
        self._pieces += 1
        self._hand_over(work)
        if not self._waiting or self._waiting[-1].is_sealed:
            self._waiting.append(PendingBatch())
        gathering = self._waiting[-1]
        gathering.add(work)
        self._last = gathering.is_durable
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        if self._pieces >= _MOST_WAITING:
            gathering.urge()
            await gathering.is_durable

    def when_durable(self, told: Callable[[], object]) -> None:
        """Have somebody told once everything handed over by now is durable; at once when it is."""
        if self._last is None or self._last.done():
            told()
        else:
            self._last.add_done_callback(lambda _: told())

    def snapshot(self, mark: bytes) -> StateSnapshot:
        """The state as handed over by now: it is in the changelog once what is under way is through.

        Args:
            mark: Key of the changelog record that ends it.
        """
        if self._waiting:
            self._waiting[-1].is_sealed = True  # what comes later must lie behind the position, not before it
        last = mark.decode(), self.last_mark or b""
        return StateSnapshot(chain(self.application.snapshot(), (last,)), _position(self._last, self.position))

    def _hand_over(self, work: Work) -> None:
        self._origin.offsets.update((settled.topic, settled.offset) for settled in work.settled)
        if work.changelog:
            key, value = work.changelog[-1]
            self.last_mark = self._stamp(value or b"", self._origin)
            work.changelog[-1] = key, self.last_mark

    async def _flush(self) -> None:
        try:
            while self._waiting:
                await self._waiting[0].wait()
                gathering = self._waiting.popleft()
                await self._deliver(gathering.gathered)
                self._pieces -= gathering.gathered.pieces
                self._waits_since = monotonic()
                gathering.is_durable.set_result(self.position)
        except BaseException:  # noqa: BLE001  # cancelled or failed, what is durable is not known
            self._stop("a delivery failed")

    async def _deliver(self, work: WorkBatch) -> None:
        if work.is_empty:
            return
        after = await self._make_durable(work)
        if after is not None:
            self.position = after


async def _position(last: asyncio.Future[int | None] | None, position: int | None) -> int | None:
    """The changelog offset behind everything handed over by now; None where the broker did not say."""
    if last is not None:
        position = await asyncio.shield(last)
    return None if position is None or position < 0 else position
