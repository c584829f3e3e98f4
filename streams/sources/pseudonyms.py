"""Pseudonyms: ids of a source system become ids of ours, by keyed HMAC-SHA-256, one derived key for each type of id.

Without the key, a pseudonym can neither be undone nor found by trying all A-numbers. With the key, the same id gives
the same pseudonym every time, so two conversions are the same bytes. The same number as a case, an officer or a
hearing gives three pseudonyms that have nothing in common.

A pseudonym is the initial of its type, a hyphen and 24 of the letters a to p: 96 bits and not one digit, so nothing in
it can be taken for an A-number, whole or in part. `key_id` names the key without giving it away; converters put it into
the `source` of every event (`eoir.<key_id>`), for ids made with two keys do not join.
"""

import re
from binascii import hexlify
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from streams.sources.pseudonym_key import Secret

__all__ = ["Pseudonyms", "is_made"]

_BLOCK: Final = 64
_DIGEST_BYTES: Final = 12
_KEY_ID_LETTERS: Final = 8
_LETTERS: Final = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")
_LABEL: Final = b"docketwatch pseudonym v1: "
_MADE: Final = re.compile(r"[a-z]-[a-p]{24}", re.ASCII)


def is_made(text: str) -> bool:
    """Whether a text has the form of a pseudonym that a conversion makes."""
    return _MADE.fullmatch(text) is not None


class Pseudonyms:
    """Makes the pseudonyms of one source.

    Args:
        secret: The key.
        namespace: Whose ids they are: case 7 of one system is not case 7 of another.
        on_id: Called with the kind, the id and the pseudonym of each case, officer and office; of a case perhaps again.
    """

    def __init__(self, secret: Secret, namespace: str, on_id: Callable[[str, bytes, str], None] | None = None) -> None:
        self.key_id = _Keyed(secret.reveal(), b"").letters(b"docketwatch key id v1")[:_KEY_ID_LETTERS]
        space = namespace.encode()
        self._cases = _Keyed(_derived(secret, b"case", space), b"c-")
        self._officers = _Keyed(_derived(secret, b"officer", space), b"o-")
        self._check_ins = _Keyed(_derived(secret, b"check-in", space), b"k-")
        self._hearings = _Keyed(_derived(secret, b"hearing", space), b"h-")
        self._offices = _Keyed(_derived(secret, b"office", space), b"f-")
        self._events = _Keyed(_derived(secret, b"event", space), b"e-")
        self._known_officers: dict[bytes, str] = {}
        self._known_offices: dict[bytes, str] = {}
        self._last_case = (b"", "")
        self._on_id = on_id

    def case(self, own: bytes) -> str:
        """Pseudonym of a case."""
        if self._on_id is None:
            return self._cases.letters(own)
        if own != self._last_case[0]:
            self._last_case = own, self._cases.letters(own)
            self._on_id("case", *self._last_case)
        return self._last_case[1]

    def officer(self, own: bytes) -> str:
        """Pseudonym of an officer."""
        known = self._known_officers.get(own)
        if known is None:
            known = self._known_officers[own] = self._officers.letters(own)
            if self._on_id is not None:
                self._on_id("officer", own, known)
        return known

    def check_in(self, own: bytes) -> str:
        """Pseudonym of a check-in."""
        return self._check_ins.letters(own)

    def hearing(self, own: bytes) -> str:
        """Pseudonym of a hearing."""
        return self._hearings.letters(own)

    def office(self, own: bytes) -> str:
        """Pseudonym of an office that has no public name."""
        known = self._known_offices.get(own)
        if known is None:
            known = self._known_offices[own] = self._offices.letters(own)
            if self._on_id is not None:
                self._on_id("office", own, known)
        return known

    def event(self, row: bytes) -> str:
        """Id of the event that a row of the source tells of.

        Args:
            row: What makes the row and the event one of a kind; the same row gives the same id in every conversion.
        """
        return self._events.letters(row)


class _Keyed:
    """HMAC-SHA-256 with one key, its two padded blocks hashed once: a third of the price of `hmac.digest`."""

    __slots__ = ("_inner", "_outer", "_prefix")

    def __init__(self, key: bytes, prefix: bytes) -> None:
        if len(key) > _BLOCK:
            key = sha256(key).digest()
        key = key.ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in key))
        self._prefix = prefix

    def digest(self, message: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def letters(self, message: bytes) -> str:
        return (self._prefix + hexlify(self.digest(message)[:_DIGEST_BYTES]).translate(_LETTERS)).decode()


def _derived(secret: Secret, kind: bytes, space: bytes) -> bytes:
    # a length before each part, so that no two (kind, namespace) pairs spell the same message
    label = _LABEL + b"%d:%b,%d:%b" % (len(kind), kind, len(space), space)
    return _Keyed(secret.reveal(), b"").digest(label)
