"""The kind of a path: an open descriptor of ours, a regular file, a pipe, a device, or missing."""

import os
import re
import stat
from pathlib import Path
from typing import Final

__all__ = ["STDIN", "STDOUT", "Identity", "descriptor_of", "identity", "is_null_device", "is_stream"]

STDIN: Final = Path("/dev/stdin")
"""What `-` means for an input."""

STDOUT: Final = Path("/dev/stdout")
"""What `-` means for an output."""

# by their names, whatever lies there: a machine's /dev/stdout may have been replaced by a file
_STANDARD: Final = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR: Final = re.compile(r"(?:/dev/fd|/proc/(?P<process>\d+)(?:/task/\d+)?/fd)/(?P<number>\d+)")
_MOST_LINKS: Final = 40  # as many as Linux follows

Identity = tuple[str, int | str, int]
"""Equal for two paths exactly when they lead to the same file, be it there or not yet."""


def descriptor_of(path: Path) -> int | None:
    """The descriptor of this process that a path names (/dev/stdout, /dev/fd/63, a link to one), or None.

    Opening such a path anew would not do: a file would be read and written from its beginning, not from where the
    shell left it, and a socket cannot be opened at all.
    """
    place = os.path.abspath(path)  # noqa: PTH100  # Path.absolute() keeps `..`
    for _ in range(_MOST_LINKS):
        if place in _STANDARD:
            return _STANDARD[place]
        folder, name = os.path.split(place)
        place = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118  # a text is compared, no path is used
        found = _DESCRIPTOR.fullmatch(place)
        if found is not None and found["process"] in (None, str(os.getpid())):
            return int(found["number"])
        try:
            link = os.readlink(place)  # noqa: PTH115  # likewise
        except OSError:
            return None
        place = os.path.normpath(os.path.join(os.path.dirname(place), link))  # noqa: PTH118, PTH120  # likewise
    return None


def is_stream(path: Path) -> bool:
    """Whether a path can be read once only, and where one stands in it is not for us to choose."""
    if descriptor_of(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def identity(path: Path) -> tuple[Identity, int | None]:
    """Which file a path leads to, following links, and the mode of that file.

    Returns:
        What is equal for equal files; the mode (st_mode), or None when nothing is there.
    """
    descriptor = descriptor_of(path)
    try:
        status = path.stat() if descriptor is None else os.fstat(descriptor)
    except OSError:
        return ("path", os.path.realpath(path), 0), None
    return ("inode", status.st_dev, status.st_ino), status.st_mode


def is_null_device(path: Path) -> bool:
    """Whether a path leads to /dev/null, which anything may be written to, and read from, at once."""
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116  # no file of ours
