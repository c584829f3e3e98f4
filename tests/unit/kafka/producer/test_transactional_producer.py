"""A transaction that the owner before left unended, moment by moment, which no broker can be made to wait for."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.kafka.producer import transactional_producer
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.hanging_transactions import OpenTransaction
from streams.kafka.producer.transactional_producer import TransactionalProducer

WAITS = "waits until none is open"


def started(
    monkeypatch: pytest.MonkeyPatch, *, is_committed: bool | None, unended: list[bool], by: int = 7
) -> list[str]:
    """What a writer does until it is started.

    Args:
        monkeypatch: Takes the broker's place.
        is_committed: How the last transaction was decided, whenever the coordinator is asked.
        unended: Whether the leader of the changelog has one open, one time after the other.
        by: Number of its producer; ours is 7.
    """
    done: list[str] = []

    async def connect(writer: BatchProducer) -> None:
        done.append("asks for the id")
        cast(Any, writer)._last = SimpleNamespace(is_committed=is_committed)
        writer._producer = SimpleNamespace(client=None, _txn_manager=SimpleNamespace(producer_id=7))

    async def disconnect(writer: BatchProducer) -> None:
        done.append("disconnects")
        writer._producer = None

    async def end_last(writer: TransactionalProducer, *, is_committed: bool) -> None:
        assert writer._lock.locked()
        done.append("commits" if is_committed else "aborts")

    async def opened_at(*_: object) -> list[OpenTransaction]:
        done.append("looks")
        return [OpenTransaction(by, 3, 12)] if unended.pop(0) else []

    async def await_ended(*_: object) -> None:
        done.append(WAITS)

    monkeypatch.setattr(BatchProducer, "start", connect)
    monkeypatch.setattr(BatchProducer, "stop", disconnect)
    monkeypatch.setattr(TransactionalProducer, "_end_last", end_last)
    monkeypatch.setattr(transactional_producer, "opened_at", opened_at)
    monkeypatch.setattr(transactional_producer, "wait_until_ended", await_ended)

    async def body() -> None:
        writer = TransactionalProducer(
            {}, group="g", changelog=("state", 0), outputs=[], transactional_id="g-state-0", timeout_ms=1_000
        )
        await writer.start()
        assert not writer._lock.locked()

    asyncio.run(body())
    assert not unended
    return done


class TestStart:
    @pytest.mark.parametrize(("is_committed", "ends"), [(True, "commits"), (False, "aborts")])
    def test_what_was_ended_again_can_be_read_when_it_returns(
        self, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool, ends: str
    ) -> None:
        """The id is given again when every partition was told: until then the state ends before what was committed."""
        done = started(monkeypatch, is_committed=is_committed, unended=[True, False])
        assert done == ["asks for the id", "looks", ends, "disconnects", "asks for the id", "looks", WAITS]

    def test_it_is_ended_as_often_as_the_broker_loses_sight_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        done = started(monkeypatch, is_committed=True, unended=[True, True, False])
        assert done.count("commits") == 2
        assert done[-3:] == ["asks for the id", "looks", WAITS]

    def test_what_was_ended_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert started(monkeypatch, is_committed=True, unended=[False]) == ["asks for the id", "looks", WAITS]

    def test_what_others_have_open_is_not_ours_to_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Committing our own again would not end it."""
        assert started(monkeypatch, is_committed=True, unended=[True], by=8) == ["asks for the id", "looks", WAITS]

    def test_what_nobody_decided_is_left_to_the_coordinator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nothing of it is open when the id is ours; else nobody can say what it was."""
        assert started(monkeypatch, is_committed=None, unended=[]) == ["asks for the id", WAITS]
