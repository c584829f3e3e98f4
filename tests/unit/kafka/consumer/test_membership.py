"""A fatal error of the group is reported at once: aiokafka would store it."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from streams.kafka.consumer.membership import report_lost_membership


class LostMembership:
    """A coordinator whose lookup of its broker fails, and the reported errors."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.reported: list[BaseException] = []

    async def run(self, *, is_listened_to: bool = True, closes: bool = False) -> GroupCoordinator:
        """Let it fail, and run some turns of the loop."""
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
            report_lost_membership(SimpleNamespace(_coordinator=coordinator), self.reported.append)
        for _ in range(5):
            await asyncio.sleep(0)
        if not closes:
            coordinator._closing.set_result(None)
        await asyncio.wait([coordinator._coordination_task])
        return coordinator


class TestLostMembership:
    def test_a_stored_error_is_reported(self) -> None:
        """It is a refusal of the broker."""
        lost = LostMembership(GroupAuthorizationFailedError("g"))
        asyncio.run(lost.run())
        assert [lost.error] == lost.reported

    def test_the_end_of_the_coordination_is_reported_too(self) -> None:
        """It is any error that aiokafka does not know."""
        lost = LostMembership(ZeroDivisionError("assignor"))
        asyncio.run(lost.run())
        (found,) = lost.reported
        assert isinstance(found, KafkaError)
        assert "ZeroDivisionError('assignor')" in str(found)

    @pytest.mark.parametrize("error", [GroupAuthorizationFailedError("g"), ZeroDivisionError()], ids=["kept", "ended"])
    def test_a_stopping_consumer_has_lost_nothing(self, error: Exception) -> None:
        """Errors of requests in flight do not count then."""
        lost = LostMembership(error)
        asyncio.run(lost.run(closes=True))
        assert lost.reported == []

    def test_aiokafka_alone_reports_nothing(self) -> None:
        """It stores the error for a later request."""
        lost = LostMembership(GroupAuthorizationFailedError("g"))
        coordinator = asyncio.run(lost.run(is_listened_to=False))
        assert isinstance(coordinator._pending_exception, GroupAuthorizationFailedError)
