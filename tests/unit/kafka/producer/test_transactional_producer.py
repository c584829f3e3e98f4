"""A transaction that the former owner left open, at moments that no broker can be made to wait for."""

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
    """Return what a producer does until it is started.

    Args:
        monkeypatch: Replaces the broker.
        is_committed: The outcome of the last transaction, at every question to the coordinator.
        unended: Whether the changelog's leader has an open one, question by question.
        by: The id of its producer; ours is 7.
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
    def test_a_transaction_ended_again_is_readable_at_its_return(
        self, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool, ends: str
    ) -> None:
        """The same id is used until every partition has the marker: before that the state ends too early."""
        done = started(monkeypatch, is_committed=is_committed, unended=[True, False])
        assert done == ["asks for the id", "looks", ends, "disconnects", "asks for the id", "looks", WAITS]

    def test_it_is_ended_each_time_the_broker_loses_sight_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        done = started(monkeypatch, is_committed=True, unended=[True, True, False])
        assert done.count("commits") == 2
        assert done[-3:] == ["asks for the id", "looks", WAITS]

    def test_an_ended_one_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert started(monkeypatch, is_committed=True, unended=[False]) == ["asks for the id", "looks", WAITS]

    def test_an_open_one_of_another_producer_is_not_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Committing the own one again would not end it."""
        assert started(monkeypatch, is_committed=True, unended=[True], by=8) == ["asks for the id", "looks", WAITS]

    def test_an_undecided_one_is_left_to_the_coordinator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is not open when the id is ours; otherwise its outcome would be unknown."""
        assert started(monkeypatch, is_committed=None, unended=[]) == ["asks for the id", WAITS]
