"""Runs a child program with its output in a file, and ends it with this process at the latest."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from streams.files.paths import is_stream

__all__ = ["ChildProcess"]

# A launcher between this process and the program: it makes Linux end the program when the thread that started it ends.
# It is an interpreter of its own, because code between fork and exec of a process with threads may hang.
_LAUNCHER: Final = """
import ctypes, os, signal, sys
parent = int(sys.argv[1])
try:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
except (AttributeError, OSError):
    pass  # not Linux: the parent process has to end the program
if os.getppid() != parent:
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class ChildProcess:
    """One run of a program.

    Start it from a thread that lives as long as the program should: Linux ends it with that thread.

    Args:
        command: Path of the program, and its arguments.
        log: File that its output is appended to.
        environment: The program's environment; ours when left out.
    """

    def __init__(self, command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._read_from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            # a session of its own: Ctrl-C at the terminal reaches only this process, which ends the program itself
            self._process = subprocess.Popen(  # noqa: S603  # our own command, no shell
                [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    @property
    def cpu_seconds(self) -> float | None:
        """Its CPU time, user and system; None when it has ended, or on a system without /proc."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def output(self) -> str:
        """The output of this run so far; empty where its log is a stream."""
        if is_stream(self.log):
            return ""
        with self.log.open("rb") as file:
            file.seek(self._read_from)
            return file.read().decode(errors="replace")

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for its end.

        Args:
            seconds: How long at most; for ever when left out.

        Returns:
            Its exit code, or None when it still runs.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, grace: float = 10.0) -> None:
        """Send SIGTERM; kill it if it still runs after `grace` seconds."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)
            if self.wait(grace) is None:
                self.kill()

    def kill(self) -> None:
        """Kill it at once, as in a crash."""
        self._process.kill()
        self._process.wait()
