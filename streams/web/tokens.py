"""Tokens from one file per role: compared in constant time, read again when a file changes."""

import hmac
import logging
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from schemas.case_views import Role, is_actor
from streams.errors import InputError
from streams.web.identity import Identity

__all__ = ["SHORTEST_TOKEN", "Tokens"]

_log: Final = logging.getLogger(__name__)

SHORTEST_TOKEN: Final = 24
"""Characters; 24 of base64 are 144 bits, too many to guess."""

_Stamp = tuple[int, int, int]


class Tokens:
    """All tokens of the console.

    A line of a file is a name and a token, separated by blanks; a line that begins with # is a comment. Only digests
    are kept.

    Args:
        files: The file of each role.

    Raises:
        InputError: A file cannot be read, or a line is wrong; the text names file and line, never a token.
    """

    def __init__(self, files: Mapping[Role, Path]) -> None:
        self._files = files
        self._read: dict[Role, tuple[_Stamp, list[Identity]]] = {
            role: (_stamp(path), _read(role, path)) for role, path in files.items()
        }

    def __len__(self) -> int:
        return sum(len(identities) for _, identities in self._read.values())

    def identify(self, token: str) -> Identity | None:
        """The identity of a token, or None."""
        return self._of(sha256(token.encode()).digest())

    def knows(self, identity: Identity) -> bool:
        """Whether a file still has the identity's token, under that name and for that role."""
        return self._of(identity.proof) == identity

    def _of(self, digest: bytes) -> Identity | None:
        found = None
        for role in self._files:
            for identity in self._current(role):
                # no early return, so that the time it takes reveals nothing
                if hmac.compare_digest(identity.proof, digest):
                    found = identity
        return found

    def _current(self, role: Role) -> list[Identity]:
        path = self._files[role]
        try:
            stamp = _stamp(path)
            if self._read[role][0] != stamp:
                self._read[role] = (stamp, _read(role, path))
        except InputError as error:
            # a token that cannot be checked does not count
            _log.error("no token of the role %s is accepted: %s", role, error)
            return []
        return self._read[role][1]


def _stamp(path: Path) -> _Stamp:
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(str(path), None, None, f"cannot be read: {error.strerror}") from error
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def _read(role: Role, path: Path) -> list[Identity]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), None, None, f"cannot be read: {error}") from error
    identities = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2:
            raise InputError(str(path), number, None, "must be a name and a token, divided by a blank")
        name, token = words
        if not is_actor(name):
            raise InputError(
                str(path), number, "name", "must be 1 to 128 characters, each one of A-Z a-z 0-9 . _ : @ + -"
            )
        if len(token) < SHORTEST_TOKEN:
            raise InputError(
                str(path),
                number,
                "token",
                f"must be {SHORTEST_TOKEN} characters or more, such as `openssl rand -hex 24` makes",
            )
        identities.append(Identity(name, role, sha256(token.encode()).digest()))
    return identities
