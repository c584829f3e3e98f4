"""Sessions of users who signed in with a token: a random id in a cookie, the rest in memory until the process ends."""

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
    """The open sessions.

    Args:
        duration: Length of a session from sign-in; activity does not extend it.
        now: A monotonic clock (seconds).
    """

    def __init__(self, duration: timedelta, now: Callable[[], float]) -> None:
        self.duration = duration
        self._now = now
        self._open: OrderedDict[str, _Session] = OrderedDict()

    def open(self, identity: Identity) -> str:
        """Begin a session; when there are too many, the oldest ends.

        Returns:
            Its id.
        """
        key = secrets.token_urlsafe(32)
        self._open[key] = _Session(identity, self._now() + self.duration.total_seconds())
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        return key

    def find(self, key: str) -> Identity | None:
        """The identity of a session; None when it has ended or never existed."""
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
