"""A newcomer's first minutes in a real terminal of 80 columns and 24 rows: help, a typing error, the demo."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.kafka.deployment import ROOT
from tests.kafka.waiting import LIMIT, wait_until

pytestmark = pytest.mark.embedded

COLUMNS, ROWS = 80, 24
LAST = 40_000
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A program in its own terminal.

    Args:
        words: Its command line after `docketwatch`.
    """

    def __init__(self, *words: str) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        program = f"from streams.cli.main import main\nmain({list(words)!r})"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._ours, self._shown = ours, ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with suppress(OSError):  # the terminal closes when the program has ended
            while data := os.read(self._ours, 65_536):
                self._shown += data.decode(errors="replace")

    @property
    def lines(self) -> list[str]:
        """Return the last lines of output, several screens, without colours, cursor movements and empty lines."""
        plain = CONTROL.sub("", self._shown[-LAST:]).replace("\r", "\n")
        return [line.strip() for line in plain.split("\n") if line.strip()]

    def shows(self, pattern: str) -> str | None:
        """Return the newest line of a pattern, or None."""
        return next((line for line in reversed(self.lines) if re.fullmatch(pattern, line)), None)

    def press_ctrl_c(self) -> int:
        """Interrupt the program and wait for its end."""
        os.kill(self._process.pid, signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Wait for its end and read the rest."""
        code = self._process.wait(LIMIT)
        self._reading.join(LIMIT)
        return code

    def close(self) -> None:
        """End the program at any point."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._ours)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Open terminals, and close them after the test."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


class TestFirstMinutes:
    def test_from_the_help_to_the_open_console(self, embedded_broker: str, terminals: list[Terminal]) -> None:
        """The help names the demo first; the demo's screen has the whole link; the link opens the console."""
        helped = Terminal("--help")
        terminals.append(helped)
        assert 0 == helped.end()
        at = helped.lines.index("Start here:")
        assert helped.lines[at + 1].startswith("demo ")

        slip = Terminal("dmeo")
        terminals.append(slip)
        assert 2 == slip.end()
        assert slip.shows(r".*Did you mean demo\?")

        demo = Terminal("demo", "--cases", "400", "--days", "40", "--speed", "259200x")
        terminals.append(demo)
        link = r"console (http://127\.0\.0\.1:\d+/)#token=([A-Za-z0-9_-]{24})"
        wait_until(
            lambda: demo.shows(r"replaying at 259200x: 2026-\d\d-\d\d of 2026-\d\d-\d\d; Ctrl-C ends everything"),
            "where it is",
        )
        found = re.fullmatch(link, demo.shows(link) or "")
        assert found is not None, demo.lines[-30:]
        request = urllib.request.Request(f"{found[1]}officers", headers={"Authorization": f"Bearer {found[2]}"})
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            assert 200 == answer.status
        wait_until(lambda: demo.shows(r"the log is replayed to its end.*"), "an end of the log")
        assert 0 == demo.press_ctrl_c()
        assert demo.shows("stopped")
