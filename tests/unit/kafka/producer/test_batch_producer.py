"""Batches that are packed as a whole equal those of aiokafka's documented way, byte for byte."""

import asyncio
import gc
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import CoordinationType
from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerFenced
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator
from aiokafka.producer.sender import Sender
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.producer import packing, plain_packing
from streams.kafka.producer.batch_producer import (
    BatchProducer,
    fill_batches,
    ignore_missing_pending,
    retry_coordinator_lookup,
)
from streams.kafka.producer.record_batch import RecordBatch
from streams.kafka.work import KeyValue
from tests.compiler import needs_compiler

AT = 1_772_323_200_000
SIZE = 500
PRODUCER = (12, 3, 2**31 - 1)


def by_aiokafka(records: list[KeyValue], *, is_transactional: bool) -> list[Any]:
    """Pack records the documented way: append until the batch is full."""
    batches: list[Any] = []
    for key, value in records:
        if not batches or batches[-1].append(timestamp=AT, key=key, value=value) is None:
            batches.append(BatchBuilder(SIZE, 0, is_transactional=is_transactional))
            batches[-1].append(timestamp=AT, key=key, value=value)
    return batches


texts = st.one_of(st.none(), st.binary(max_size=200))
lists = st.lists(st.tuples(texts, texts), max_size=30)
many_small = st.integers(0, 200).map(lambda count: [(b"", None)] * count)  # so many that a number takes two bytes


class TestFill:
    @given(st.one_of(lists, many_small), st.booleans(), st.booleans())
    def test_they_equal_aiokafkas(self, records: list[KeyValue], is_transactional: bool, has_producer: bool) -> None:
        """Number, size and count of the batches are equal, even if a record alone is larger than a batch should be."""
        theirs = by_aiokafka(records, is_transactional=is_transactional)
        packer = packing.Packer(SIZE)
        packer.add(records)
        ours = fill_batches(packer, AT, is_transactional=is_transactional)
        assert [each.record_count() for each in theirs] == [each.record_count() for each in ours]
        assert [each.size() for each in theirs] == [each.size() for each in ours]
        for each in [*theirs, *ours] if has_producer else []:
            each._set_producer_state(*PRODUCER)
        assert [bytes(each._build()) for each in theirs] == [bytes(each._build()) for each in ours]

    def test_they_are_closed(self) -> None:
        """The producer's own sends must not add to them."""
        (one,) = fill_batches([(b"k", b"v")], AT, is_transactional=False)
        one.close()
        assert one.closed()
        assert one.append(timestamp=AT, key=b"k", value=b"v", headers=[]) is None
        assert (1, one.size()) == (one.record_count(), len(one._build()))

    def test_a_batch_that_is_sent_again_is_unchanged(self) -> None:
        """The broker recognises it by its producer's sequence."""
        (one,) = fill_batches([(b"k", b"v")], AT, is_transactional=True)
        one._set_producer_state(*PRODUCER)
        first = bytes(one._build())
        assert first == bytes(one._build())

    def test_it_has_all_that_the_producer_uses(self) -> None:
        """The producer uses these attributes of aiokafka's own; a newer aiokafka may use more."""
        asked = {name for name in vars(BatchBuilder) if not name.startswith("__")} - {"_serialize"}
        assert asked <= set(dir(RecordBatch))


class TestFailed:
    @pytest.mark.parametrize("is_forgiven", [True, False])
    def test_a_waiting_batch_fails_without_a_log_line(self, is_forgiven: bool) -> None:
        """It has an exception, and no error is raised into the log; aiokafka alone raises one there."""

        async def fail() -> tuple[list[Any], BaseException | None]:
            loop = asyncio.get_running_loop()
            raised: list[Any] = []
            loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
            accumulator, partition = MessageAccumulator(None, SIZE, 0, 30, loop=loop), TopicPartition("t", 0)
            if is_forgiven:
                ignore_missing_pending(accumulator)
            (one,) = fill_batches([(b"k", b"v")], AT, is_transactional=False)
            waiting = accumulator._append_batch(one, partition)
            accumulator._pop_batch(partition)
            accumulator.reenqueue(waiting)
            accumulator.fail_all(KafkaConnectionError("gone"))
            await asyncio.sleep(0)
            return [*raised], waiting.future.exception()

        raised, error = asyncio.run(fail())
        assert isinstance(error, KafkaConnectionError)
        assert [type(each) for each in raised] == ([] if is_forgiven else [KeyError])


