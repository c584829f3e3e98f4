"""Opening what a command reads: a file, a pipe, or the standard input from where the shell left it."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from streams.errors import InputError
from streams.files.paths import descriptor_of, is_stream

__all__ = ["open_input", "read_input", "rereadable"]


def open_input(path: Path) -> BufferedReader:
    """Open a path for reading bytes.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = descriptor_of(path)
    return path.open("rb") if descriptor is None else os.fdopen(os.dup(descriptor), "rb")


def read_input(path: Path) -> bytes:
    """All the bytes of a path.

    Raises:
        OSError: It cannot be read.
    """
    with open_input(path) as file:
        return file.read()


@contextmanager
def rereadable(paths: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Files that can be read more than once, or by another process: what is a stream is copied to a temporary file.

    Args:
        paths: Files, pipes, the standard input.

    Yields:
        As many paths, in their order.

    Raises:
        InputError: A stream cannot be read, or there is no room for its copy.
    """
    if not any(map(is_stream, paths)):
        yield tuple(paths)
        return
    with tempfile.TemporaryDirectory(prefix="docketwatch-read-") as folder:
        yield tuple(_copied(path, Path(folder, f"{number}-{path.name}")) for number, path in enumerate(paths, 1))


def _copied(path: Path, copy: Path) -> Path:
    if not is_stream(path):
        return path
    try:
        with open_input(path) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
    except OSError as error:
        raise InputError(
            str(path), None, None, f"cannot be kept to be read again: {error.strerror or error}"
        ) from error
    return copy
