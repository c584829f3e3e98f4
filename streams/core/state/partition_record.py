"""The changelog record of a partition itself, beside those of its cases: its clock, and what its state belongs to."""

from typing import Final

import msgspec
from msgspec import Struct

from schemas.instants import AFTER_ALL_TIME, BEFORE_ALL_TIME
from streams.core.state.origin import StateOrigin

__all__ = ["META", "META_KEY", "PartitionRecord", "blank_record", "origin_of", "with_origin"]

META: Final = "\x00partition"
META_KEY: Final = META.encode()
"""Changelog key of the partition's own record; no case id begins so."""

_FORMAT: Final = 3
"""Of the state records; it goes up when they can no longer be read as they were."""


class PartitionRecord(Struct, array_like=True):
    """The partition's own record.

    Attributes:
        version: The format of the records beside it.
        watermark: Its clock (ms); `BEFORE_ALL_TIME` before anything was applied.
        policy: What its cases were judged under, as `Rules.judged_as` writes it.
        next_period: The next end of a load period (ms).
        first: When its first event became known (ms); None from a program that did not keep it.
        origin: What the state belongs to; put in by who writes it to the changelog, None where its program did not.
    """

    version: int
    watermark: int
    policy: str
    next_period: int
    first: int | None = None
    origin: StateOrigin | None = None

    @classmethod
    def of(cls, watermark: int, policy: str, next_period: int, first: int | None) -> "PartitionRecord":
        """One of this program's format."""
        return cls(_FORMAT, watermark, policy, next_period, first)

    def packed(self) -> bytes:
        """As the changelog holds it."""
        return _pack(self)

    @staticmethod
    def read(packed: bytes) -> "PartitionRecord":
        """A record of the changelog.

        Raises:
            ValueError: It was written in another format.
        """
        record = _unpack(packed)
        if record.version != _FORMAT:
            raise ValueError(
                f"the changelog holds state of format {record.version}, this program reads {_FORMAT}: "
                "run the program that wrote it, or delete the topic and the group's offsets to begin anew"
            )
        return record


_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(PartitionRecord).decode


def blank_record() -> bytes:
    """The own record of a partition that knows nothing yet."""
    return PartitionRecord.of(BEFORE_ALL_TIME, "", AFTER_ALL_TIME, None).packed()


def with_origin(record: bytes, origin: StateOrigin) -> bytes:
    """The partition's own record with what its state belongs to."""
    own = _unpack(record)
    own.origin = origin
    return own.packed()


def origin_of(record: bytes) -> StateOrigin | None:
    """The origin of the state that a partition's own record ends; None if an older program wrote it without one.

    Raises:
        msgspec.MsgspecError: It is no such record.
    """
    return _unpack(record).origin
