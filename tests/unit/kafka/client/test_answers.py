"""Answers of a broker that does not know, as aiokafka's own group coordinator takes them, without a broker."""

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
    """What Apache Kafka answers when it may not or cannot say: nothing, and why at the head."""
    return OffsetFetchResponse_v3(0, [], code)


class Group:
    """A coordinator of aiokafka whose broker gives these answers, one after the other.

    Attributes:
        looked_up: How often the coordinator was looked for.
    """

    def __init__(self, *answers: Any, is_checked: bool = True) -> None:
        self._answers = list(answers)
        self._is_checked = is_checked
        self.looked_up = 0

    async def committed(self) -> dict[TopicPartition, int]:
        """What the group has committed of A0 and A1, as aiokafka says."""
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
        assert not self._answers, "one was not asked for"
        return {tp: offset.offset for tp, offset in found.items()}


class TestOffsetFetch:
    @pytest.mark.parametrize("code", [14, 15, 16], ids=["it loads", "it is not available", "another is it"])
    def test_a_broker_that_does_not_know_is_not_believed(self, code: int) -> None:
        """The coordinator is looked for again, and only its own word counts."""
        group = Group(refused(code), refused(code), KNOWN)
        assert asyncio.run(group.committed()) == {A0: 5}
        assert group.looked_up == 3

    def test_aiokafka_alone_takes_it_for_a_group_that_committed_nothing(self) -> None:
        """What a release of it that looks at the head would end; then this module goes."""
        assert asyncio.run(Group(refused(16), is_checked=False).committed()) == {}

    def test_a_partition_that_is_left_out_is_asked_for_again(self) -> None:
        """No word of it is not the word that there is nothing."""
        group = Group(OffsetFetchResponse_v3(0, [("a", [(0, 5, "", 0)])], 0), KNOWN)
        assert asyncio.run(group.committed()) == {A0: 5}

    def test_a_partition_that_the_broker_does_not_know_is_asked_for_again(self) -> None:
        """Its metadata may be behind; aiokafka alone passes over it."""
        group = Group(OffsetFetchResponse_v3(0, [("a", [(0, 5, "", 0), (1, -1, "", 3)])], 0), KNOWN)
        assert asyncio.run(group.committed()) == {A0: 5}

    def test_an_error_that_does_not_pass_is_raised(self) -> None:
        """A group that we may not read."""
        with pytest.raises(GroupAuthorizationFailedError):
            asyncio.run(Group(refused(30)).committed())

    def test_a_code_that_aiokafka_does_not_know_is_an_error_too(self) -> None:
        """A later protocol may have more of them."""
        with pytest.raises(UnknownError):
            check_answer(OffsetFetchRequest("g", [("a", [0])]), refused(9_999))

    def test_an_old_broker_that_has_no_head_is_heard(self) -> None:
        """Version 1 says it of every partition, where aiokafka looks."""
        answer = OffsetFetchResponse_v1([("a", [(0, 5, "", 0)])])
        check_answer(OffsetFetchRequest("g", [("a", [0])]), answer)


class TestFetch:
    @staticmethod
    def answer(code: int, topics: Sequence[Any] = ()) -> Any:
        return FetchRequest_v11.RESPONSE_TYPE(0, code, 0, list(topics))

    def test_a_fetch_that_failed_as_a_whole_is_an_error(self) -> None:
        """aiokafka alone sees no topics and asks on for ever, without a word."""
        with pytest.raises(NotCoordinatorForGroupError):
            check_answer(None, self.answer(16))

    def test_one_that_brings_nothing_is_none(self) -> None:
        """Nothing new."""
        check_answer(None, self.answer(0))


class TestOthers:
    def test_what_aiokafka_looks_at_itself_is_left_to_it(self) -> None:
        """A heartbeat in a rebalance is no failure."""
        check_answer(None, HeartbeatResponse_v1(0, 27))

    def test_a_request_without_an_answer_has_none(self) -> None:
        """Such as a produce request that wants no acknowledgement."""
        check_answer(None, None)


class TestEveryConsumer:
    def test_its_answers_are_checked(self) -> None:
        """One function makes all consumers of aiokafka, and checks their answers; Faust makes the worker's."""
        streams = Path(check_answers.__code__.co_filename).parents[2]
        made = {
            file.name: file.read_text() for file in streams.rglob("*.py") if "AIOKafkaConsumer(" in file.read_text()
        }
        assert ["committed_reader.py"] == list(made)
        assert "check_answers(AIOKafkaConsumer(" in made["committed_reader.py"]
