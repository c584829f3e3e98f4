"""The watchdog: what takes longer than it may ends the process, and nothing else does."""

import threading
from time import monotonic
from typing import NoReturn

import pytest

from streams.process.watchdog import Watchdog


class StoppedError(Exception):
    """What the process would have said at its end."""


def stop(why: str) -> NoReturn:
    raise StoppedError(why)


class TestLimit:
    def test_what_takes_too_long_is_told(self) -> None:
        """The sentence of the limit that was passed."""
        dog = Watchdog(stop)
        with dog.limit(60, "the broker is gone"):
            now = monotonic()
            dog.check(now + 59, now + 58.5)
            with pytest.raises(StoppedError, match=r"^the broker is gone$"):
                dog.check(now + 61, now + 60.5)

    def test_progress_renews_it(self) -> None:
        """Only silence counts."""
        dog = Watchdog(stop)
        with dog.limit(60, "the broker is gone") as limit:
            limit.deadline -= 59
            limit.renew()
            now = monotonic()
            dog.check(now + 59, now + 58.5)

    def test_what_is_over_is_forgotten(self) -> None:
        """Also when it ended in an error."""
        dog = Watchdog(stop)
        with pytest.raises(OSError, match="gone"), dog.limit(60, "too late"):
            raise OSError("gone")
        now = monotonic()
        dog.check(now + 100, now + 99.5)

    def test_time_in_which_the_process_was_stopped_does_not_count(self) -> None:
        """It says nothing of the broker; what was left of the limit before is left of it after."""
        dog = Watchdog(stop)
        with dog.limit(60, "the broker is gone"):
            now = monotonic()
            dog.check(now + 3_600, now + 30)
            dog.check(now + 3_629, now + 3_628.5)
            with pytest.raises(StoppedError):
                dog.check(now + 3_632, now + 3_631.5)

    def test_it_looks_by_itself(self) -> None:
        """In a thread of its own, so that a loop that hangs does not hold it."""
        told: list[str] = []
        ended = threading.Event()

        def note(why: str) -> NoReturn:  # type: ignore[misc]  # the process of a test goes on
            told.append(why)
            ended.set()

        dog = Watchdog(note)
        dog.start()
        with dog.limit(0.1, "too late"):
            assert ended.wait(10)
        dog.end()
        assert {"too late"} == set(told)
