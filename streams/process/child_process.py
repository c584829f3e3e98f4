"""A program this process runs and ends by its id: its output in a file, and no longer alive than we are."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from streams.files.paths import is_stream

__all__ = ["ChildProcess"]

# Runs between us and the program: asks Linux to end it when the thread that started it is gone, whatever ended that.
# An own interpreter, since code run between fork and exec of a process with threads may hang.
_LEASH: Final = """
import ctypes, os, signal, sys
parent = int(sys.argv[1])
try:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
except (AttributeError, OSError):
    pass  # not Linux: whoever started us has to end us
if os.getppid() != parent:
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


class ChildProcess:
    """One run of a program.

    Start it from a thread that lives as long as the program should: Linux ends it with that thread.

    Args:
        command: Path of the program, and its words.
        log: File that its output is appended to.
        environment: The program's environment; ours when left out.
    """

    def __init__(self, command: Sequence[str], log: Path, *, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._read_from = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            # a session of its own: Ctrl-C at the terminal is for us, and we end it when we are done with it
            self._process = subprocess.Popen(  # noqa: S603  # our own command, no shell
                [sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid()), *command],
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
        """How it ended; None while it runs."""
        return self._process.poll()

    @property
    def cpu_seconds(self) -> float | None:
        """CPU time it has used, its own and the system's; None when it is gone, or where the system does not say."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def said(self) -> str:
        """What this run has written so far; nothing where its log is a stream, which has it already."""
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
        """Ask it to end; when it has not within `grace` seconds, end it."""
        if self.exit_code is None:
            self._process.send_signal(signal.SIGTERM)
            if self.wait(grace) is None:
                self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._process.kill()
        self._process.wait()
