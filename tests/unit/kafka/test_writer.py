"""Batches filled past aiokafka's own way in are the same, byte for byte."""

from typing import Any

from aiokafka.producer.message_accumulator import BatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.work import KeyValue
from streams.kafka.writer import fill_batches

AT = 1_772_323_200_000
SIZE = 500


def batch(*, is_transactional: bool = False) -> Any:
    return BatchBuilder(SIZE, 0, is_transactional=is_transactional)


def by_aiokafka(records: list[KeyValue], *, is_transactional: bool) -> list[Any]:
    """The documented way: append until it says no."""
    batches: list[Any] = []
    for key, value in records:
        if not batches or batches[-1].append(timestamp=AT, key=key, value=value) is None:
            batches.append(batch(is_transactional=is_transactional))
            batches[-1].append(timestamp=AT, key=key, value=value)
    return batches


texts = st.binary(max_size=200)


class TestFill:
    @given(st.lists(st.tuples(st.one_of(st.none(), texts), st.one_of(st.none(), texts)), max_size=30), st.booleans())
    def test_they_are_those_of_aiokafka(self, records: list[KeyValue], is_transactional: bool) -> None:
        """As many, each as full, each with its count, also where a record alone is larger than a batch should be."""
        theirs = by_aiokafka(records, is_transactional=is_transactional)
        ours = list(fill_batches(lambda: batch(is_transactional=is_transactional), records, AT))
        assert [each.record_count() for each in theirs] == [each.record_count() for each in ours]
        assert [bytes(each._build()) for each in theirs] == [bytes(each._build()) for each in ours]

    def test_they_are_closed(self) -> None:
        """The producer's own sends must not add to them."""
        (one,) = fill_batches(batch, [(b"k", b"v")], AT)
        assert one.closed()
        assert one.append(timestamp=AT, key=b"k", value=b"v") is None
