"""Answers of a broker that say that it does not know, where aiokafka reads that there is nothing.

A broker that is not the group's coordinator any more, or that still loads what the group has committed, answers an
OffsetFetch with an error at its head and no topics. aiokafka 0.14 looks at the topics only: nothing is committed, it
says, as of a group that never was, and who believes that reads everything again. A Fetch has such an error too.
"""

from typing import Any, Final

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import (  # type: ignore[import-untyped]  # the same
    GroupCoordinatorNotAvailableError,
    UnknownTopicOrPartitionError,
    for_code,
)

__all__ = ["check_answer", "check_answers"]

_FETCH: Final = 1
_OFFSET_FETCH: Final = 9
"""Keys of the protocol, and the only two answers whose head aiokafka leaves unread: of all others it raises the error.
ListOffsets and Metadata have none at their head, and aiokafka looks at that of every partition and topic."""


def check_answers(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    """Have a consumer raise what a broker says at the head of its answers.

    aiokafka then does what it does of any error that may pass: it looks for the coordinator, or the leader, and asks
    again. Shown by tests/unit/kafka/client/test_answers.py and tests/kafka/test_coordinator.py.

    Args:
        consumer: Not started.

    Returns:
        The same.
    """
    client = consumer._client  # noqa: SLF001  # no public way to see an answer
    send = client.send

    async def checked(node: int, request: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # aiokafka's own signature
        answer = await send(node, request, **kwargs)
        check_answer(request, answer)
        return answer

    client.send = checked
    return consumer


def check_answer(request: Any, answer: Any) -> None:  # noqa: ANN401  # aiokafka has no types
    """Raise the error that an answer is.

    Args:
        request: What was asked, before it was built for a version of the protocol.
        answer: What came.

    Raises:
        KafkaError: It is no answer: the broker at the other end does not know.
    """
    if answer is None or answer.API_KEY not in (_FETCH, _OFFSET_FETCH):
        return
    code = getattr(answer, "error_code", 0)  # older versions have none
    if code:
        raise for_code(code)()
    if answer.API_KEY == _OFFSET_FETCH:
        _check_partitions(request, answer)


def _check_partitions(request: Any, answer: Any) -> None:  # noqa: ANN401  # the same
    """That each partition asked for is in the answer, and that none of them is unknown: aiokafka passes over both."""
    said = {(topic, number): code for topic, partitions in answer.topics for number, _, _, code in partitions}
    for topic, numbers in request._partitions or ():  # noqa: SLF001  # no public name
        for number in numbers:
            code = said.get((topic, number))
            if code is None:
                raise GroupCoordinatorNotAvailableError(f"it does not say what is committed of {topic} {number}")
            if code == UnknownTopicOrPartitionError.errno:
                raise UnknownTopicOrPartitionError(f"{topic} {number}")
