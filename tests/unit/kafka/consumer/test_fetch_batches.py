"""The records of a fetch equal those of aiokafka, record by record, and so does the next position."""

import asyncio
import gc
import struct
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED, FetchError, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException, TopicAuthorizationFailedError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import BrokerError
from streams.kafka.consumer.fetch_batches import drain_fetched, unpack

PLACE = TopicPartition("a", 0)
OTHER = TopicPartition("b", 0)
CRC_AT, COVERED_FROM = 17, 21
CONTROL = 0x20
COMMIT_MARKER, ABORT_MARKER = b"\x00\x00\x00\x01", b"\x00\x00\x00\x00"

Record = tuple[bytes | None, bytes | None]


class StoredBatch(NamedTuple):
    """A batch as the log stores it: keys and values by offset delta; missing ones were compacted away."""

    records: dict[int, Record]
    last_delta: int
    producer: int = -1
    is_control: bool = False

    def at(self, base: int) -> bytes:
        """Return its bytes at an offset."""
        builder = DefaultRecordBatchBuilder(
            2,
            0,
            int(self.producer >= 0),
            producer_id=self.producer,
            producer_epoch=0,
            base_sequence=0,
            batch_size=1 << 20,
        )
        for delta, (key, value) in {**self.records}.items():
            builder.append(delta, 1_000, key, value, [])
        raw = bytearray(builder.build()) if self.records else _empty(self.producer)
        attributes = struct.unpack_from(">h", raw, COVERED_FROM)[0] | (CONTROL if self.is_control else 0)
        struct.pack_into(">hi", raw, COVERED_FROM, attributes, self.last_delta)
        struct.pack_into(">q", raw, 0, base)
        struct.pack_into(">I", raw, CRC_AT, calc_crc32c(bytes(raw[COVERED_FROM:])))
        return bytes(raw)


def _empty(producer: int) -> bytearray:
    """Return a batch whose records were all compacted away: the broker keeps its header."""
    return bytearray(
        struct.pack(">qiibIhiqqqhii", 0, 49, 0, 2, 0, 0x10 if producer >= 0 else 0, 0, 0, 0, producer, 0, 0, 0)
    )


def log_of(batches: Sequence[StoredBatch], first: int) -> bytes:
    """Return batches one behind the other."""
    raw, base = b"", first
    for batch in batches:
        raw += batch.at(base)
        base += batch.last_delta + 1
    return raw


def fetched(raw: bytes, begin: int, aborted: Sequence[tuple[int, int]] = (), isolation: int = READ_COMMITTED) -> Any:
    """Return a response of the broker, as aiokafka keeps it."""
    return PartitionRecords(PLACE, MemoryRecords(raw), list(aborted), begin, None, None, True, isolation)


def seen(records: Sequence[Any]) -> list[tuple[int, bytes | None, bytes | None]]:
    return [(record.offset, record.key, record.value) for record in records]


plain = st.builds(
    lambda deltas, last, producer: StoredBatch(
        {delta: (b"k%d" % delta, value) for delta, value in sorted(deltas.items()) if delta <= last}, last, producer
    ),
    st.dictionaries(st.integers(0, 12), st.one_of(st.none(), st.binary(max_size=300)), max_size=8),
    st.integers(0, 12),
    st.integers(-1, 2),
)
marker = st.builds(
    lambda producer, kind: StoredBatch({0: (kind, b"\x00" * 6)}, 0, producer, is_control=True),
    st.integers(0, 2),
    st.sampled_from([COMMIT_MARKER, ABORT_MARKER]),
)


