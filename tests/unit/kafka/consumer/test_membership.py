"""A group that is given up is told of at once: aiokafka would keep it to itself."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from streams.kafka.consumer.membership import report_lost_membership


class Lost:
    """What is told of a coordinator whose lookup of its broker fails."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.told: list[BaseException] = []

    async def run(self, *, is_listened_to: bool = True, closes: bool = False) -> GroupCoordinator:
        """Have it fail, and give it some turns."""
        subscription = SubscriptionState()
        subscription.subscribe({"a"})
        subscription.register_fetch_waiters(set())
        coordinator = GroupCoordinator(AIOKafkaClient(), subscription, group_id="g")

        async def fail() -> None:
            if closes:
                coordinator._closing.set_result(None)
            raise self.error

        coordinator.ensure_coordinator_known = fail
        if is_listened_to:
            report_lost_membership(SimpleNamespace(_coordinator=coordinator), self.told.append)
        for _ in range(5):
            await asyncio.sleep(0)
        if not closes:
            coordinator._closing.set_result(None)
        await asyncio.wait([coordinator._coordination_task])
        return coordinator


class TestLost:
    def test_what_is_kept_for_whoever_asks_is_told(self) -> None:
        """A refusal of the broker."""
        lost = Lost(GroupAuthorizationFailedError("g"))
        asyncio.run(lost.run())
        assert [lost.error] == lost.told

    def test_so_is_what_ends_the_coordination(self) -> None:
        """Anything that aiokafka does not know."""
        lost = Lost(ZeroDivisionError("assignor"))
        asyncio.run(lost.run())
        (told,) = lost.told
        assert isinstance(told, KafkaError)
        assert "ZeroDivisionError('assignor')" in str(told)

    @pytest.mark.parametrize("error", [GroupAuthorizationFailedError("g"), ZeroDivisionError()], ids=["kept", "ended"])
    def test_a_consumer_that_is_being_stopped_has_lost_nothing(self, error: Exception) -> None:
        """Whatever comes of what was under way."""
        lost = Lost(error)
        asyncio.run(lost.run(closes=True))
        assert lost.told == []

    def test_aiokafka_alone_says_nothing(self) -> None:
        """It waits for somebody to ask."""
        lost = Lost(GroupAuthorizationFailedError("g"))
        coordinator = asyncio.run(lost.run(is_listened_to=False))
        assert isinstance(coordinator._pending_exception, GroupAuthorizationFailedError)
