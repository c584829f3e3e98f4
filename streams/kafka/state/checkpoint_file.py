"""The file of a checkpoint: what a changelog partition comes to, read up to an offset.

A line that names the format, then frames, each with its length and its checksum: a header, blocks of keys and as many
values, and an end that counts the records. A reader gets all of it or a reason why not.
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
    "UnfitCheckpoint",
    "read_checkpoint",
    "write_checkpoint",
]

_FORMAT: Final = b"docketwatch checkpoint 2\n"
UNFINISHED: Final = ".unfinished"
"""Suffix of a file that is being written."""

_RECORDS: Final = 1024
"""Records a block: while one is packed or unpacked, no other thread of the process has its turn."""

_SYNC_BYTES: Final = 16 << 20
"""Written before they are forced to the disk: one long queue would hold up the broker's disk, and whoever gives up."""

_LARGEST: Final = 1 << 30
_NUMBER: Final = 4

Record = tuple[str, bytes]

_Block = tuple[list[str], list[bytes]]


class CheckpointHeader(Struct, array_like=True, frozen=True):
    """What a checkpoint is of.

    Attributes:
        changelog: The topic.
        topic_id: The broker's id of that topic, which changes when the topic is recreated.
        partition: Its partition number.
        position: The offset to read next: everything before it is in the checkpoint.
        written_at: The wall clock (ms) when it was begun.
    """

    changelog: str
    topic_id: str
    partition: int
    position: int
    written_at: int


class UnfitCheckpoint(Exception):  # noqa: N818  # no fault of ours: the changelog has it all
    """A checkpoint cannot be used; the text says why, as the end of a sentence."""


class CheckpointAbandoned(Exception):  # noqa: N818  # no fault: it was asked for
    """The writing was given up; the checkpoint before it stays."""


_encode: Final = msgspec.msgpack.Encoder().encode
_header_of: Final = msgspec.msgpack.Decoder(CheckpointHeader).decode
_part_of: Final = msgspec.msgpack.Decoder(_Block | int).decode


def write_checkpoint(
    path: Path, header: CheckpointHeader, records: Iterable[Record], is_given_up: Callable[[], bool] = lambda: False
) -> int:
    """Write it so that a crash at any moment leaves it whole, or the one before it.

    Args:
        path: Where; its directory exists.
        header: What it is of.
        records: The newest value of every key.
        is_given_up: Asked once a block.

    Returns:
        How many records it holds.

    Raises:
        GivenUp: It said yes.
        OSError: The disk is full, read-only or broken.
    """
    unfinished = path.with_suffix(UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            count = _write(file, header, records, is_given_up)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)
    return count


def read_checkpoint(path: Path, check: Callable[[CheckpointHeader], None]) -> tuple[CheckpointHeader, dict[str, bytes]]:
    """Read one back, whole.

    Args:
        path: Where it is.
        check: Raises `UnfitCheckpoint` if it is not the one that is wanted, before the records are read.

    Raises:
        FileNotFoundError: There is none.
        UnfitCheckpoint: It cannot be used.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_FORMAT)) != _FORMAT:
                raise UnfitCheckpoint("it is not in the format of this release")
            header = _header_of(_frame(file))
            check(header)
            return header, _records(file)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnfitCheckpoint(f"it cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UnfitCheckpoint("what it holds is not what was written") from error


def _write(file: BinaryIO, header: CheckpointHeader, records: Iterable[Record], is_given_up: Callable[[], bool]) -> int:
    file.write(_FORMAT)
    file.write(_framed(_encode(header)))
    count = unsynced = 0
    for block in _blocks(records):
        if is_given_up():
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
        raise UnfitCheckpoint("it does not hold as many records as it says")
    return kept


def _framed(payload: bytes) -> bytes:
    return len(payload).to_bytes(_NUMBER) + crc32(payload).to_bytes(_NUMBER) + payload


def _frame(file: BinaryIO) -> bytes:
    head = file.read(2 * _NUMBER)
    length, checksum = int.from_bytes(head[:_NUMBER]), int.from_bytes(head[_NUMBER:])
    if len(head) < 2 * _NUMBER or length > _LARGEST:
        raise UnfitCheckpoint("it ends too early")
    payload = file.read(length)
    if len(payload) < length:
        raise UnfitCheckpoint("it ends too early")
    if crc32(payload) != checksum:
        raise UnfitCheckpoint("its checksum is wrong")
    return payload


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
