"""Sessions of people who showed a token: a random id in a cookie, the rest in memory, gone with the process."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from streams.web.identity import Identity

__all__ = ["Sessions"]

_MOST: Final = 10_000


class _Session(NamedTuple):
    identity: Identity
    until: float


class Sessions:
    """Who is signed in.

    Args:
        lasts: From signing in to the end, whatever is done meanwhile.
        now: A clock that never goes back (seconds).
    """

    def __init__(self, lasts: timedelta, now: Callable[[], float]) -> None:
        self.lasts = lasts
        self._now = now
        self._open: OrderedDict[str, _Session] = OrderedDict()

    def open(self, identity: Identity) -> str:
        """Begin a session; the oldest ends when there are too many.

        Returns:
            Its id.
        """
        key = secrets.token_urlsafe(32)
        self._open[key] = _Session(identity, self._now() + self.lasts.total_seconds())
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        return key

    def find(self, key: str) -> Identity | None:
        """Whose session it is; None when it has ended, or never was."""
        session = self._open.get(key)
        if session is None:
            return None
        if session.until <= self._now():
            del self._open[key]
            return None
        return session.identity

    def close(self, key: str) -> None:
        """End a session."""
        self._open.pop(key, None)
