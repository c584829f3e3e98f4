"""Report fatal group errors that aiokafka stores and Faust never reads."""

from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no type information

__all__ = ["report_lost_membership"]


def report_lost_membership(consumer: AIOKafkaConsumer, on_lost: Callable[[BaseException], None]) -> None:
    """Call a hook when aiokafka gives up the group.

    Stock: aiokafka stores the error for the next poll, and sends no heartbeat meanwhile; Faust's way to poll never
    reads it, so a worker that is refused, or whose assignor fails, waits for ever without a message.
    Shown by tests/unit/kafka/consumer/test_membership.py, tests/kafka/test_roles.py::TestRoles and
    test_exits.py::TestRefusedMember.

    Args:
        consumer: Started, with a group.
        on_lost: Called with the error, in the consumer's thread; not when the consumer is stopped.
    """
    coordinator = consumer._coordinator  # noqa: SLF001  # no public way to read it without polling
    store_error = coordinator._push_error_to_user  # noqa: SLF001  # as above

    def report(error: BaseException) -> None:
        if not coordinator._closing.done():  # noqa: SLF001  # as above
            on_lost(error)

    def report_and_store(error: BaseException) -> Any:  # noqa: ANN401  # what aiokafka waits for
        report(error)
        return store_error(error)

    def ended(task: Any) -> None:  # noqa: ANN401  # aiokafka has no types
        error = None if task.cancelled() else task.exception()
        if error is not None:
            report(error)

    coordinator._push_error_to_user = report_and_store  # noqa: SLF001  # as above
    coordinator._coordination_task.add_done_callback(ended)  # noqa: SLF001  # as above
