"""The end of a worker process, for any behaviour of its app."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kafka.waiting import LIMIT

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio, logging, sys
from streams.kafka.consumer.app_runner import run_app

class App:
    should_stop = False
    crash_reason = None
    def __init__(self, how):
        self.how = how
    async def start(self):
        if self.how == "fails to start":
            raise ValueError("as the test asked")
    async def stop(self):
        while self.how == "hangs":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                pass
    async def wait_until_stopped(self):
        while self.crash_reason is None:
            await asyncio.sleep(0.01)
    async def crash(self, reason):
        self.crash_reason = reason

logging.basicConfig(level=logging.INFO)
how, is_working = sys.argv[1], sys.argv[2] == "working"
sys.exit(run_app(App(how), is_working=lambda: is_working, on_ready=lambda: print("ready", flush=True)))
"""


def run(how: str, what: str, *signals: float) -> tuple[int, str]:
    """Run an app and send SIGTERM, each so many seconds after the one before.

    Returns:
        Exit code and log.
    """
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how, what], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for pause in signals:
            try:
                process.wait(pause)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGTERM)
        _, output = process.communicate(timeout=LIMIT)
        return process.returncode, output


class TestRunApp:
    def test_a_clean_stop_is_0(self) -> None:
        """The process ends at once."""
        code, _ = run("stops", "idle", 0)

        assert code == 0

    @pytest.mark.parametrize(
        ("what", "expected", "sentence"),
        [
            ("idle", 0, "stopped without closing the connections (not finished within 4 s); no work was under way"),
            ("working", 70, "the worker stops: stopped with work under way (not finished within 8 s)"),
        ],
    )
    def test_a_stop_that_hangs_is_limited(self, what: str, expected: int, sentence: str) -> None:
        """The app swallows cancellations as mode does; work in flight has a longer limit, and exits with 70."""
        code, output = run("hangs", what, 0)

        assert code == expected
        assert sentence in output

    def test_a_second_signal_ends_it(self) -> None:
        """The process ends at once if the signal is no echo of the first."""
        code, output = run("hangs", "idle", 0, 1.5)

        assert code == 0
        assert "(asked twice)" in output

    def test_an_echo_of_the_signal_does_not(self) -> None:
        """A terminal and a supervisor send one each."""
        _, output = run("hangs", "idle", 0, 0.1)

        assert "(asked twice)" not in output

    def test_a_crash_is_70(self) -> None:
        """The log has the reason."""
        code, output = run("fails to start", "idle")

        assert code == 70
        assert "ValueError: as the test asked" in output
