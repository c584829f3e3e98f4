"""What the owner before left of its last transaction, when the broker crashed with it (KAFKA-20734).

Asked before its id becomes ours: afterwards the coordinator knows of that transaction no more. Where it knows of none
though the changelog has one open, as after a takeover that was itself cut off, nobody can say any more how that one was
decided; what lies behind it cannot be read, and would be missed: the partition is not taken over.
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
from streams.kafka.work import Place

__all__ = ["LastTransaction", "OpenTransaction", "opened_at", "wait_until_ended"]

_LOADING: Final = 14
_ELSEWHERE: Final = (15, 16)
_NO_LEADER_YET: Final = (3, 5, 6)
"""Codes of the protocol: a coordinator that loads; that is not there, or is another; no partition or leader known."""

_IS_COMMITTED: Final = {"PrepareCommit": True, "CompleteCommit": True, "PrepareAbort": False, "CompleteAbort": False}
"""By the coordinator's word for it; one that is still open it aborts when its id becomes ours."""

_BACKOFF_SECONDS: Final = 0.1


class OpenTransaction(NamedTuple):
    """A transaction that is open at a partition: whose it is, and the offset at which it starts."""

    producer: int
    epoch: int
    start: int


class LastTransaction(BaseHandler):  # type: ignore[misc]  # aiokafka has no types
    """How the last transaction of a transactional id was decided, asked when a producer first asks for its number.

    Args:
        producer: A producer that is not started.
        kept: The topic-partition where each of its transactions writes, and nobody else.
        seconds: How long to wait for the end of another transaction there.

    Attributes:
        is_committed: True or False once it was decided; None while it was not, and where there was none, nobody may
            know, or the broker is too old to say.

    Asking raises BrokerError, and the producer does not start, when another one stays open there.
    """

    def __init__(self, producer: Any, kept: Place, seconds: float) -> None:  # noqa: ANN401  # aiokafka's own
        sender = producer._sender  # noqa: SLF001  # no public way in
        super().__init__(sender)
        self.is_committed: bool | None = None
        self._kept, self._seconds = kept, seconds
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
                # before the id is ours, which would abort what is under way, and with it whatever its partitions still
                # have open of an owner before
                await wait_until_ended(self._sender.client, self._kept, self._seconds, but_for=self._under_way)
        return self._is_asked and bool(await self._initialise(node))

    def create_request(self) -> DescribeTransactions:
        """See aiokafka's handlers."""
        return DescribeTransactions(self._sender._txn_manager.transactional_id)  # noqa: SLF001  # as above

    def handle_response(self, answer: Any) -> float | None:  # noqa: ANN401  # as above
        """Take the answer; how long (s) to wait when it is none."""
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
        """Look for the coordinator again."""
        self._sender._coordinator_dead(CoordinationType.TRANSACTION)  # noqa: SLF001  # as above
        return _BACKOFF_SECONDS


async def wait_until_ended(
    client: Any,  # noqa: ANN401  # aiokafka's own
    place: Place,
    seconds: float,
    *,
    but_for: tuple[int, int] | None = None,
) -> None:
    """Wait until no transaction is open at a topic-partition.

    Args:
        client: A producer's, connected.
        place: Which.
        seconds: How long to wait.
        but_for: Number and epoch of a producer whose transaction will be ended by its coordinator.

    Raises:
        BrokerError: One is still open.
    """
    deadline = monotonic() + seconds
    while others := [each for each in await opened_at(client, place) if (each.producer, each.epoch) != but_for]:
        if monotonic() > deadline:
            (topic, number), start = place, others[0].start
            raise BrokerError(
                f"partition {number} of {topic}: from offset {start} on a transaction is open that is not ours to end, "
                "and the state behind it cannot be read: end whoever else writes there or, when nobody does, the "
                "transaction, as deploy/crash-recovery.md says: "
                f"`kafka-transactions.sh abort --topic {topic} --partition {number} --start-offset {start}`"
            )
        await asyncio.sleep(_BACKOFF_SECONDS)


async def opened_at(client: Any, place: Place) -> Collection[OpenTransaction]:  # noqa: ANN401  # aiokafka's own
    """The transactions that are open at a topic-partition; none where we may not know, or the broker is too old to say.

    Args:
        client: A producer's, connected.
        place: Which.
    """
    topic, number = place
    await client._wait_on_metadata(topic)  # noqa: SLF001  # no public name
    while True:
        leader = client.cluster.leader_for_partition(TopicPartition(topic, number))
        try:
            answer = await client.send(leader, DescribeProducers(topic, number))
        except IncompatibleBrokerVersion:
            return ()
        except KafkaError:  # it went away just now
            code = _NO_LEADER_YET[0]
        else:
            _, code, _, producers, *_ = answer.topics[0][1][0]
        if code not in _NO_LEADER_YET:
            return [
                OpenTransaction(by, epoch, start) for by, epoch, *_, start, _ in producers if not code and start >= 0
            ]
        await client.force_metadata_update()
        await asyncio.sleep(_BACKOFF_SECONDS)
