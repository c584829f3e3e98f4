"""Notices that a log lost records that were read: its end was cut off, and it may have grown again since (KIP-320).

A leader writes its epoch into each batch of records. Where it lost the end of the log, because a replica that missed it
became the leader or a disk was lost, the next records get the offsets of the lost ones under a greater epoch. A
consumer that goes on at its old offset never reads them, and no fetch fails. So the epoch of the last record read is
kept, and the leader is asked where its log ends for that epoch (OffsetForLeaderEpoch): before the offset to be read
next, and the records from there on are others. Until the answer, no record of the topic-partition is returned, and
it does not count as read to its end.

Stock: aiokafka reads no epoch. Shown by tests/kafka/test_unclean_elections.py.

The leader is asked when a worker takes a partition over, when the leader or the connection to it is another one, and
when a fetch brings another epoch than the last record had. A broker that does not know the request is not asked.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError  # type: ignore[import-untyped]  # the same

from streams.kafka.client.epoch_request import OffsetForLeaderEpoch
from streams.kafka.work import PartitionId

__all__ = ["LeaderEpochs", "ReadEpochs", "batch_epochs"]

_log: Final = logging.getLogger(__name__)

_FETCH: Final = 1
_HEADER: Final = Struct(">qiibIhi")
"""Of a batch: first offset, length of what follows, leader epoch, format, checksum, attributes, last offset delta."""
_BEFORE_LENGTH: Final = 12
_FORMAT_WITH_EPOCH: Final = 2
_NO_LEADER: Final = -1
_ASK_SECONDS: Final = 3.0
_ASK_AGAIN_SECONDS: Final = 0.1
_MOST_KEPT: Final = 64


class ReadEpochs(NamedTuple):
    """The leader epochs of consecutive records.

    Attributes:
        starts: The first offset of each epoch, and the epoch, in log order; the last ones only.
        end: The offset behind the last record.
    """

    starts: tuple[tuple[int, int], ...]
    end: int

    def before(self, offset: int) -> int | None:
        """The epoch of the record before an offset; None when it is none of these records."""
        if offset <= self.end:
            for start, epoch in reversed(self.starts):
                if start < offset:
                    return None if epoch < 0 else epoch
        return None

    def until(self, offset: int) -> tuple[tuple[int, int], ...]:
        """The starts before an offset; none when the records do not reach it."""
        return tuple(each for each in self.starts if each[0] < offset) if offset <= self.end else ()


_NOTHING: Final = ReadEpochs((), -1)


def batch_epochs(records: bytes) -> ReadEpochs:
    """The leader epochs of the batches of a fetch.

    Args:
        records: The batches. The last one is left out where it is incomplete, and so is each from the first on that has
            an older format, which has no epoch.
    """
    starts: list[tuple[int, int]] = []
    at, size, end, last = 0, len(records), -1, None
    while at + _HEADER.size <= size:
        offset, length, epoch, form, _, _, delta = _HEADER.unpack_from(records, at)
        at += _BEFORE_LENGTH + length
        if at > size or length <= 0 or form < _FORMAT_WITH_EPOCH:
            break
        if epoch != last:
            starts.append((offset, epoch))
            last = epoch
        end = offset + delta + 1
    return ReadEpochs(tuple(starts), end)


class LeaderEpochs:
    """The leader epochs of what a consumer has read.

    Args:
        consumer: aiokafka's.
        on_cut: Called with a topic-partition, the end of what it still holds of the records that were read, and the
            offset to be read next, in the consumer's event loop.

    Attributes:
        unverified: The topic-partitions whose leader has not confirmed what was read; from any thread.
    """

    def __init__(self, consumer: AIOKafkaConsumer, on_cut: Callable[[PartitionId, int, int], None]) -> None:
        self._client, self._subscription = consumer._client, consumer._subscription  # noqa: SLF001  # no public names
        self._on_cut = on_cut
        self._read: dict[PartitionId, ReadEpochs] = {}
        self.unverified: dict[PartitionId, object] = {}
        self._is_wanted = asyncio.Event()
        self._is_supported = True
        self._reported: set[PartitionId] = set()

    def before(self, place: PartitionId, offset: int) -> int | None:
        """The leader epoch of the record before an offset, if that was read; from any thread."""
        return self._read.get(place, _NOTHING).before(offset)

    def restore(self, place: PartitionId, offset: int, epoch: int) -> None:
        """Set the epoch of the record before an offset, as the state has it, and have the leader asked.

        What was fetched from that offset on meanwhile stays known.
        """
        known = self._read.get(place, _NOTHING)
        behind = tuple(each for each in known.starts if each[0] >= offset)
        if known.before(offset) == epoch or (behind and behind[0][0] == offset):
            self._read[place] = ReadEpochs(((offset - 1, epoch), *behind), known.end)
        else:
            self._read[place] = ReadEpochs(((offset - 1, epoch),), offset)
        self.doubt([place])

    def doubt(self, places: Iterable[PartitionId]) -> None:
        """Ask the leaders of topic-partitions whether they hold what was read."""
        doubted = {place: object() for place in places if place in self._read}
        if doubted and self._is_supported:
            self.unverified.update(doubted)
            self._is_wanted.set()

    def watch_fetches(self) -> None:
        """Read the epochs of every fetch that the consumer gets from now on."""
        client = self._client
        send = client.send

        async def noted(node: int, request: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # aiokafka's own signature
            answer = await send(node, request, **kwargs)
            if answer is not None and answer.API_KEY == _FETCH:
                self._note(request, answer)
            return answer

        client.send = noted

    def _note(self, request: Any, answer: Any) -> None:  # noqa: ANN401  # as above
        asked = {(topic, number): begin for topic, numbers in request.topics for number, begin, _ in numbers}
        for topic, partitions in answer.topics:
            for number, code, _, *others in partitions:
                place = topic, number
                if not code and others[-1] and self._position(place) == asked[place]:  # else aiokafka drops it
                    self._note_records(place, asked[place], batch_epochs(others[-1]))

    def _note_records(self, place: PartitionId, begin: int, found: ReadEpochs) -> None:
        if not found.starts:
            return
        known = self._read.get(place, _NOTHING)
        before, kept = known.before(begin), known.until(begin)
        (first, epoch), *others = found.starts
        if not kept or kept[-1][1] != epoch:
            kept = (*kept, (max(first, begin), epoch))  # a fetch may begin within a batch
        self._read[place] = ReadEpochs((*kept, *others)[-_MOST_KEPT:], found.end)
        if before is not None and before != epoch:
            self.doubt([place])

    async def run(self) -> None:
        """Ask about what is doubted, until cancelled."""
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            while self.unverified:
                await self._ask_leaders()
                if self.unverified:
                    await asyncio.sleep(_ASK_AGAIN_SECONDS)

    async def _ask_leaders(self) -> None:
        by_leader: dict[int, dict[PartitionId, tuple[int, int, object]]] = defaultdict(dict)
        for place, doubt in list(self.unverified.items()):
            if not self._subscription.is_assigned(TopicPartition(*place)):
                del self.unverified[place]
                continue
            position = self._position(place)
            if position is None:
                continue
            epoch = self.before(place, position)
            if epoch is None:
                del self.unverified[place]
                continue
            leader = self._client.cluster.leader_for_partition(TopicPartition(*place))
            if leader is None or leader == _NO_LEADER:
                self._client.force_metadata_update()
            else:
                by_leader[leader][place] = position, epoch, doubt
        await asyncio.gather(*(self._ask(node, asked) for node, asked in by_leader.items()))

    async def _ask(self, node: int, asked: dict[PartitionId, tuple[int, int, object]]) -> None:
        epochs: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (topic, number), (_, epoch, _) in asked.items():
            epochs[topic].append((number, epoch))
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                answer = await self._client.send(node, OffsetForLeaderEpoch(epochs))
        except (IncompatibleBrokerVersion, NotImplementedError):
            self._is_supported = False
            self.unverified.clear()
            return
        except (KafkaError, TimeoutError):
            self._client.force_metadata_update()
            return
        for topic, partitions in answer.topics:
            for code, number, epoch, end in partitions:
                self._answered((topic, number), asked[topic, number], code, epoch, end)

    def _answered(self, place: PartitionId, asked: tuple[int, int, object], code: int, epoch: int, end: int) -> None:
        position, wanted, doubt = asked
        if self.unverified.get(place) is not doubt or self._position(place) != position:
            return  # there is a newer question
        if code or end < 0:
            self._client.force_metadata_update()
            if not code and place not in self._reported:
                # an old leader that was cut off answers so, too: it proves nothing
                self._reported.add(place)
                _log.warning(
                    "%s: partition %d: its leader does not know leader epoch %d, under which offset %d was written; "
                    "nothing is read of it until a leader does",
                    *place, wanted, position - 1,
                )  # fmt: skip
            return
        del self.unverified[place]
        self._reported.discard(place)
        if end < position:
            kept = self._read[place].until(end)
            self._read[place] = ReadEpochs(kept or ((end - 1, epoch),), end)
            self._on_cut(place, end, position)

    def _position(self, place: PartitionId) -> int | None:
        subscription = self._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        state = assignment.state_value(TopicPartition(*place)) if assignment is not None else None
        return state.position if state is not None and state.has_valid_position else None