class TestUnpack:
    @given(
        batches=st.lists(st.one_of(plain, marker), max_size=8),
        first=st.integers(0, 2**40),
        skip=st.integers(0, 14),
        aborted=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=4),
        isolation=st.sampled_from([READ_COMMITTED, READ_UNCOMMITTED]),
    )
    def test_it_equals_aiokafka(
        self, batches: list[StoredBatch], first: int, skip: int, aborted: list[tuple[int, int]], isolation: int
    ) -> None:
        """The logs have markers, aborted transactions, gaps of compaction, and fetches that begin within a batch."""
        inside = batches[0].last_delta + 1 if batches else 1  # the broker begins with the batch of the requested offset
        raw, begin = log_of(batches, first), first + skip % inside
        aborted = [(producer, first + offset) for producer, offset in aborted]
        theirs, ours = fetched(raw, begin, aborted, isolation), fetched(raw, begin, aborted, isolation)
        assert seen(list(theirs)) == seen(unpack(ours))
        assert theirs.next_fetch_offset == ours.next_fetch_offset

    def test_a_corrupt_batch_gives_nothing(self) -> None:
        """The records before it are not given either: the position stays, and the batch is fetched again."""
        raw = bytearray(log_of([StoredBatch({0: (b"k", b"v")}, 0), StoredBatch({0: (b"k", b"v")}, 0)], 5))
        raw[-1] ^= 1
        found = fetched(bytes(raw), 5)
        with pytest.raises(CorruptRecordException, match="Invalid CRC"):
            unpack(found)
        assert found.next_fetch_offset == 5

    def test_a_response_is_freed_once_its_records_are_taken(self) -> None:
        """A response has megabytes: a restore without garbage collection would hold the whole changelog twice."""
        found = fetched(StoredBatch({0: (b"a", b"1")}, 0).at(0), 0)
        response = weakref.ref(found)
        gc.disable()
        try:
            unpack(found)
            del found

            assert response() is None
        finally:
            gc.enable()


class Subscriptions:
    """The assignment of a test."""

    reassignment_in_progress = False

    def __init__(self, positions: dict[TopicPartition, int]) -> None:
        self.active = True
        self.states = {tp: State(position) for tp, position in positions.items()}

    def is_assigned(self, tp: TopicPartition) -> bool:
        return tp in self.states

    def state_value(self, tp: TopicPartition) -> "State":
        return self.states[tp]


class State:
    """The position of a topic-partition."""

    paused = False

    def __init__(self, position: int) -> None:
        self.position = position

    def consumed_to(self, position: int) -> None:
        self.position = position


class FakeFetcher:
    """The used part of aiokafka's fetcher: the responses, and the waiters."""

    _closed = False
    _wait_consume_future = None

    def __init__(self, **positions: int) -> None:
        self._subscriptions = Subscriptions({TopicPartition(topic, 0): at for topic, at in positions.items()})
        self._records: dict[TopicPartition, Any] = {}
        self.asked_for_more = 0
        self.waiters: list[asyncio.Future[None]] = []

    def holds(self, tp: TopicPartition, values: Sequence[bytes], first: int = 0) -> None:
        """Keep a response."""
        raw = log_of(
            [StoredBatch({delta: (b"k", value) for delta, value in enumerate(values)}, len(values) - 1)], first
        )
        self._records[tp] = FetchResult(
            tp, partition_records=fetched(raw, first), assignment=self._subscriptions, backoff=0
        )

    def position(self, tp: TopicPartition) -> int:
        return self._subscriptions.states[tp].position

    def _notify(self, future: object) -> None:
        self.asked_for_more += 1

    def _create_fetch_waiter(self) -> "asyncio.Future[None]":
        self.waiters.append(asyncio.get_running_loop().create_future())
        return self.waiters[-1]


def take(fetcher: FakeFetcher, *tps: TopicPartition, most: int = 100) -> dict[Any, list[bytes]]:
    async def body() -> dict[Any, list[bytes]]:
        # limit: that of a poll
        taken = await drain_fetched(fetcher, set(tps), timeout=0.0, most=most)
        return {tp: [record.value or b"" for record in records] for tp, records in taken.items()}

    return asyncio.run(body())


