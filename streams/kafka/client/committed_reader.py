"""Consumers that read committed records from offsets that their caller names: all of docketwatch's but the worker's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import IncompatibleBrokerVersion  # type: ignore[import-untyped]  # the same
from aiokafka.protocol.admin import DescribeGroupsRequest  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.batches import Record
from streams.kafka.client.answers import check_answers
from streams.kafka.client.broker_errors import CLIENT_ERRORS
from streams.kafka.client.closing import close_client
from streams.kafka.client.connection import await_brokers, client_options
from streams.kafka.client.settings import Settings
from streams.kafka.work import PartitionId

__all__ = ["CommittedReader", "TimedRecord", "make_reader"]


class TimedRecord(Record, Protocol):
    """A record, and when it was written."""

    @property
    def timestamp(self) -> int:
        """When its producer, or the broker, wrote it (ms)."""


def make_reader(client: Mapping[str, Any], **options: Any) -> AIOKafkaConsumer:  # noqa: ANN401  # aiokafka's own
    """A consumer that commits nothing, reads committed records only, and raises where its offset is not kept any more.

    Args:
        client: How to connect to the brokers (aiokafka's names).
        options: More options, or other ones (aiokafka's names).

    Returns:
        aiokafka's consumer, not started, whose answers are checked.
    """
    fixed = {"enable_auto_commit": False, "auto_offset_reset": "none", "isolation_level": "read_committed"}
    consumer = check_answers(AIOKafkaConsumer(**{**client, **fixed, **options}))
    await_brokers(consumer._client)  # noqa: SLF001  # no public name
    return consumer


class CommittedReader:
    """Asks a broker for offsets and reads on from them, for as long as the block runs.

    Every method that asks the broker raises BrokerError where it does not answer well.

    Args:
        settings: How to reach the brokers.
        sentence: Makes the text of BrokerError of what the client raised.
        options: More of aiokafka's options. With `group_id`, `committed` says what that group has committed; the reader
            does not join it.
    """

    def __init__(
        self,
        settings: Settings,
        sentence: Callable[[BaseException], str] | None = None,
        **options: Any,  # noqa: ANN401  # aiokafka's own
    ) -> None:
        self._settings, self._options = settings, options
        self._sentence = sentence or self._unreadable_sentence
        self._consumer: Any = None

    async def __aenter__(self) -> Self:
        consumer = make_reader(client_options(self._settings), **self._options)
        try:
            await consumer.start()
        except BaseException as error:
            await close_client(consumer)
            if isinstance(error, CLIENT_ERRORS):
                raise self._unreadable(error) from error
            raise
        self._consumer = consumer
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await close_client(self._consumer)

    async def begins(self, tps: Iterable[PartitionId]) -> dict[PartitionId, int]:
        """The first offset of each."""
        return await self._ask(self._consumer.beginning_offsets, tps)

    async def ends(self, tps: Iterable[PartitionId]) -> dict[PartitionId, int]:
        """The offset after the last committed record of each."""
        return await self._ask(self._consumer.end_offsets, tps)

    async def committed(self, tp: PartitionId) -> int | None:
        """The committed offset of a partition; None when there is none."""
        try:
            offset: int | None = await self._consumer.committed(TopicPartition(*tp))
        except CLIENT_ERRORS as error:
            raise self._unreadable(error) from error
        return offset

    async def members(self) -> int | None:
        """How many members the group has; None when the broker does not say."""
        reader = self._consumer
        coordinator = reader._coordinator  # noqa: SLF001  # no public name
        try:
            await coordinator.ensure_coordinator_known()
            answer = await coordinator._send_req(DescribeGroupsRequest([self._options["group_id"]]))  # noqa: SLF001  # as above
        except IncompatibleBrokerVersion:
            return None
        except CLIENT_ERRORS as error:
            raise self._unreadable(error) from error
        code, _, _, _, _, members, *_ = answer.groups[0]
        return None if code else len(members)

    async def has_read_to(self, tp: PartitionId, end: int) -> bool:
        """Whether everything before an offset of one has been polled, or was skipped as a transaction marker."""
        position: int = await self._consumer.position(TopicPartition(*tp))
        return position >= end

    def assign(self, offsets: Mapping[PartitionId, int]) -> None:
        """Read these, and no others, on from these offsets."""
        tps = {TopicPartition(*tp): offset for tp, offset in offsets.items()}
        self._consumer.assign(list(tps))
        for tp, offset in tps.items():
            self._consumer.seek(tp, offset)

    def pause(self, tp: PartitionId) -> None:
        """Read one no further."""
        self._consumer.pause(TopicPartition(*tp))

    async def poll(self, seconds: float) -> Mapping[PartitionId, Sequence[TimedRecord]]:
        """The records that arrived in time, by partition; empty when none did.

        Args:
            seconds: How long to wait for the first record.
        """
        try:
            fetched = await self._consumer.getmany(timeout_ms=int(seconds * 1000))
        except CLIENT_ERRORS as error:
            raise self._unreadable(error) from error
        return {(tp.topic, tp.partition): records for tp, records in fetched.items()}

    async def _ask(self, ask: Any, tps: Iterable[PartitionId]) -> dict[PartitionId, int]:  # noqa: ANN401  # aiokafka has no types
        try:
            answer = await ask([TopicPartition(*tp) for tp in tps])
        except CLIENT_ERRORS as error:
            raise self._unreadable(error) from error
        return {(tp.topic, tp.partition): offset for tp, offset in answer.items()}

    def _unreadable(self, error: BaseException) -> BrokerError:
        return BrokerError(self._sentence(error))

    def _unreadable_sentence(self, error: BaseException) -> str:
        return f"the broker at {self._settings.brokers} cannot be read from: {error}"
