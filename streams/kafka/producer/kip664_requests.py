"""Two requests that aiokafka lacks: the state of a transaction, and the open ones of a partition (KIP-664)."""

from typing import Any, ClassVar

from aiokafka.protocol.api import Request, RequestStruct, Response  # type: ignore[import-untyped]  # ships no types
from aiokafka.protocol.types import (  # type: ignore[import-untyped]  # the same
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

__all__ = ["DescribeProducers", "DescribeTransactions"]

_TEXT = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)


class _TransactionsAnswer(Response):  # type: ignore[misc]  # as above, here and below
    API_KEY = 65
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transactions",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", _TEXT),
                ("state", _TEXT),
                ("timeout_ms", Int32),
                ("started_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", CompactArray(("topic", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _TransactionsRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 65
    API_VERSION = 0
    RESPONSE_TYPE = _TransactionsAnswer
    SCHEMA = Schema(("transactional_ids", CompactArray(_TEXT)), _TAGS)


class DescribeTransactions(Request[_TransactionsRequest]):  # type: ignore[misc]
    """Asks the coordinator of a transactional id; `transactions` of the answer has one entry.

    Args:
        transactional_id: The id.
    """

    API_KEY: ClassVar[int] = 65

    def __init__(self, transactional_id: str) -> None:
        self._id = transactional_id

    def build(self, request_struct_class: type[_TransactionsRequest]) -> Any:  # noqa: ANN401  # aiokafka's own
        """See aiokafka's `Request`."""
        return request_struct_class([self._id], {})


class _ProducersAnswer(Response):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", _TEXT),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("error_message", _TEXT),
                        (
                            "producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp", Int64),
                                ("coordinator_epoch", Int32),
                                ("transaction_start", Int64),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _ProducersRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 61
    API_VERSION = 0
    RESPONSE_TYPE = _ProducersAnswer
    SCHEMA = Schema(
        ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
        _TAGS,
    )


class DescribeProducers(Request[_ProducersRequest]):  # type: ignore[misc]
    """Asks the leader of a partition; `topics` of the answer has one entry, with one of `partitions`.

    Args:
        topic, partition: The topic-partition.
    """

    API_KEY: ClassVar[int] = 61

    def __init__(self, topic: str, partition: int) -> None:
        self._place = topic, partition

    def build(self, request_struct_class: type[_ProducersRequest]) -> Any:  # noqa: ANN401  # aiokafka's own
        """See aiokafka's `Request`."""
        topic, partition = self._place
        return request_struct_class([(topic, [partition], {})], {})
