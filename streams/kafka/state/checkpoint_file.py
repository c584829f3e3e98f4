"""The file of a checkpoint: the state of a changelog partition up to an offset.

A line that names the format, then frames, each with its length and its checksum: a header, blocks of keys and as many
values, and an end that counts the records. A reader gets all of it, or an error with the reason.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

import msgspec
from msgspec import Struct

__all__ = [
    "UNFINISHED",
    "CheckpointAbandoned",
    "CheckpointHeader",
    "UnusableCheckpoint",
    "read_checkpoint",
    "write_checkpoint",
]

_FORMAT: Final = b"docketwatch checkpoint 2\n"
UNFINISHED: Final = ".unfinished"
"""Suffix of a file during the write."""

_RECORDS: Final = 1024
"""Records a block: packing or unpacking one blocks all other threads of the process."""

_SYNC_BYTES: Final = 16 << 20
"""Bytes between two fsyncs: one long sync would block the broker's disk, and delay an abandoned write."""

_LARGEST: Final = 1 << 30
_NUMBER: Final = 4

Record = tuple[str, bytes]

_Block = tuple[list[str], list[bytes]]


class CheckpointHeader(Struct, array_like=True, frozen=True):
    """The identity of a checkpoint.

    Attributes:
        changelog: The topic.
        topic_id: The broker's id of that topic, which changes when the topic is recreated.
        partition: Its partition number.
        position: The next offset to read: everything before it is in the checkpoint.
        written_at: The wall clock (ms) at the start of the write.
    """

    changelog: str
    topic_id: str
    partition: int
    position: int
    written_at: int


class UnusableCheckpoint(Exception):  # noqa: N818  # no fault: the changelog has all of it
    """A checkpoint cannot be used; the text gives the reason, as the end of a sentence."""


class CheckpointAbandoned(Exception):  # noqa: N818  # no fault: the caller asked for it
    """The write was abandoned; the previous checkpoint stays."""


_encode: Final = msgspec.msgpack.Encoder().encode
_header_of: Final = msgspec.msgpack.Decoder(CheckpointHeader).decode
_part_of: Final = msgspec.msgpack.Decoder(_Block | int).decode


def write_checkpoint(
    path: Path, header: CheckpointHeader, records: Iterable[Record], is_abandoned: Callable[[], bool] = lambda: False
) -> int:
    """Write it atomically: after a crash at any moment either it or the previous one is complete.

    Args:
        path: The file; its directory exists.
        header: Its identity.
        records: The newest value of every key.
        is_abandoned: Whether to abandon the write; called once a block.

    Returns:
        How many records it holds.

    Raises:
        CheckpointAbandoned: `is_abandoned` returned True.
        OSError: The disk is full, read-only or broken.
    """
    unfinished = path.with_suffix(UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            count = _write(file, header, records, is_abandoned)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)
    return count


def read_checkpoint(path: Path, check: Callable[[CheckpointHeader], None]) -> tuple[CheckpointHeader, dict[str, bytes]]:
    """Read a complete checkpoint.

    Args:
        path: The file.
        check: Raises `UnusableCheckpoint` for another checkpoint than the wanted one, before the records are read.

    Raises:
        FileNotFoundError: There is none.
        UnusableCheckpoint: It cannot be used.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_FORMAT)) != _FORMAT:
                raise UnusableCheckpoint("it is not in the format of this release")
            header = _header_of(_frame(file))
            check(header)
            return header, _records(file)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnusableCheckpoint(f"it cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UnusableCheckpoint("its content is not as it was written") from error


def _write(
    file: BinaryIO, header: CheckpointHeader, records: Iterable[Record], is_abandoned: Callable[[], bool]
) -> int:
    file.write(_FORMAT)
    file.write(_framed(_encode(header)))
    count = unsynced = 0
    for block in _blocks(records):
        if is_abandoned():
            raise CheckpointAbandoned
        framed = _framed(_encode(block))
        file.write(framed)
        count += len(block[0])
        unsynced += len(framed)
        if unsynced >= _SYNC_BYTES:
            file.flush()
            os.fsync(file.fileno())
            unsynced = 0
    file.write(_framed(_encode(count)))
    return count


def _blocks(records: Iterable[Record]) -> Iterator[_Block]:
    rest = iter(records)
    while some := list(islice(rest, _RECORDS)):
        yield [key for key, _ in some], [value for _, value in some]


def _records(file: BinaryIO) -> dict[str, bytes]:
    kept: dict[str, bytes] = {}
    while isinstance(part := _part_of(_frame(file)), tuple):
        kept.update(zip(*part, strict=True))
    if part != len(kept) or file.read(1):
        raise UnusableCheckpoint("it does not hold as many records as it says")
    return kept


def _framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(_NUMBER) + crc32(payload).to_bytes(_NUMBER) + payload


def _frame(file: BinaryIO) -> bytes:
    head = file.read(2 * _NUMBER)
    length, checksum = int.from_bytes(head[:_NUMBER]), int.from_bytes(head[_NUMBER:])
    if len(head) < 2 * _NUMBER or length > _LARGEST:
        raise UnusableCheckpoint("it ends too early")
    payload = file.read(length)
    if len(payload) < length:
        raise UnusableCheckpoint("it ends too early")
    if crc32(payload) != checksum:
        raise UnusableCheckpoint("its checksum is wrong")
    return payload


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
