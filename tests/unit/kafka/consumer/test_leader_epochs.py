"""The leader epochs of what was read, and what the answers of leaders show, without a broker."""

import asyncio
import struct
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError

from streams.kafka.consumer.leader_epochs import LeaderEpochs, ReadEpochs, batch_epochs
from tests.kafka.waiting import until

PLACE = ("a", 0)
FETCH = 1
NOT_LEADER = 6


def batch(offset: int, epoch: int, records: int = 10, form: int = 2) -> bytes:
    """Return a batch of records as a log stores it; its contents are not read."""
    return struct.pack(">qiibIhi", offset, 61, epoch, form, 0, 0, records - 1) + bytes(61 - 15)


class LeaderClient:
    """A consumer of one partition, at whose leader each epoch ends at some offset; it notes what the leader is asked.

    Attributes:
        position: The next offset to read.
        answers: The answers of the leader by epoch: error code, epoch, end.
        asked: The epochs that it was asked for.
        cuts: The cuts that were found: partition, end, position.
    """

    def __init__(self, position: int = 0) -> None:
        self.position = position
        self.answers: dict[int, tuple[int, int, int]] = {}
        self.asked: list[int] = []
        self.cuts: list[tuple[tuple[str, int], int, int]] = []
        self.error: Exception | None = None
        self.fetched = b""
        self.is_assigned_now = True
        assignment = SimpleNamespace(state_value=self._state)
        subscription = SimpleNamespace(
            subscription=SimpleNamespace(assignment=assignment), is_assigned=lambda _: self.is_assigned_now
        )
        cluster = SimpleNamespace(leader_for_partition=lambda _: 1)
        client = SimpleNamespace(send=self._send, cluster=cluster, force_metadata_update=lambda: None)
        consumer: Any = SimpleNamespace(_client=client, _subscription=subscription)
        self.epochs = LeaderEpochs(consumer, lambda *cut: self.cuts.append(cut))
        self.epochs.watch_fetches()
        self._client = client

    def _state(self, _place: Any) -> Any:
        return SimpleNamespace(has_valid_position=True, position=self.position) if self.is_assigned_now else None

    async def _send(self, _node: int, request: Any, **_: Any) -> Any:
        if hasattr(request, "topics"):
            return SimpleNamespace(API_KEY=FETCH, topics=[("a", [(0, 0, 99, None, self.fetched)])])
        ((_, ((_, epoch),)),) = request._epochs.items()
        self.asked.append(epoch)
        if self.error is not None:
            raise self.error
        code, found, end = self.answers[epoch]
        return SimpleNamespace(API_KEY=23, topics=[("a", [(code, 0, found, end)])])

    async def fetch(self, *batches: bytes, at: int | None = None) -> None:
        """Get a response with batches."""
        self.fetched = b"".join(batches)
        begin = self.position if at is None else at
        await self._client.send(1, SimpleNamespace(topics=[("a", [(0, begin, 1_000)])]))

    def read(self, offset: int) -> None:
        """Move the position."""
        self.position = offset


def running(body: Callable[[LeaderClient], Any], position: int = 0) -> LeaderClient:
    """Run a test's body while the leader is asked in the background."""

    async def run() -> LeaderClient:
        client = LeaderClient(position)
        task = asyncio.create_task(client.epochs.run())
        try:
            await body(client)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return client

    return asyncio.run(run())


class TestBatchEpochs:
    def test_each_epoch_has_its_first_offset(self) -> None:
        """However many batches an epoch has, it is one entry."""
        assert ReadEpochs(((10, 3), (30, 5)), 40) == batch_epochs(batch(10, 3) + batch(20, 3) + batch(30, 5))

    def test_an_incomplete_batch_is_left_out(self) -> None:
        """A fetch ends wherever its size does; the next one brings the batch again."""
        whole = batch(10, 3) + batch(20, 4)
        for size in range(len(batch(10, 3)), len(whole)):
            assert ReadEpochs(((10, 3),), 20) == batch_epochs(whole[:size])

    def test_an_older_format_has_no_epoch(self) -> None:
        """Its header has other fields there."""
        assert ReadEpochs((), -1) == batch_epochs(batch(10, 3, form=1))
        assert ReadEpochs((), -1) == batch_epochs(b"")


class TestBefore:
    def test_it_is_that_of_the_record_before(self) -> None:
        """Before the first record, and behind the last one, it is not known."""
        known = ReadEpochs(((10, 3), (30, 5)), 40)
        assert [known.before(offset) for offset in (10, 11, 30, 31, 40, 41)] == [None, 3, 3, 5, 5, None]

    def test_a_log_without_epochs_says_none(self) -> None:
        """A broker that keeps none writes -1."""
        assert ReadEpochs(((10, -1),), 40).before(20) is None


