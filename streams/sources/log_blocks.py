"""The bytes of a log file, plain, .gz or .zst, in blocks of whole lines."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

from streams.errors import InputError
from streams.files.inputs import open_input
from streams.files.paths import is_stream
from streams.files.zstd import CorruptFrameError, ZstdReader

__all__ = ["BLOCK_BYTES", "MAX_LINE_BYTES", "read_blocks"]

BLOCK_BYTES = 256 << 10
"""Some thousand events: enough to make the work per block vanish, and it stays in the processor's cache."""

MAX_LINE_BYTES = 1 << 20
"""No event comes near; a longer line means that the file is something else, and may not fill the memory."""

_GZ, _ZST, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_UTF8_BOM, _UTF16_BOMS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def read_blocks(
    path: Path, *, block_bytes: int = BLOCK_BYTES, on_read: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """Gives the file's bytes, inflated, in blocks that end where a line ends; a byte order mark is dropped.

    The first bytes decide the compression, not the name.

    Args:
        path: The file.
        block_bytes: About how much to give at once.
        on_read: Called after every block with the bytes of the file (as stored) read so far.

    Raises:
        InputError: The file is missing, is a directory, cannot be read, ends in the middle of its compressed data,
            is not UTF-8, or holds a line of more than `MAX_LINE_BYTES`.
        MissingExtraError: It is .zst, and the library for that is not installed.
    """
    is_first = True
    try:
        with open_input(path) as file:
            report_position = on_read if file.seekable() else None  # a pipe has no position
            stream = _inflating(file, path)
            while block := stream.read(block_bytes):
                if is_first:
                    block, is_first = _without_bom(block, path), False
                if not block.endswith(b"\n"):
                    block += stream.readline(MAX_LINE_BYTES)
                    if not block.endswith(b"\n") and stream.read(1):
                        raise InputError(str(path), _line_reached(path), None, _TOO_LONG)
                if report_position is not None:
                    report_position(file.tell())
                yield block
    except (EOFError, CorruptFrameError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(str(path), _line_reached(path), None, _damage(error)) from error
    except FileNotFoundError as error:
        raise InputError(str(path), None, None, "no such file") from error
    except IsADirectoryError as error:
        raise InputError(str(path), None, None, "is a directory; name the log files in it") from error
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror or error}") from error


_TOO_LONG = "longer than 1 MiB; a log has one event a line"


def _inflating(file: BufferedReader, path: Path) -> BufferedReader | gzip.GzipFile:
    start = file.peek(4)[:4]
    if start == _ZIP:
        raise InputError(str(path), None, None, "is a zip archive; unpack it first (.gz and .zst are read as they are)")
    if start == _ZST:
        return BufferedReader(ZstdReader(file), buffer_size=BLOCK_BYTES)
    if start.startswith(_GZ):
        return gzip.GzipFile(fileobj=file, mode="rb")
    return file


def _line_reached(path: Path) -> int | None:
    """The line at which reading cannot go on; counted only then, for counting costs as much as reading."""
    line = 1
    if path.is_file() and not is_stream(path):  # a stream cannot be read again
        with path.open("rb") as file, suppress(EOFError, CorruptFrameError, zlib.error, gzip.BadGzipFile):
            stream = _inflating(file, path)
            while (piece := stream.readline(MAX_LINE_BYTES)) and len(piece) < MAX_LINE_BYTES:
                line += 1
        return line
    return None


def _without_bom(block: bytes, path: Path) -> bytes:
    if block.startswith(_UTF16_BOMS):
        raise InputError(str(path), 1, None, "is UTF-16; a log is JSON Lines in UTF-8")
    return block.removeprefix(_UTF8_BOM)


def _damage(error: Exception) -> str:
    what = "ends too early" if isinstance(error, EOFError) else "is damaged"
    return f"the compressed file {what}, somewhere after this line; copy or download it again"
