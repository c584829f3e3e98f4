"""A transaction that the owner before left unended, moment by moment, which no broker can be made to wait for."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from streams.kafka import transactional_writer
from streams.kafka.transactional_writer import TransactionalWriter
from streams.kafka.writer import RecordWriter


def started(monkeypatch: pytest.MonkeyPatch, *, is_committed: bool | None, unended: list[bool]) -> list[str]:
    """What a writer does until it is started.

    Args:
        monkeypatch: Takes the broker's place.
        is_committed: How the last transaction was decided, whenever the coordinator is asked.
        unended: What the leader of the changelog says, one time after the other.
    """
    done: list[str] = []

    async def connect(writer: RecordWriter) -> None:
        done.append("asks for the id")
        cast(Any, writer)._last = SimpleNamespace(is_committed=is_committed)
        writer._producer = SimpleNamespace(client=None)

    async def disconnect(writer: RecordWriter) -> None:
        done.append("disconnects")
        writer._producer = None

    async def end_last(writer: TransactionalWriter, *, is_committed: bool) -> None:
        assert writer._turn.locked()
        done.append("commits" if is_committed else "aborts")

    async def is_unended(*_: object) -> bool:
        done.append("looks")
        return unended.pop(0)

    monkeypatch.setattr(RecordWriter, "start", connect)
    monkeypatch.setattr(RecordWriter, "stop", disconnect)
    monkeypatch.setattr(TransactionalWriter, "_end_last", end_last)
    monkeypatch.setattr(transactional_writer, "is_unended", is_unended)

    async def body() -> None:
        writer = TransactionalWriter(
            {}, group="g", kept=("state", 0), outputs=[], transactional_id="g-state-0", timeout_ms=1_000
        )
        await writer.start()
        assert not writer._turn.locked()

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
        assert done == ["asks for the id", "looks", ends, "disconnects", "asks for the id", "looks"]

    def test_it_is_ended_as_often_as_the_broker_loses_sight_of_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        done = started(monkeypatch, is_committed=True, unended=[True, True, False])
        assert done.count("commits") == 2
        assert done[-2:] == ["asks for the id", "looks"]

    def test_what_was_ended_is_left_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert started(monkeypatch, is_committed=True, unended=[False]) == ["asks for the id", "looks"]

    def test_what_nobody_decided_is_left_to_the_coordinator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert started(monkeypatch, is_committed=None, unended=[]) == ["asks for the id"]
