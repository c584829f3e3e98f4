"""The group's side of a takeover: are the partitions still ours, and which offsets are committed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final, cast

from faust import App

from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.state.changelog import AssignmentRevoked
from streams.kafka.state.group_offsets import GroupOffsets
from streams.process.watchdog import TimeLimit, Watchdog

__all__ = ["ASK_AGAIN_SECONDS", "Takeover", "is_asked_to_end"]

ASK_AGAIN_SECONDS: Final = 0.2
"""Pause before a request is repeated."""


class Takeover:
    """Membership, ownership lock and committed offsets during a takeover.

    Args:
        app: The Faust app.
        topics: The co-partitioned input topics.
        watchdog: Ends the process when no answer comes.
        patience: How long (s) to wait for one.
    """

    def __init__(self, app: App, topics: Sequence[str], watchdog: Watchdog, patience: float) -> None:
        self._app, self._topics, self._watchdog, self._patience = app, topics, watchdog, patience

    def limit(self, what: str) -> AbstractContextManager[TimeLimit]:
        """End the process when the block takes longer than `patience`.

        Args:
            what: What has not happened by then, as the start of a sentence.
        """
        return self._watchdog.limit(self._patience, f"{what} for {self._patience:g} s: the broker is gone")

    async def confirm_membership(self, is_superseded: Callable[[], bool]) -> None:
        """Ask the coordinator that we are still a member before fencing.

        A worker that was paused through a rebalance would otherwise fence the new owner.
        Shown by tests/kafka/test_transactions.py::TestTakingOver.

        Raises:
            AssignmentRevoked: Another rebalance has started.
        """
        with self.limit("the group's coordinator has not answered"):
            while not await self._consumer.is_member():
                if is_superseded():
                    raise AssignmentRevoked
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    @asynccontextmanager
    async def ownership(self, is_superseded: Callable[[], bool]) -> AsyncIterator[None]:
        """Run a block that fences or writes while the partitions are certainly ours.

        The next owner takes them over only afterwards; earlier, the block would fence it.
        Shown by tests/unit/kafka/state/test_partition_store.py::TestOwnershipLock and
        tests/unit/kafka/consumer/test_transport.py::TestOwnershipLock, moment by moment.

        Raises:
            AssignmentRevoked: Another rebalance has started.
        """
        ownership_lock = self._consumer.ownership_lock
        with self.limit("the ownership lock was not free"):
            await ownership_lock.acquire()
        try:
            if is_superseded():
                raise AssignmentRevoked
            yield
        finally:
            ownership_lock.release()

    async def committed(self, numbers: Iterable[int]) -> GroupOffsets:
        """The group's committed offsets of partition numbers."""
        with self.limit("the group's coordinator has not given the committed offsets"):
            return GroupOffsets(await self._consumer.committed(self._topics, list(numbers)))

    @property
    def _consumer(self) -> BatchConsumer:
        return cast(BatchConsumer, self._app.consumer)


def is_asked_to_end(app: App, error: BaseException) -> bool:
    """Whether an error is a cancellation of the current task.

    A CancelledError of aiokafka's own may leak instead, and would end Faust's recovery, or an agent, without a
    message. Shown by tests/unit/kafka/state/test_joint_takeover.py::TestCancelled.
    """
    if not isinstance(error, asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return bool(app.should_stop) or (task is not None and task.cancelling() > 0)
