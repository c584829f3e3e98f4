"""What the polling thread says and where it seeks, without a broker."""

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


class TestReach:
    @staticmethod
    def end(position: int, end: int | None, asked: int | None, *, has_gap: bool = False) -> EndOfPartition | None:
        state = SimpleNamespace(has_valid_position=True, position=position, highwater=end, timestamp=9_999)
        state.docketwatch_asked_at = asked
        assignment = SimpleNamespace(state_value=lambda _: state)
        consumer = SimpleNamespace(_subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)))
        thread = cast(
            BatchConsumerThread, SimpleNamespace(_ensure_consumer=lambda: consumer, gaps={A0} if has_gap else {})
        )
        return BatchConsumerThread.end_of_partition(thread, A0)

    def test_a_topic_read_to_its_end_is_known_up_to_when_the_broker_was_asked(self) -> None:
        """Not up to now, for the broker may be gone since; nor up to when its answer was read."""
        assert self.end(7, 7, 1_234) == EndOfPartition("a", 1_234, 7)

    def test_unread_records_say_nothing_of_the_time(self) -> None:
        """The backlog guard: while something is unread, the wall clock does not count."""
        assert self.end(6, 7, 1_234) is None

    def test_a_partition_not_yet_polled_says_nothing(self) -> None:
        """Neither its end nor the instant is known."""
        assert self.end(0, None, None) is None

    def test_behind_a_gap_the_wall_clock_says_nothing(self) -> None:
        """Nothing is read there, however little there is to read."""
        assert self.end(7, 7, 1_234, has_gap=True) is None


class TestCurrentAssignment:
    @staticmethod
    def assigned(generation: int) -> Collection[TP]:
        coordinator = SimpleNamespace(generation=generation)
        thread = SimpleNamespace(
            _ensure_consumer=lambda: SimpleNamespace(_coordinator=coordinator), assignment=lambda: {A0, A1, B0}
        )
        return BatchConsumerThread.current_assignment(cast(BatchConsumerThread, thread))

    def test_what_the_group_gave_is_held(self) -> None:
        """Until it gives something else."""
        assert {A0, A1, B0} == self.assigned(3)

    def test_a_worker_that_was_put_out_of_its_group_holds_nothing(self) -> None:
        """Its partitions went to others, though aiokafka assigns them to it until it is in the group again."""
        assert not self.assigned(-1)


class TestSeek:
    def test_partitions_without_a_committed_offset_go_back_to_their_start(self) -> None:
        """Others to what was committed, 0 included; what is committed is asked for all at once."""

        class Client:
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

        client = Client()
        thread = cast(BatchConsumerThread, SimpleNamespace(_ensure_consumer=lambda: client))
        offsets = asyncio.run(BatchConsumerThread._seek(thread))

        assert client.sought == {A0: 5, A1: 0, B0: 3}
        assert offsets == {A0: 5, A1: 0, B0: None}
        assert client.most_asking == 3


class TestSeekWithin:
    def test_without_a_coordinators_word_nothing_is_read(self) -> None:
        """Faust would give the seek up by itself, end its recovery, and stay as it is without a word."""

        class Client:
            def assignment(self) -> set[TP]:
                return {A0}

            async def committed(self, tp: TP) -> int | None:
                await asyncio.Event().wait()

            def seek(self, tp: TP, offset: int) -> None:
                raise AssertionError("it is not known where to")

        client = Client()
        app = SimpleNamespace(conf=SimpleNamespace(id="g"))
        thread = SimpleNamespace(_ensure_consumer=lambda: client, app=app)
        thread._seek = lambda: BatchConsumerThread._seek(cast(BatchConsumerThread, thread))
        with pytest.raises(BrokerError) as error:
            asyncio.run(BatchConsumerThread._seek_within(cast(BatchConsumerThread, thread), 0.01))
        assert str(error.value) == (
            "group g: no coordinator has given the committed offsets within 0.01 s; nothing is read without them"
        )
