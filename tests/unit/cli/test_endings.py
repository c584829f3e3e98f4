"""A command's hint how to end it."""

import signal
import subprocess
import sys

PROGRAM = "from streams.cli.endings import how_to_end; print(how_to_end())"


def printed(*, is_ignored: bool) -> str:
    """Return the output of a child that inherits SIGINT in this state."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if is_ignored else signal.default_int_handler)
    try:
        return subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    finally:
        signal.signal(signal.SIGINT, before)


class TestHowToEnd:
    def test_a_background_job_names_sigterm(self) -> None:
        """The hint has the process id."""
        assert printed(is_ignored=True).startswith("SIGTERM (`kill ")

    def test_otherwise_it_is_ctrl_c(self) -> None:
        """The terminal sends it."""
        assert printed(is_ignored=False) == "Ctrl-C\n"
