"""What is asked of the group while partitions are taken over: whether they are still ours, and what it committed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Final, cast

from faust import App

from streams.kafka.consumer.transport import BatchConsumer
from streams.kafka.state.changelog import AssignmentRevoked
from streams.process.watchdog import TimeLimit, Watchdog

__all__ = ["ASK_AGAIN_SECONDS", "Takeover"]

ASK_AGAIN_SECONDS: Final = 0.2
"""How long to wait before a question is asked again."""


class Takeover:
    """The side of a takeover that the group decides.

    Args:
        app: The Faust app.
        topics: The co-partitioned input topics.
        watchdog: Ends the process when no answer comes.
        patience: How long (s) to wait for one.
    """

    def __init__(self, app: App, topics: Sequence[str], watchdog: Watchdog, patience: float) -> None:
        self._app, self._topics, self._watchdog, self._patience = app, topics, watchdog, patience

    def limit(self, what: str) -> AbstractContextManager[TimeLimit]:
        """End the process when the block takes longer than our patience.

        Args:
            what: What has not come by then, for the sentence.
        """
        return self._watchdog.limit(self._patience, f"{what} for {self._patience:g} s: the broker is gone")

    async def confirm(self, is_superseded: Callable[[], bool]) -> None:
        """Take nothing over that is no longer ours: one that was paused since the group met would end its successor.

        Shown by tests/kafka/test_transactions.py::TestTakingOver.

        Raises:
            Superseded: The group has met again.
        """
        with self.limit("the group's coordinator has not answered"):
            while not await self._consumer.is_member():
                if is_superseded():
                    raise AssignmentRevoked
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    @asynccontextmanager
    async def turn(self, is_superseded: Callable[[], bool]) -> AsyncIterator[None]:
        """Do what fences or writes while the partitions are ours for certain.

        A worker that is given them next takes them over after that, and not before: then we would end it.
        Shown by tests/unit/kafka/state/test_partition_store.py::TestTenure and test_transport.py::TestTenure, moment by
        moment.

        Raises:
            Superseded: The group has met again.
        """
        tenure = self._consumer.tenure
        with self.limit("the turn to take over has not come"):
            await tenure.acquire()
        try:
            if is_superseded():
                raise AssignmentRevoked
            yield
        finally:
            tenure.release()

    async def committed(self, numbers: Iterable[int]) -> Mapping[int, Mapping[str, int]]:
        """What the group committed of partition numbers."""
        with self.limit("the group's coordinator has not said what it committed"):
            return await self._consumer.committed(self._topics, list(numbers))

    @property
    def _consumer(self) -> BatchConsumer:
        return cast(BatchConsumer, self._app.consumer)