class TestFetches:
    def test_one_epoch_is_never_asked_for(self) -> None:
        """Reading on under the same leader costs no request."""

        async def body(client: LeaderClient) -> None:
            for offset in range(0, 100, 10):
                await client.fetch(batch(offset, 3))
                client.read(offset + 10)
            assert client.epochs.before(PLACE, 100) == 3
            assert not client.epochs.unverified

        assert running(body).asked == []

    def test_another_epoch_is_held_until_the_leader_has_what_was_read(self) -> None:
        """A clean election: the older epoch ends where reading goes on, or behind it."""

        async def body(client: LeaderClient) -> None:
            await client.fetch(batch(0, 3))
            client.read(10)
            client.answers[3] = 0, 3, 10
            await client.fetch(batch(10, 4))
            assert PLACE in client.epochs.unverified
            await until(lambda: not client.epochs.unverified)
            client.read(20)
            assert client.epochs.before(PLACE, 10) == 3
            assert client.epochs.before(PLACE, 20) == 4

        client = running(body)
        assert (client.asked, client.cuts) == ([3], [])

    def test_an_epoch_that_ends_before_the_next_offset_is_a_cut(self) -> None:
        """The records behind its end were replaced; the epoch before them is known from the answer."""

        async def body(client: LeaderClient) -> None:
            await client.fetch(batch(0, 3), batch(10, 4))
            client.read(20)
            client.answers[4] = 0, 3, 7
            await client.fetch(batch(20, 6))
            await until(lambda: not client.epochs.unverified)
            assert client.epochs.before(PLACE, 7) == 3
            assert client.epochs.before(PLACE, 20) is None

        assert running(body).cuts == [(PLACE, 7, 20)]

    def test_a_response_that_is_dropped_says_nothing(self) -> None:
        """The position is another one by then, and the records are not returned."""

        async def body(client: LeaderClient) -> None:
            await client.fetch(batch(0, 3))
            client.read(10)
            await client.fetch(batch(0, 5), at=0)
            assert client.epochs.before(PLACE, 10) == 3

        assert running(body).asked == []

    def test_records_behind_a_jump_are_another_beginning(self) -> None:
        """Behind deleted records the older epoch ended at an unknown offset: it is not asked for."""

        async def body(client: LeaderClient) -> None:
            await client.fetch(batch(0, 3))
            client.read(50)
            await client.fetch(batch(50, 5))
            client.epochs.doubt([PLACE])
            await until(lambda: not client.epochs.unverified)
            assert client.epochs.before(PLACE, 50) is None
            assert client.epochs.before(PLACE, 60) == 5

        assert running(body).asked == []


class TestRestored:
    @pytest.mark.parametrize(("end", "cuts"), [(50, []), (70, []), (49, [(PLACE, 49, 50)])])
    def test_the_leader_is_asked_before_anything_is_returned(self, end: int, cuts: list[Any]) -> None:
        """The state knows the epoch of the record before its offset."""

        async def body(client: LeaderClient) -> None:
            client.answers[3] = 0, 3, end
            client.epochs.restore(PLACE, 50, 3)
            assert PLACE in client.epochs.unverified
            await until(lambda: not client.epochs.unverified)

        client = running(body, position=50)
        assert (client.asked, client.cuts) == ([3], cuts)

    def test_records_that_were_fetched_meanwhile_stay_known(self) -> None:
        """aiokafka fetches as soon as partitions are assigned; a lesser epoch would look like a cut later."""

        async def body(client: LeaderClient) -> None:
            client.answers[3] = 0, 3, 50
            await client.fetch(batch(50, 4))
            client.epochs.restore(PLACE, 50, 3)
            await until(lambda: not client.epochs.unverified)
            assert [client.epochs.before(PLACE, offset) for offset in (50, 60, 61)] == [3, 4, None]

        assert running(body, position=50).cuts == []

    def test_what_an_earlier_ownership_read_does_not_count(self) -> None:
        """Another worker owned the partition meanwhile, and the log may have been cut."""

        async def body(client: LeaderClient) -> None:
            client.answers[5] = 0, 5, 50
            await client.fetch(batch(30, 3, records=30))
            client.read(50)
            client.epochs.restore(PLACE, 50, 5)
            await until(lambda: not client.epochs.unverified)
            assert [client.epochs.before(PLACE, offset) for offset in (50, 60)] == [5, None]

        assert running(body, position=30).cuts == []


class TestNoAnswer:
    def test_an_error_is_no_cut_and_is_asked_again(self) -> None:
        """The broker is gone, or no longer the leader; nothing is returned until another answers."""

        async def body(client: LeaderClient) -> None:
            client.error = KafkaConnectionError()
            client.epochs.restore(PLACE, 50, 3)
            await until(lambda: len(client.asked) == 2)
            client.error, client.answers[3] = None, (NOT_LEADER, -1, -1)
            await until(lambda: len(client.asked) == 4)
            assert PLACE in client.epochs.unverified
            client.answers[3] = 0, 3, 50
            await until(lambda: not client.epochs.unverified)

        assert running(body, position=50).cuts == []

    def test_a_leader_that_does_not_know_the_epoch_is_no_cut(self, caplog: pytest.LogCaptureFixture) -> None:
        """A former leader that was cut off from the others answers so; one line names it."""

        async def body(client: LeaderClient) -> None:
            client.answers[3] = 0, -1, -1
            client.epochs.restore(PLACE, 50, 3)
            await until(lambda: len(client.asked) == 3)
            assert PLACE in client.epochs.unverified

        assert running(body, position=50).cuts == []
        (record,) = caplog.records
        assert record.getMessage() == (
            "a: partition 0: its leader does not know leader epoch 3, under which offset 49 was written; nothing is "
            "read of it until a leader does"
        )

    def test_a_broker_without_the_request_is_not_asked_again(self) -> None:
        """The embedded broker does not know it."""

        async def body(client: LeaderClient) -> None:
            client.error = IncompatibleBrokerVersion("unknown")
            client.epochs.restore(PLACE, 50, 3)
            await until(lambda: not client.epochs.unverified)
            client.epochs.doubt([PLACE])
            assert not client.epochs.unverified

        assert running(body, position=50).asked == [3]

    def test_a_revoked_partition_is_not_asked_for(self) -> None:
        """Another worker has it."""

        async def body(client: LeaderClient) -> None:
            client.is_assigned_now = False
            client.epochs.restore(PLACE, 50, 3)
            await until(lambda: not client.epochs.unverified)

        assert running(body, position=50).asked == []
