"""The polling thread: ends of partitions, assignment and seeks, without a broker."""

import asyncio
from collections.abc import Collection
from types import SimpleNamespace
from typing import cast

import pytest
from faust.types import TP

from streams.errors import BrokerError
from streams.kafka.batches import EndOfPartition
from streams.kafka.consumer.consumer_thread import BatchConsumerThread

A0, A1, B0 = TP("a", 0), TP("a", 1), TP("b", 0)


class TestEndOfPartition:
    @staticmethod
    def end(
        position: int, end: int | None, asked: int | None, *, has_gap: bool = False, is_doubted: bool = False
    ) -> EndOfPartition | None:
        state = SimpleNamespace(has_valid_position=True, position=position, highwater=end, timestamp=9_999)
        state.docketwatch_asked_at = asked
        assignment = SimpleNamespace(state_value=lambda _: state)
        consumer = SimpleNamespace(_subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)))
        epochs = SimpleNamespace(unverified={A0} if is_doubted else {})
        gaps = {A0} if has_gap else {}
        thread = cast(BatchConsumerThread, SimpleNamespace(_ensure_consumer=lambda: consumer, gaps=gaps, epochs=epochs))
        return BatchConsumerThread.end_of_partition(thread, A0)

    def test_a_topic_read_to_its_end_has_the_instant_of_the_request(self) -> None:
        """A later instant would be wrong: the broker may have gone since, or its answer was read late."""
        assert self.end(7, 7, 1_234) == EndOfPartition("a", 1_234, 7)

    def test_unread_records_give_no_instant(self) -> None:
        """While a record is unread, the wall clock does not count."""
        assert self.end(6, 7, 1_234) is None

    def test_a_partition_before_its_first_poll_gives_none(self) -> None:
        """Neither its end nor the instant is known."""
        assert self.end(0, None, None) is None

    def test_a_partition_at_a_gap_gives_none(self) -> None:
        """No record is read there, however few there are."""
        assert self.end(7, 7, 1_234, has_gap=True) is None

    def test_a_partition_whose_leader_is_asked_gives_none(self) -> None:
        """Its log may have lost what was read, and others may lie there."""
        assert self.end(7, 7, 1_234, is_doubted=True) is None


class TestCurrentAssignment:
    @staticmethod
    def assigned(generation: int) -> Collection[TP]:
        coordinator = SimpleNamespace(generation=generation)
        thread = SimpleNamespace(
            _ensure_consumer=lambda: SimpleNamespace(_coordinator=coordinator), assignment=lambda: {A0, A1, B0}
        )
        return BatchConsumerThread.current_assignment(cast(BatchConsumerThread, thread))

    def test_the_assignment_of_the_group_is_current(self) -> None:
        """It is current until the next one."""
        assert {A0, A1, B0} == self.assigned(3)

    def test_a_worker_outside_its_group_has_none(self) -> None:
        """Others have its partitions, although aiokafka assigns them to it until it has rejoined the group."""
        assert not self.assigned(-1)


class TestSeek:
    def test_partitions_without_a_committed_offset_start_at_their_beginning(self) -> None:
        """Others start at the committed offset, 0 included; one request asks for all of them."""

        class OffsetClient:
            def __init__(self) -> None:
                self.sought: dict[TP, int] = {}
                self.asking = 0
                self.most_asking = 0

            def assignment(self) -> set[TP]:
                return {A0, A1, B0}

            async def committed(self, tp: TP) -> int | None:
                self.asking += 1
                self.most_asking = max(self.most_asking, self.asking)
                await asyncio.sleep(0)
                self.asking -= 1
                return {A0: 5, A1: 0, B0: None}[tp]

            def seek(self, tp: TP, offset: int) -> None:
                self.sought[tp] = offset

            async def beginning_offsets(self, tps: list[TP]) -> dict[TP, int]:
                return dict.fromkeys(tps, 3)

        client = OffsetClient()
        thread = cast(BatchConsumerThread, SimpleNamespace(_ensure_consumer=lambda: client))
        offsets = asyncio.run(BatchConsumerThread._seek(thread))

        assert client.sought == {A0: 5, A1: 0, B0: 3}
        assert offsets == {A0: 5, A1: 0, B0: None}
        assert client.most_asking == 3


class TestSeekWithin:
    def test_without_the_coordinators_answer_no_record_is_read(self) -> None:
        """Faust alone would give up the seek, end its recovery, and stop working without a log line."""

        class HangingClient:
            def assignment(self) -> set[TP]:
                return {A0}

            async def committed(self, tp: TP) -> int | None:
                await asyncio.Event().wait()

            def seek(self, tp: TP, offset: int) -> None:
                raise AssertionError("the target offset is unknown")

        client = HangingClient()
        app = SimpleNamespace(conf=SimpleNamespace(id="g"))
        thread = SimpleNamespace(_ensure_consumer=lambda: client, app=app)
        thread._seek = lambda: BatchConsumerThread._seek(cast(BatchConsumerThread, thread))
        with pytest.raises(BrokerError) as error:
            asyncio.run(BatchConsumerThread._seek_within(cast(BatchConsumerThread, thread), 0.01))
        assert str(error.value) == (
            "group g: no coordinator has given the committed offsets within 0.01 s; nothing is read without them"
        )
