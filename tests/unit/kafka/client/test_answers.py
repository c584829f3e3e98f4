"""Error answers of a broker in aiokafka's own group coordinator, without a broker."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaClient, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import GroupAuthorizationFailedError, NotCoordinatorForGroupError, UnknownError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v1, OffsetFetchResponse_v3
from aiokafka.protocol.fetch import FetchRequest_v11
from aiokafka.protocol.group import HeartbeatResponse_v1

from streams.kafka.client.answers import check_answer, check_answers

A0, A1 = TopicPartition("a", 0), TopicPartition("a", 1)
KNOWN = OffsetFetchResponse_v3(0, [("a", [(0, 5, "", 0), (1, -1, "", 0)])], 0)


def refused(code: int) -> OffsetFetchResponse_v3:
    """Return Apache Kafka's answer when it may not or cannot tell the offsets: no topics, and an error at the head."""
    return OffsetFetchResponse_v3(0, [], code)


class FakeCoordinator:
    """A coordinator of aiokafka whose broker gives these answers, one after the other.

    Attributes:
        looked_up: How often the coordinator was looked up.
    """

    def __init__(self, *answers: Any, is_checked: bool = True) -> None:
        self._answers = list(answers)
        self._is_checked = is_checked
        self.looked_up = 0

    async def committed(self) -> dict[TopicPartition, int]:
        """Return the group's committed offsets of A0 and A1, as aiokafka reports them."""
        client = AIOKafkaClient()
        subscription = SubscriptionState()
        coordinator = GroupCoordinator(client, subscription, group_id="g", retry_backoff_ms=1)

        async def send(*_: Any, **__: Any) -> Any:
            return self._answers.pop(0)

        async def look_up(*_: Any, **__: Any) -> int:
            self.looked_up += 1
            return 1

        async def ready(*_: Any, **__: Any) -> bool:
            return True

        client.send, client.coordinator_lookup, client.ready = send, look_up, ready
        if self._is_checked:
            check_answers(SimpleNamespace(_client=client))
        try:
            found = await coordinator.fetch_committed_offsets([A0, A1])
        finally:
            await coordinator.close()
        assert not self._answers, "unexpected request"
        return {tp: offset.offset for tp, offset in found.items()}


class TestOffsetFetch:
    @pytest.mark.parametrize("code", [14, 15, 16], ids=["it loads", "it is not available", "another is it"])
    def test_an_answer_of_another_broker_is_not_used(self, code: int) -> None:
        """The coordinator is looked up again, and only its own answer counts."""
        group = FakeCoordinator(refused(code), refused(code), KNOWN)
        assert asyncio.run(group.committed()) == {A0: 5}
        assert group.looked_up == 3

    def test_aiokafka_alone_takes_it_for_no_offsets(self) -> None:
        """When a release of aiokafka reads the error, this test fails and the module can go."""
        assert asyncio.run(FakeCoordinator(refused(16), is_checked=False).committed()) == {}

    def test_a_missing_partition_is_asked_for_again(self) -> None:
        """A missing partition is not one without an offset."""
        group = FakeCoordinator(OffsetFetchResponse_v3(0, [("a", [(0, 5, "", 0)])], 0), KNOWN)
        assert asyncio.run(group.committed()) == {A0: 5}

    def test_a_partition_unknown_to_the_broker_is_asked_for_again(self) -> None:
        """The broker's metadata may be behind; aiokafka alone skips it."""
        group = FakeCoordinator(OffsetFetchResponse_v3(0, [("a", [(0, 5, "", 0), (1, -1, "", 3)])], 0), KNOWN)
        assert asyncio.run(group.committed()) == {A0: 5}

    def test_a_permanent_error_is_raised(self) -> None:
        """The group may not be read."""
        with pytest.raises(GroupAuthorizationFailedError):
            asyncio.run(FakeCoordinator(refused(30)).committed())

    def test_an_unknown_error_code_is_an_error_too(self) -> None:
        """A later protocol may have more codes."""
        with pytest.raises(UnknownError):
            check_answer(OffsetFetchRequest("g", [("a", [0])]), refused(9_999))

    def test_an_answer_of_version_1_is_read(self) -> None:
        """Version 1 has an error per partition, which aiokafka reads."""
        answer = OffsetFetchResponse_v1([("a", [(0, 5, "", 0)])])
        check_answer(OffsetFetchRequest("g", [("a", [0])]), answer)


class TestFetch:
    @staticmethod
    def answer(code: int, topics: Sequence[Any] = ()) -> Any:
        return FetchRequest_v11.RESPONSE_TYPE(0, code, 0, list(topics))

    def test_a_failed_fetch_is_an_error(self) -> None:
        """aiokafka alone sees no topics and asks for ever, without a log line."""
        with pytest.raises(NotCoordinatorForGroupError):
            check_answer(None, self.answer(16))

    def test_an_empty_fetch_is_no_error(self) -> None:
        """There are no new records."""
        check_answer(None, self.answer(0))


class TestOthers:
    def test_errors_that_aiokafka_reads_are_left_to_it(self) -> None:
        """A heartbeat's error during a rebalance is no failure."""
        check_answer(None, HeartbeatResponse_v1(0, 27))

    def test_a_request_without_an_answer_has_none(self) -> None:
        """A produce request without acknowledgements has none."""
        check_answer(None, None)


class TestEveryConsumer:
    def test_its_answers_are_checked(self) -> None:
        """One function creates all consumers of aiokafka and checks their answers; Faust creates the worker's."""
        streams = Path(check_answers.__code__.co_filename).parents[2]
        made = {
            file.name: file.read_text() for file in streams.rglob("*.py") if "AIOKafkaConsumer(" in file.read_text()
        }
        assert ["committed_reader.py"] == list(made)
        assert "check_answers(AIOKafkaConsumer(" in made["committed_reader.py"]
