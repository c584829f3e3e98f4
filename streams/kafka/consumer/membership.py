"""A consumer that its group's coordinator will not have, or that has lost track of it, is told of; nobody else asks."""

from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no type information

__all__ = ["report_lost_membership"]


def report_lost_membership(consumer: AIOKafkaConsumer, on_lost: Callable[[BaseException], None]) -> None:
    """Have it told when aiokafka has given the group up.

    Stock: it keeps the error until somebody asks for it, and sends no heartbeat meanwhile; Faust's way to poll never
    asks, so a worker that is refused, or whose assignor fails, waits for ever and says nothing.
    Shown by tests/unit/kafka/consumer/test_membership.py, tests/kafka/test_roles.py::TestRoles and
    test_exits.py::TestNoMember.

    Args:
        consumer: Started, with a group.
        on_lost: Told why, in the consumer's thread; not when the consumer is stopped.
    """
    coordinator = consumer._coordinator  # noqa: SLF001  # no public way to hear of it without polling
    give_up = coordinator._push_error_to_user  # noqa: SLF001  # as above

    def lose(error: BaseException) -> None:
        if not coordinator._closing.done():  # noqa: SLF001  # as above
            on_lost(error)

    def kept(error: BaseException) -> Any:  # noqa: ANN401  # what aiokafka waits for
        lose(error)
        return give_up(error)

    def ended(task: Any) -> None:  # noqa: ANN401  # aiokafka has no types
        error = None if task.cancelled() else task.exception()
        if error is not None:
            lose(error)

    coordinator._push_error_to_user = kept  # noqa: SLF001  # as above
    coordinator._coordination_task.add_done_callback(ended)  # noqa: SLF001  # as above
