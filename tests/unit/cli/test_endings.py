"""What a command says about the way to end it."""

import signal
import subprocess
import sys
from contextlib import nullcontext

from tests.signals import ignored

PROGRAM = """
import os
from streams.cli.endings import how_to_end, note_ignored_interrupts
note_ignored_interrupts("ends it")
print(how_to_end().replace(str(os.getpid()), "PID"))
"""


def said(*, is_ignored: bool) -> tuple[str, str]:
    """Return what a child says on its standard output and error, whose SIGINT is ignored or not."""
    with ignored(signal.SIGINT) if is_ignored else nullcontext():
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


class TestHowToEnd:
    def test_a_background_job_names_sigterm(self) -> None:
        """One line says that SIGINT is ignored; the way to end the process is a command."""
        out, err = said(is_ignored=True)
        assert "`kill PID`\n" == out
        assert err.startswith("SIGINT and Ctrl-C are ignored, as they were at the start: SIGTERM (`kill ")
        assert err.endswith("`) ends it\n")
        assert 1 == err.count("\n")

    def test_otherwise_it_is_ctrl_c(self) -> None:
        """The terminal sends it."""
        assert ("Ctrl-C\n", "") == said(is_ignored=False)