class TestTake:
    def test_the_position_moves_behind_the_given_records(self) -> None:
        """aiokafka may then fetch again."""
        fetcher = FakeFetcher(a=0)
        fetcher.holds(PLACE, [b"x", b"y"])
        assert take(fetcher, PLACE) == {PLACE: [b"x", b"y"]}
        assert fetcher.position(PLACE) == 2
        assert fetcher.asked_for_more == 1
        assert take(fetcher, PLACE) == {}

    def test_the_rest_waits_once_there_is_enough(self) -> None:
        """A poll takes whole responses, and no more than it needs."""
        fetcher = FakeFetcher(a=0, b=0)
        fetcher.holds(PLACE, [b"x", b"y"])
        fetcher.holds(OTHER, [b"z"])
        assert take(fetcher, PLACE, OTHER, most=2) == {PLACE: [b"x", b"y"]}
        assert take(fetcher, PLACE, OTHER, most=2) == {OTHER: [b"z"]}

    def test_a_paused_partition_waits(self) -> None:
        """A topic-partition that is not active keeps its responses."""
        fetcher = FakeFetcher(a=0, b=0)
        fetcher.holds(OTHER, [b"z"])
        assert take(fetcher, PLACE) == {}
        assert take(fetcher, PLACE, OTHER) == {OTHER: [b"z"]}

    def test_a_revoked_partition_is_dropped(self) -> None:
        """Another worker has it now."""
        fetcher = FakeFetcher(a=0)
        fetcher.holds(OTHER, [b"z"])
        assert take(fetcher, PLACE) == {}
        assert fetcher._records == {}

    def test_a_response_overtaken_by_a_seek_is_dropped(self) -> None:
        """It does not begin at the current position."""
        fetcher = FakeFetcher(a=7)
        fetcher.holds(PLACE, [b"x"], first=3)
        assert take(fetcher, PLACE) == {}
        assert fetcher.position(PLACE) == 7
        assert fetcher.asked_for_more == 1

    def test_an_error_is_raised_when_there_are_no_records(self) -> None:
        """The records before it are given first; then it is raised, once."""
        fetcher = FakeFetcher(a=0, b=0)
        fetcher.holds(PLACE, [b"x"])
        fetcher._records[OTHER] = FetchError(error=TopicAuthorizationFailedError("b"), backoff=0)
        assert take(fetcher, PLACE, OTHER) == {PLACE: [b"x"]}
        with pytest.raises(TopicAuthorizationFailedError, match="b"):
            take(fetcher, PLACE, OTHER)
        assert take(fetcher, PLACE, OTHER) == {}

    @pytest.mark.parametrize(("codec", "why"), [(3, "ERROR_frameType_unknown"), (6, "Unknown compression codec 0x06")])
    def test_a_batch_that_cannot_be_unpacked_is_named(self, codec: int, why: str) -> None:
        """The sentence has topic, partition and offset: each codec raises errors of its own."""
        raw = bytearray(log_of([StoredBatch({0: (b"k", b"v")}, 0)], 41))
        raw[COVERED_FROM + 1] |= codec
        struct.pack_into(">I", raw, CRC_AT, calc_crc32c(bytes(raw[COVERED_FROM:])))
        fetcher = FakeFetcher(a=41)
        found = fetched(bytes(raw), 41)
        fetcher._records[PLACE] = FetchResult(
            PLACE, partition_records=found, assignment=fetcher._subscriptions, backoff=0
        )
        with pytest.raises(BrokerError) as error:
            take(fetcher, PLACE)
        assert "a: partition 0: a batch of records from offset 41 on cannot be read: " in str(error.value)
        assert why in str(error.value)

    def test_it_waits_for_a_running_fetch(self) -> None:
        """It waits until its timeout, and no longer than until a record is there."""

        async def body() -> None:
            fetcher = FakeFetcher(a=0)
            # limit: that of a poll
            taking = asyncio.create_task(drain_fetched(fetcher, {PLACE}, timeout=60.0, most=100))
            while not fetcher.waiters:
                await asyncio.sleep(0)
            fetcher.holds(PLACE, [b"x"])
            fetcher.waiters[0].set_result(None)
            assert [record.value for record in (await taking)[PLACE]] == [b"x"]

        asyncio.run(body())

    def test_a_timeout_without_records(self) -> None:
        """No record is given, and no waiter is left."""

        async def body() -> None:
            fetcher = FakeFetcher(a=0)
            # limit: that of a poll
            assert await drain_fetched(fetcher, {PLACE}, timeout=0.001, most=100) == {}
            assert fetcher.waiters[0].cancelled()

        asyncio.run(body())
