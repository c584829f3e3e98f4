"""The secret that pseudonyms are made with: read from a file, or written anew; never shown."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streams.errors import UsageError
from streams.files.inputs import read_input
from streams.files.paths import descriptor_of

__all__ = ["KEY_FILE_VARIABLE", "KEY_VARIABLE", "NewSecret", "Secret", "read_secret"]

KEY_VARIABLE: Final = "DOCKETWATCH_PSEUDONYM_KEY"
"""Refused: what is in the environment can be seen by others."""

KEY_FILE_VARIABLE: Final = "DOCKETWATCH_PSEUDONYM_KEY_FILE"

_LEAST_BYTES: Final = 32
_LEAST_DISTINCT: Final = 8  # 32 random bytes have fewer than 20 different ones about never; a typed key has few
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_MAKE_ONE: Final = "make one with `openssl rand -hex 32 > FILE` (or --new-key FILE) and keep it: another key, other ids"


class Secret:
    """At least 32 secret bytes; printing it shows nothing.

    Args:
        content: The bytes, or their hex digits; a line end is no part of it.
        where: What to call the place it came from, in an error.

    Raises:
        UsageError: It is too short, or no random bytes.
    """

    __slots__ = ("_bytes",)

    def __init__(self, content: bytes, where: str) -> None:
        content = content.rstrip(b"\r\n")
        self._bytes = bytes.fromhex(content.decode("ascii")) if _HEX.fullmatch(content) else content
        if len(self._bytes) < _LEAST_BYTES:
            raise UsageError(
                f"{where}: the key has {len(self._bytes)} bytes, and {_LEAST_BYTES} are the least: {_MAKE_ONE}"
            )
        if len(set(self._bytes)) < _LEAST_DISTINCT:
            raise UsageError(f"{where}: the key repeats a few bytes, so it can be guessed: {_MAKE_ONE}")

    def __repr__(self) -> str:
        return "Secret(...)"

    def reveal(self) -> bytes:
        """The bytes, for deriving keys and for nothing else."""
        return self._bytes


def read_secret(key_file: Path | None, environ: Mapping[str, str]) -> Secret:
    """Find the secret: in a file that was named, else in that which the environment names.

    The environment holds no key: the list of processes and a container's description would show it.

    Args:
        key_file: What the user named, or None.
        environ: Environment variables; one may be the path of the file.

    Raises:
        UsageError: There is none, or it cannot be read, or it is no good; the text says how to make one.
    """
    if key_file is not None:
        return _read(key_file)
    if environ.get(KEY_VARIABLE):
        raise UsageError(
            f"{KEY_VARIABLE} holds a key where others can see it: write it to a file that only you can read, and name "
            f"that in {KEY_FILE_VARIABLE}"
        )
    path = environ.get(KEY_FILE_VARIABLE)
    if path:
        return _read(Path(path))
    raise UsageError(
        "ids become pseudonyms with a secret key, and there is none: name its file with --key-file or "
        f"{KEY_FILE_VARIABLE}; {_MAKE_ONE}"
    )


class NewSecret:
    """A new random key in a file that only its owner can read; an output like others: abandoned, it is removed.

    Args:
        path: Where the key will be; nothing may be there.

    Raises:
        UsageError: The file is there already (an old key is never overwritten), or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        content = secrets.token_hex(_LEAST_BYTES).encode() + b"\n"
        self.secret = Secret(content, str(path))
        self._path = path
        self._is_published = False
        if descriptor_of(path) is not None:
            raise UsageError(
                f"{path}: a key is kept in a file that only its owner can read: name one that is not there"
            )
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise UsageError(
                f"{path}: is there already, and a key is never overwritten; use it with --key-file"
            ) from None
        except OSError as error:
            raise UsageError(f"{path}: the new key cannot be written: {error.strerror}") from None
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(file)

    def finish(self) -> None:
        """Nothing is pending: the key is on the disk before the first pseudonym is made with it."""

    def publish(self) -> None:
        """Keep the key for good."""
        self._is_published = True

    def abandon(self) -> None:
        """Remove a key that nothing was made with."""
        if not self._is_published:
            self._path.unlink(missing_ok=True)


def _read(path: Path) -> Secret:
    try:
        content = read_input(path)
    except OSError as error:
        raise UsageError(f"{path}: the key file cannot be read: {error.strerror}; {_MAKE_ONE}") from None
    return Secret(content, str(path))
