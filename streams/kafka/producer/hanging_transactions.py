"""Finds the previous owner's last transaction that a broker crash left hanging (KAFKA-20734).

It asks before the transactional id becomes ours: afterwards the coordinator has forgotten that transaction. If the
coordinator knows none although the changelog has one open, as after an interrupted takeover, its outcome is unknown;
the records behind it cannot be read and would be missed, so the partition is not taken over.
"""

import asyncio
from collections.abc import Collection
from time import monotonic
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.client import CoordinationType  # type: ignore[import-untyped]  # the same
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError  # type: ignore[import-untyped]  # the same
from aiokafka.producer.sender import BaseHandler  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.producer.kip664_requests import DescribeProducers, DescribeTransactions
from streams.kafka.work import PartitionId

__all__ = ["LastTransaction", "OpenTransaction", "opened_at", "wait_until_ended"]

_LOADING: Final = 14
_ELSEWHERE: Final = (15, 16)
_NO_LEADER_YET: Final = (3, 5, 6)
"""Error codes: the coordinator loads; it is not available, or is another; partition or leader are not known yet."""

_IS_COMMITTED: Final = {"PrepareCommit": True, "CompleteCommit": True, "PrepareAbort": False, "CompleteAbort": False}
"""By the coordinator's name of the state; it aborts one that is still open when its id becomes ours."""

_BACKOFF_SECONDS: Final = 0.1


class OpenTransaction(NamedTuple):
    """An open transaction of a partition: its producer, and the offset at which it starts."""

    producer: int
    epoch: int
    start: int


class LastTransaction(BaseHandler):  # type: ignore[misc]  # aiokafka has no types
    """The outcome of a transactional id's last transaction, requested before the producer gets its producer id.

    Args:
        producer: A producer that is not started.
        changelog: The topic-partition where each of its transactions writes, and no other producer does.
        seconds: How long to wait for the end of another transaction there.

    Attributes:
        is_committed: True or False for a decided transaction; None for an undecided one, and where there was none, we
            have no right to ask, or the broker is too old.

    The request raises BrokerError, and the producer does not start, when another transaction stays open there.
    """

    def __init__(self, producer: Any, changelog: PartitionId, seconds: float) -> None:  # noqa: ANN401  # aiokafka's own
        sender = producer._sender  # noqa: SLF001  # no public way in
        super().__init__(sender)
        self.is_committed: bool | None = None
        self._changelog, self._seconds = changelog, seconds
        self._under_way: tuple[int, int] | None = None
        self._is_asked = False
        self._initialise = sender._do_init_pid  # noqa: SLF001  # as above
        sender._do_init_pid = self._ask_first  # noqa: SLF001  # as above

    async def _ask_first(self, node: int) -> bool:
        if not self._is_asked:
            try:
                self._is_asked = await self.do(node)
            except IncompatibleBrokerVersion:
                self._is_asked = True
            if self._is_asked and self.is_committed is None:
                # wait before the id is ours: that aborts the transaction under way, and at its partitions also one
                # that is still open of an earlier owner
                await wait_until_ended(self._sender.client, self._changelog, self._seconds, except_for=self._under_way)
        return self._is_asked and bool(await self._initialise(node))

    def create_request(self) -> DescribeTransactions:
        """See aiokafka's handlers."""
        return DescribeTransactions(self._sender._txn_manager.transactional_id)  # noqa: SLF001  # as above

    def handle_response(self, answer: Any) -> float | None:  # noqa: ANN401  # as above
        """Read the response; return how long (s) to wait before a retry, or None."""
        code, _, state, _, _, producer, epoch, *_ = answer.transactions[0]
        if code in _ELSEWHERE:
            return self.handle_error()
        if code == _LOADING:
            return _BACKOFF_SECONDS
        if not code:
            self.is_committed = _IS_COMMITTED.get(state)
            self._under_way = producer, epoch
        return None

    def handle_error(self) -> float:
        """Look up the coordinator again."""
        self._sender._coordinator_dead(CoordinationType.TRANSACTION)  # noqa: SLF001  # as above
        return _BACKOFF_SECONDS


async def wait_until_ended(
    client: Any,  # noqa: ANN401  # aiokafka's own
    tp: PartitionId,
    seconds: float,
    *,
    except_for: tuple[int, int] | None = None,
) -> None:
    """Wait until no transaction is open at a topic-partition.

    Args:
        client: A producer's, connected.
        tp: The topic-partition.
        seconds: How long to wait.
        except_for: Id and epoch of a producer whose transaction its coordinator will end.

    Raises:
        BrokerError: One is still open.
    """
    deadline = monotonic() + seconds
    while others := [each for each in await opened_at(client, tp) if (each.producer, each.epoch) != except_for]:
        if monotonic() > deadline:
            (topic, number), start = tp, others[0].start
            raise BrokerError(
                f"partition {number} of {topic}: a transaction that this worker cannot end is open from offset {start} "
                "on, and the state behind it cannot be read: stop the other producer or, if there is none, abort the "
                "transaction, as deploy/crash-recovery.md says: "
                f"`kafka-transactions.sh abort --topic {topic} --partition {number} --start-offset {start}`"
            )
        await asyncio.sleep(_BACKOFF_SECONDS)


async def opened_at(client: Any, tp: PartitionId) -> Collection[OpenTransaction]:  # noqa: ANN401  # aiokafka's own
    """The open transactions of a topic-partition; none without the right to ask, or with a broker that is too old.

    Args:
        client: A producer's, connected.
        tp: The topic-partition.
    """
    topic, number = tp
    await client._wait_on_metadata(topic)  # noqa: SLF001  # no public name
    while True:
        leader = client.cluster.leader_for_partition(TopicPartition(topic, number))
        try:
            answer = await client.send(leader, DescribeProducers(topic, number))
        except IncompatibleBrokerVersion:
            return ()
        except KafkaError:  # the leader has just become unavailable
            code = _NO_LEADER_YET[0]
        else:
            _, code, _, producers, *_ = answer.topics[0][1][0]
        if code not in _NO_LEADER_YET:
            return [
                OpenTransaction(by, epoch, start) for by, epoch, *_, start, _ in producers if not code and start >= 0
            ]
        await client.force_metadata_update()
        await asyncio.sleep(_BACKOFF_SECONDS)
