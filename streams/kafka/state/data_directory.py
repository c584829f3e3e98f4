"""The data directory of one worker: no other worker writes there while it runs."""

import fcntl
import logging
from pathlib import Path
from typing import IO, Final

__all__ = ["DataDirectory"]

_log: Final = logging.getLogger(__name__)
_LOCK: Final = "worker.lock"


class DataDirectory:
    """A directory that is locked for one worker; the worker also runs without it.

    It holds only checkpoints: without it a worker starts more slowly, which is no reason to refuse the start.

    Args:
        path: The directory; created if it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: IO[bytes] | None = None

    def acquire(self) -> Path | None:
        """Lock the directory until `release`; None, and a warning with the reason, when that fails."""
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._path / _LOCK).open("wb")
        except OSError as error:
            self._warn(f"{self._path} cannot be written to ({error.strerror})")
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            self._warn(f"{self._path} is used by another worker: give each one on a machine a directory of its own")
            return None
        except OSError as error:
            lock.close()
            self._warn(f"{self._path} cannot be locked ({error.strerror})")
            return None
        self._lock = lock
        return self._path

    def release(self) -> None:
        """Unlock it."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()

    def _warn(self, why: str) -> None:
        _log.warning("DOCKETWATCH_DATA_DIR: %s; this worker keeps no checkpoints", why)