class TestCancelled:
    def test_a_delivery_that_fails_afterwards_logs_no_error(self) -> None:
        """The first of two batches is under way when the caller is cancelled; its producer is fenced then."""

        async def cancel() -> list[str]:
            loop = asyncio.get_running_loop()
            logged: list[str] = []
            loop.set_exception_handler(lambda _, context: logged.append(context["message"]))
            deliveries: list[asyncio.Future[Any]] = []

            async def send_batch(*_: Any, **__: Any) -> asyncio.Future[Any]:
                if deliveries:
                    await asyncio.Event().wait()  # for the second one the producer has no room
                deliveries.append(loop.create_future())
                return deliveries[-1]

            producer = BatchProducer.__new__(BatchProducer)
            producer._producer, producer._is_transactional = SimpleNamespace(send_batch=send_batch), True
            writing = asyncio.create_task(producer.append("t", 0, [(b"k", bytes(2_000_000))] * 2))
            while not deliveries:
                await asyncio.sleep(0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            del writing
            deliveries.pop().set_exception(ProducerFenced())
            await asyncio.sleep(0)
            gc.collect()
            return logged

        assert [] == asyncio.run(cancel())


class TestLookup:
    @pytest.mark.parametrize(
        ("is_tried_again", "found"), [(True, 7), (False, "KafkaError: KafkaConnectionError('Connection closed')")]
    )
    def test_a_connection_that_breaks_during_it_ends_no_producer(self, is_tried_again: bool, found: object) -> None:
        """The second attempt finds the coordinator; aiokafka alone gives up."""

        class CoordinatorClient:
            lookups = 0

            async def coordinator_lookup(self, kind: Any, key: str) -> int:
                self.lookups += 1
                if self.lookups == 1:
                    raise KafkaConnectionError("Connection closed")
                return 7

            async def force_metadata_update(self) -> None:
                """Do nothing."""

            async def ready(self, node: int, *, group: Any) -> bool:
                return True

        async def find() -> object:
            client = CoordinatorClient()
            if is_tried_again:
                retry_coordinator_lookup(client)
            sender = Sender(
                client, acks=-1, txn_manager=SimpleNamespace(transactional_id="t"), message_accumulator=None,
                retry_backoff_ms=1, request_timeout_ms=1_000,
            )  # fmt: skip
            try:
                return await sender._find_coordinator(CoordinationType.TRANSACTION, "t")
            except KafkaError as error:
                return str(error)

        assert asyncio.run(find()) == found


PACKERS = [plain_packing.Packer, pytest.param("compiled", marks=needs_compiler)]


def make(kind: Any, most: int) -> Any:
    """Return a packer of that kind."""
    return (import_module("streams.kafka.producer._packing").Packer if kind == "compiled" else kind)(most)


def taken(packer: Any) -> list[tuple[bytearray, int]]:
    """Return the packed bytes without the room for the headers."""
    return [(batch[61:], count) for batch, count in packer.finish()]


@needs_compiler
def test_an_installation_with_a_compiler_has_compiled_it() -> None:
    """Otherwise the other tests would compare Python with itself."""
    assert packing.Packer is import_module("streams.kafka.producer._packing").Packer  # type: ignore[comparison-overlap]


@needs_compiler
@given(given=st.lists(lists, max_size=5), most=st.integers(1, 1_000))
def test_c_and_python_pack_alike(given: list[list[KeyValue]], most: int) -> None:
    """The batches and the bytes behind the header are equal, for any division of the records."""
    theirs, ours = make(plain_packing.Packer, most), make("compiled", most)
    for some in given:
        theirs.add(some)
        ours.add(iter(some))
        assert len(theirs) == len(ours)
    assert taken(theirs) == taken(ours)


@pytest.mark.parametrize("kind", PACKERS)
def test_no_records_give_no_batch(kind: Any) -> None:
    """The broker would refuse an empty one."""
    packer = make(kind, SIZE)
    packer.add([])
    assert ([], 0) == (packer.finish(), len(packer))


@pytest.mark.parametrize("kind", PACKERS)
def test_records_added_one_by_one_are_packed_together(kind: Any) -> None:
    """The batches equal those of one call, and their record counts are known afterwards."""
    at_once, one_by_one = make(kind, SIZE), make(kind, SIZE)
    records = [(b"%d" % number, b"-" * number) for number in range(100)]
    at_once.add(records)
    for record in records:
        one_by_one.add([record])
    assert taken(at_once) == taken(one_by_one)
    assert len(at_once) == len(one_by_one) == sum(count for _, count in one_by_one.finish()) == 100


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("record", [("k", b"v"), (b"k", "v"), (b"k", 1)])
def test_a_value_that_is_not_bytes_is_refused(kind: Any, record: Any) -> None:
    """The error comes before anything is sent."""
    with pytest.raises(TypeError):
        make(kind, SIZE).add([record])
