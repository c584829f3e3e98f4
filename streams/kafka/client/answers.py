"""Raises the top-level errors of broker responses, which aiokafka reads as "no data".

A broker that is no longer the group's coordinator, or that still loads the committed offsets, answers an OffsetFetch
with a top-level error and no topics. aiokafka 0.14 reads only the topics and concludes that nothing is committed, so
its consumer would read everything again. A Fetch response has such an error too.
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
"""API keys of the only two responses whose top-level error aiokafka ignores: it raises that of all others.
ListOffsets and Metadata have none at the top level, and aiokafka checks every partition and topic."""


def check_answers(consumer: AIOKafkaConsumer) -> AIOKafkaConsumer:
    """Make a consumer raise the top-level error of a response.

    aiokafka then handles it like any retriable error: it looks up the coordinator, or the leader, and asks again.
    Shown by tests/unit/kafka/client/test_answers.py and tests/kafka/test_coordinator.py.

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
    """Raise the error of a response.

    Args:
        request: The request, before aiokafka built it for a version of the protocol.
        answer: The response.

    Raises:
        KafkaError: The broker could not answer.
    """
    if answer is None or answer.API_KEY not in (_FETCH, _OFFSET_FETCH):
        return
    code = getattr(answer, "error_code", 0)  # older versions have none
    if code:
        raise for_code(code)()
    if answer.API_KEY == _OFFSET_FETCH:
        _check_partitions(request, answer)


def _check_partitions(request: Any, answer: Any) -> None:  # noqa: ANN401  # the same
    """Raise where a requested partition is missing or unknown: aiokafka ignores both."""
    codes = {(topic, number): code for topic, partitions in answer.topics for number, _, _, code in partitions}
    for topic, numbers in request._partitions or ():  # noqa: SLF001  # no public name
        for number in numbers:
            code = codes.get((topic, number))
            if code is None:
                raise GroupCoordinatorNotAvailableError(f"it does not say what is committed of {topic} {number}")
            if code == UnknownTopicOrPartitionError.errno:
                raise UnknownTopicOrPartitionError(f"{topic} {number}")
