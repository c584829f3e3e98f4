"""A metadata request that aiokafka lacks: topics with their ids; a recreated topic has another id (KIP-516)."""

from collections.abc import Collection
from typing import Any, ClassVar

from aiokafka.protocol.api import Request, RequestStruct, Response  # type: ignore[import-untyped]  # ships no types
from aiokafka.protocol.types import (  # type: ignore[import-untyped]  # the same
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

__all__ = ["DescribeTopics"]

_TEXT = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)
_ID = (("id_high", Int64), ("id_low", Int64))  # a UUID; aiokafka has no type for it
_NODES = CompactArray(Int32)


class _Answer(Response):  # type: ignore[misc]  # as above, here and below
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(("node", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS)),
        ("cluster_id", _TEXT),
        ("controller", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", _TEXT),
                *_ID,
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NODES),
                        ("isr", _NODES),
                        ("offline", _NODES),
                        _TAGS,
                    ),
                ),
                ("authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _Request(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(*_ID, ("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class DescribeTopics(Request[_Request]):  # type: ignore[misc]
    """Asks any broker; `topics` of the answer has one entry a name.

    Args:
        names: The topics; the request creates none of them.
    """

    API_KEY: ClassVar[int] = 3

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_Request]) -> Any:  # noqa: ANN401  # aiokafka's own
        """See aiokafka's `Request`."""
        return request_struct_class([(0, 0, name, {}) for name in self._names], False, False, {})
