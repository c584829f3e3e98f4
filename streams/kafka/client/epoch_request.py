"""A request that aiokafka lacks: where a leader's log ends for a leader epoch (KIP-101, KIP-320)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from aiokafka.protocol.api import Request, RequestStruct, Response  # type: ignore[import-untyped]  # ships no types
from aiokafka.protocol.types import Array, Int16, Int32, Int64, Schema, String  # type: ignore[import-untyped]  # same

__all__ = ["OffsetForLeaderEpoch"]

_TEXT = String("utf-8")
_NO_REPLICA = -1
_UNKNOWN = -1


class _EpochAnswer(Response):  # type: ignore[misc]  # as above, here and below
    API_KEY = 23
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            Array(
                ("topic", _TEXT),
                (
                    "partitions",
                    Array(("error_code", Int16), ("partition", Int32), ("leader_epoch", Int32), ("end_offset", Int64)),
                ),
            ),
        ),
    )


class _EpochRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 23
    API_VERSION = 3
    RESPONSE_TYPE = _EpochAnswer
    SCHEMA = Schema(
        ("replica_id", Int32),
        (
            "topics",
            Array(
                ("topic", _TEXT),
                (
                    "partitions",
                    Array(("partition", Int32), ("current_leader_epoch", Int32), ("leader_epoch", Int32)),
                ),
            ),
        ),
    )


class OffsetForLeaderEpoch(Request[_EpochRequest]):  # type: ignore[misc]
    """Asks the leader of some partitions, of Apache Kafka 2.3 or newer.

    A partition of the answer has an error code, its number, the greatest epoch of its log that is not above the one
    asked for, and the offset behind the last record of that epoch; both are -1 where the log knows no such epoch.

    Args:
        epochs: By topic: partition numbers, each with the leader epoch to ask for.
    """

    API_KEY: ClassVar[int] = 23

    def __init__(self, epochs: Mapping[str, Sequence[tuple[int, int]]]) -> None:
        self._epochs = epochs

    def build(self, request_struct_class: type[_EpochRequest]) -> Any:  # noqa: ANN401  # aiokafka's own
        """See aiokafka's `Request`."""
        topics = [
            (topic, [(number, _UNKNOWN, epoch) for number, epoch in numbers]) for topic, numbers in self._epochs.items()
        ]
        return request_struct_class(_NO_REPLICA, topics)
