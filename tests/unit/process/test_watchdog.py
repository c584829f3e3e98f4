"""The watchdog: a step beyond its limit ends the process, and nothing else does."""

import threading
from time import monotonic
from typing import NoReturn

import pytest

from streams.process.watchdog import Watchdog
from tests.kafka.waiting import LIMIT


class StoppedError(Exception):
    """The message of the process at its end."""


def stop(why: str) -> NoReturn:
    raise StoppedError(why)


class TestLimit:
    def test_a_step_beyond_its_limit_is_reported(self) -> None:
        """The message names the limit."""
        dog = Watchdog(stop)
        with dog.limit(60, "the broker is gone"):
            now = monotonic()
            dog.check(now + 59, now + 58.5)
            with pytest.raises(StoppedError, match=r"^the broker is gone$"):
                dog.check(now + 61, now + 60.5)

    def test_progress_renews_it(self) -> None:
        """Only a step without progress counts."""
        dog = Watchdog(stop)
        with dog.limit(60, "the broker is gone") as limit:
            limit.deadline -= 59
            limit.renew()
            now = monotonic()
            dog.check(now + 59, now + 58.5)

    def test_a_finished_step_is_forgotten(self) -> None:
        """This holds for a step that ended with an error, too."""
        dog = Watchdog(stop)
        with pytest.raises(OSError, match="gone"), dog.limit(60, "too late"):
            raise OSError("gone")
        now = monotonic()
        dog.check(now + 100, now + 99.5)

    def test_a_suspension_of_the_process_does_not_count(self) -> None:
        """It does not concern the broker; the rest of the limit stays."""
        dog = Watchdog(stop)
        with dog.limit(60, "the broker is gone"):
            now = monotonic()
            dog.check(now + 3_600, now + 30)
            dog.check(now + 3_629, now + 3_628.5)
            with pytest.raises(StoppedError):
                dog.check(now + 3_632, now + 3_631.5)

    def test_it_runs_in_a_thread(self) -> None:
        """A hanging event loop does not stop it."""
        messages: list[str] = []
        ended = threading.Event()

        def note(why: str) -> NoReturn:  # type: ignore[misc]  # the process of a test goes on
            messages.append(why)
            ended.set()

        dog = Watchdog(note)
        dog.start()
        with dog.limit(0.1, "too late"):
            assert ended.wait(LIMIT)
        dog.end()
        assert {"too late"} == set(messages)
