"""The thread in which aiokafka lives: it polls, asks, seeks, and says how far the topics are read.

Everything here that waits is awaited in that thread's event loop; what only looks may be asked from any thread.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, cast

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import (  # type: ignore[import-untyped]  # the same
    ConsumerStoppedError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.errors import BrokerError, DocketwatchError
from streams.kafka.batches import EndOfPartition
from streams.kafka.client.answers import check_answers
from streams.kafka.client.broker_errors import not_a_member
from streams.kafka.client.topic_watch import TopicIdentity, watch_topics
from streams.kafka.consumer.fetch_batches import take_fetched
from streams.kafka.consumer.fetch_hooks import record_fetch_times, record_request_time, requested_at, shorten_fetch_wait
from streams.kafka.consumer.membership import report_lost_membership
from streams.kafka.input_gaps import InputGap, find_gaps
from streams.kafka.work import MARKED
from streams.process.exits import exit_at_once

__all__ = ["BatchConsumerThread"]

_log: Final = logging.getLogger(__name__)
_ASK_SECONDS: Final = 3.0
_SEEK_SHARE: Final = 0.8
"""Of the time in which Faust wants the seek to be over; when it is not, Faust's recovery ends, and says nothing."""


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread of a `BatchConsumer`.

    Args:
        consumer: The consumer that it polls for.
        on_heard: Told of every answer of a broker, in this thread.
        started_with: The topics that must stay what they are, by name.
        kwargs: Faust's own.

    Attributes:
        gaps: Where records are gone that were to be read next; nothing behind is given out until `pass_gap`.
    """

    mundane_level = "debug"

    def __init__(
        self,
        consumer: driver.Consumer,
        *,
        on_heard: Callable[[], None],
        started_with: Mapping[str, TopicIdentity],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        self._on_heard, self._started_with = on_heard, started_with
        self._watching: asyncio.Task[None] | None = None
        self.gaps: dict[TP, InputGap] = {}
        super().__init__(consumer, **kwargs)

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:  # noqa: ANN401  # aiokafka has no types
        """The client.

        Stock: reads what is not committed, unless Faust's own transactions are on; load partials come in transactions.
        Shown by tests/kafka/test_transactions.py::TestZombie.
        """
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"  # noqa: SLF001  # Faust passes no such setting on
        shorten_fetch_wait(consumer)
        record_fetch_times(consumer, self._on_heard)
        return check_answers(consumer)

    async def on_start(self) -> None:
        """Connect."""
        await super().on_start()
        consumer = self._ensure_consumer()
        record_request_time(consumer)
        report_lost_membership(consumer, self._lost)
        client = consumer._client  # noqa: SLF001  # no public way to ask what aiokafka does not
        self._watching = asyncio.create_task(watch_topics(client, self._started_with, self._changed))

    async def on_thread_stop(self) -> None:
        """Disconnect."""
        if self._watching is not None:
            self._watching.cancel()
        await super().on_thread_stop()

    def _changed(self, sentence: str) -> None:
        try:
            raise BrokerError(
                f"{sentence}: the topics are not those with which this worker started; see `docketwatch topics check`"
            )
        except DocketwatchError:
            exit_at_once("its topics have changed")

    def _lost(self, error: BaseException) -> None:
        try:
            conf = self.app.conf
            raise not_a_member(error, conf.id, conf.consumer_group_instance_id) from error
        except DocketwatchError:
            exit_at_once("it is in no group")

    def held(self) -> Collection[TP]:
        """What the group gave us last; nothing from when it said that it goes on without us until we are in it again.

        Stock: the assignment stays what it was until the group gives another, though others have it by then.
        Shown by tests/unit/kafka/consumer/test_consumer_thread.py::TestHeld.
        """
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # said nowhere else
        # there is none yet while it connects, when somebody may look at the metrics already
        return self.assignment() if coordinator is not None and coordinator.generation >= 0 else ()

    async def is_member(self) -> bool:
        """Ask the group's coordinator whether it still counts on us, in the generation we know."""
        return bool(await self.call_thread(self._ask_coordinator))

    async def _ask_coordinator(self) -> bool:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # aiokafka asks in the background only
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                await coordinator.ensure_coordinator_known()
                return bool(await coordinator._do_heartbeat())  # noqa: SLF001  # as above
        except TimeoutError:
            return False

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek every assigned partition to where its group stands.

        Stock: aiokafka leaves a partition without a committed offset, or with 0, where it is, so a first batch that was
        fetched and dropped in a rebalance is skipped; and it asks the coordinator once a partition.
        Shown by tests/unit/kafka/consumer/test_consumer_thread.py::TestSeek and
        tests/kafka/test_transport.py::TestSeek.

        Raises:
            BrokerError: No coordinator of the group has said where it stands; nothing may be read before one does.
        """
        seconds = _SEEK_SHARE * self.app.conf.broker_request_timeout
        return dict(await self.call_thread(self._seek_and_hold, seconds))

    async def _seek_within(self, seconds: float) -> Mapping[TP, int | None]:
        try:
            async with asyncio.timeout(seconds):
                return await self._seek()
        except TimeoutError as error:
            raise BrokerError(
                f"group {self.app.conf.id}: no coordinator has said within {seconds:g} s what the group has committed; "
                "without its word nothing is read"
            ) from error

    async def _seek_and_hold(self, seconds: float) -> Mapping[TP, int | None]:
        offsets = await self._seek_within(seconds)
        for tp, offset in offsets.items():
            self._hold(tp, offset)
        return offsets

    async def committed(self, places: Collection[TP]) -> Mapping[TP, int]:
        """What the group has committed, by the word of its coordinator; a partition without is left out."""
        return dict(await self.call_thread(self._fetch_committed, places))

    async def marked(self, places: Collection[TP]) -> Collection[TP]:
        """Those whose committed offset says that it was committed with a mark."""
        marked: Collection[TP] = await self.call_thread(self._fetch_marked, places)
        return marked

    async def _fetch_marked(self, places: Collection[TP]) -> Collection[TP]:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # as below
        found = await coordinator.fetch_committed_offsets([TopicPartition(*place) for place in places])
        return {TP(tp.topic, tp.partition) for tp, kept in found.items() if kept.metadata == MARKED}

    async def _fetch_committed(self, places: Collection[TP]) -> Mapping[TP, int]:
        coordinator = self._ensure_consumer()._coordinator  # noqa: SLF001  # the public way asks once a partition
        found = await coordinator.fetch_committed_offsets([TopicPartition(*place) for place in places])
        return {TP(tp.topic, tp.partition): kept.offset for tp, kept in found.items()}

    async def _seek(self) -> Mapping[TP, int | None]:
        consumer = self._ensure_consumer()
        assigned = list(consumer.assignment())
        offsets = await asyncio.gather(*(consumer.committed(tp) for tp in assigned))
        fresh = [tp for tp, offset in zip(assigned, offsets, strict=True) if offset is None]
        # not seek_to_beginning: it waits for the long poll that is under way
        starts = await consumer.beginning_offsets(fresh) if fresh else {}
        for tp, offset in zip(assigned, offsets, strict=True):
            consumer.seek(tp, starts[tp] if offset is None else offset)
        return {TP(tp.topic, tp.partition): offset for tp, offset in zip(assigned, offsets, strict=True)}

    async def _fetch_records(
        self,
        consumer: Any,  # noqa: ANN401  # Faust's own signature, here and below
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Any:  # noqa: ANN401
        """Poll.

        Stock: takes records from aiokafka one at a time, 0.9 us each against 0.2 us.
        Shown by tests/unit/kafka/consumer/test_fetch_batches.py and tests/kafka/test_transport.py.
        """
        if not self.consumer.flow_active:
            return {}
        fetcher = consumer._fetcher  # noqa: SLF001  # as stock
        if consumer._closed or fetcher._closed:  # noqa: SLF001  # as stock
            raise ConsumerStoppedError
        wanted = active_partitions - self.gaps.keys() if self.gaps else active_partitions
        try:
            with fetcher._subscriptions.fetch_context():  # noqa: SLF001  # as stock
                return await take_fetched(fetcher, wanted, timeout=timeout or 0.0, most=cast(int, max_records))
        except OffsetOutOfRangeError as error:
            await self._note_gaps(consumer, error.args[0])
        except NoOffsetForPartitionError:
            pass  # of a fresh group: where it begins, `_seek` says
        return {}

    async def _note_gaps(self, consumer: Any, positions: Mapping[Any, int]) -> None:  # noqa: ANN401  # as above
        """Take note of what is gone.

        Stock: begins anew at the earliest record, and nobody hears of what lay before it.
        Shown by tests/kafka/test_input_gaps.py.
        """
        try:
            found = await find_gaps(consumer, positions)
        except KafkaError as error:
            _log.info("where records are gone is not known yet: %r", error)
            return  # the next poll meets the same, and asks again
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001  # as below
        for gap in found:
            tp = TP(gap.topic, gap.partition)
            state = assignment.state_value(tp) if assignment is not None else None
            # a rebalance, or another seek, may have come between
            if state is not None and state.has_valid_position and state.position == positions[tp]:
                self.gaps[tp] = gap
                consumer.seek(tp, gap.resumes_at)

    def _hold(self, tp: Any, committed: int | None) -> None:  # noqa: ANN401  # as above
        """Hold a topic-partition, that was sought to what is committed, at its gap if it has one."""
        gap = self.gaps.get(tp)
        if gap is None or committed is None:
            return
        if not gap.is_cut and committed >= gap.resumes_at:
            del self.gaps[tp]  # it was passed, and what lies behind it is committed
            return
        self.gaps[tp] = gap.since(committed)
        self._ensure_consumer().seek(tp, gap.resumes_at)

    async def pass_gap(self, gap: InputGap) -> None:
        """Read on behind a gap; nothing happens where it is another by now."""
        await self.call_thread(self._pass_gap, gap)

    async def _pass_gap(self, gap: InputGap) -> None:
        tp = TP(gap.topic, gap.partition)
        if self.gaps.get(tp) == gap:
            del self.gaps[tp]

    def reach(self, tp: TP) -> EndOfPartition | None:
        """How far the wall clock may speak for a topic-partition: None unless it is read to its end.

        The order of the three reads matters, for the polling thread may write between them: an answer that comes after
        the first moves the end away from the position, never the instant past the end.
        """
        consumer = self._ensure_consumer()
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001  # no public way without a round trip
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or not state.has_valid_position or tp in self.gaps:
            return None
        asked, end, position = requested_at(state), state.highwater, state.position
        if asked is None or end is None or position < end:
            return None
        return EndOfPartition(tp.topic, asked, position)

    def unread(self, tp: TP) -> int | None:
        """Records behind the position, as of the last poll; None while unknown."""
        consumer = self._ensure_consumer()
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001  # as above
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or not state.has_valid_position or state.highwater is None:
            return None
        return max(0, int(state.highwater) - int(state.position))
