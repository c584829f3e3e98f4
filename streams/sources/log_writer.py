"""Writes lines, compressed as the name says, with the one writer of every command: whole or not at all."""

import gzip
import hashlib
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from schemas import hot
from schemas.decode import encode_event
from streams.files.outputs import OutputFile, PublishedAtExit
from streams.files.zstd import ZSTD_SUFFIX, require_zstd, zstd_writer

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["LogWriter"]

_FLUSH_BYTES = 1 << 20
_GZ_LEVEL = 6


class LogWriter(PublishedAtExit):
    """An output of lines, compressed as its suffix says (.gz, .zst), the same bytes for the same lines.

    Use it as a context manager, or in an `OutputGroup`: leaving it by an error leaves the file as it was before, or
    absent. What is no regular file is streamed to (see `OutputFile`).

    Args:
        path: The file; its directory must exist.
        is_private: Whether only its owner may read the file.

    Raises:
        OutputError: The file cannot be written there.
        MissingExtraError: It is .zst, and the library for that is not installed.
    """

    def __init__(self, path: Path | str, *, is_private: bool = False) -> None:
        self.path = Path(path)
        if self.path.suffix == ZSTD_SUFFIX:
            require_zstd()  # before there is a file
        self.lines = 0
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._file = OutputFile(self.path, is_private=is_private)
        self._hashing = _HashingFile(self._file)
        self._sink = _sink(self._hashing, self.path.suffix)
        self._is_finished = False

    def write(self, event: hot.AnyEvent) -> None:
        """Adds an event."""
        self.write_line(encode_event(event))

    def write_line(self, line: bytes) -> None:
        """Adds a line, given without its newline."""
        self._pending.append(line)
        self._pending_bytes += len(line)
        self.lines += 1
        if self._pending_bytes >= _FLUSH_BYTES:
            self._flush()

    def finish(self) -> None:
        """Writes what is pending; no line can be added any more."""
        if not self._is_finished:
            self._is_finished = True
            self._flush()
            self._sink.close()
            self._file.finish()

    def publish(self) -> None:
        """Finishes the file and gives it its name."""
        self.finish()
        self._file.publish()

    def abandon(self) -> None:
        """Removes what was written, unless it is published already."""
        self._file.abandon()

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes in the file, in hex; final once it is finished."""
        return self._hashing.digest.hexdigest()

    @property
    def size(self) -> int:
        """How many bytes the file has; final once it is finished."""
        return self._hashing.size

    def _flush(self) -> None:
        if self._pending:
            self._pending.append(b"")
            self._sink.write(b"\n".join(self._pending))
            self._pending, self._pending_bytes = [], 0


class _CountingSink(Protocol):
    def write(self, data: bytes, /) -> object: ...

    def close(self) -> None: ...


class _HashingFile(RawIOBase):
    """Writes through to a file and keeps the digest and the size of what went by."""

    def __init__(self, file: OutputFile) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        self.digest.update(data)
        written = self._file.write(data)
        self.size += written
        return written


def _sink(file: _HashingFile, suffix: str) -> _CountingSink:
    if suffix == ".gz":
        # neither name nor time in the header, so that the same lines are the same bytes
        return gzip.GzipFile(filename="", mode="wb", compresslevel=_GZ_LEVEL, fileobj=file, mtime=0)
    if suffix == ZSTD_SUFFIX:
        return cast(_CountingSink, zstd_writer(file))
    return file
