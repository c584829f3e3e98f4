"""A consumer that its group's coordinator will not have, or that has lost track of it, is told of; nobody else asks."""

from collections.abc import Callable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import (  # type: ignore[import-untyped]  # the same
    GroupAuthorizationFailedError,
    InconsistentGroupProtocolError,
    InvalidSessionTimeoutError,
)

from streams.errors import BrokerError

__all__ = ["not_a_member", "tell_when_lost"]

_WHY: Final = {
    GroupAuthorizationFailedError: "we may not be in it; it needs the ACL READ",
    InconsistentGroupProtocolError: "somebody is in it that is no worker of ours: a group of our own is to be set as "
    "DOCKETWATCH_GROUP",
    InvalidSessionTimeoutError: "the broker allows no session as long, or short, as DOCKETWATCH_SESSION_TIMEOUT says",
}


def not_a_member(error: BaseException, group: str) -> BrokerError:
    """Why a worker cannot be in its group.

    Args:
        error: What aiokafka says.
        group: The consumer group.
    """
    return BrokerError(f"group {group}: {_WHY.get(type(error)) or str(error) or type(error).__name__}")


def tell_when_lost(consumer: AIOKafkaConsumer, on_lost: Callable[[BaseException], None]) -> None:
    """Have it told when aiokafka has given the group up.

    Stock: it keeps the error until somebody asks for it, and sends no heartbeat meanwhile; Faust's way to poll never
    asks, so a worker that is refused, or whose assignor fails, waits for ever and says nothing.
    Shown by tests/unit/kafka/test_membership.py and tests/kafka/test_roles.py::TestRoles.

    Args:
        consumer: Started, with a group.
        on_lost: Told why, in the consumer's thread; not when the consumer is stopped.
    """
    coordinator = consumer._coordinator  # noqa: SLF001  # no public way to hear of it without polling
    give_up = coordinator._push_error_to_user  # noqa: SLF001  # as above

    def told(error: BaseException) -> Any:  # noqa: ANN401  # what aiokafka waits for
        if not coordinator._closing.done():  # noqa: SLF001  # as above
            on_lost(error)
        return give_up(error)

    def ended(task: Any) -> None:  # noqa: ANN401  # aiokafka has no types
        if not task.cancelled() and task.exception() is not None:
            on_lost(task.exception())

    coordinator._push_error_to_user = told  # noqa: SLF001  # as above
    coordinator._coordination_task.add_done_callback(ended)  # noqa: SLF001  # as above
