"""What a command says about its end, and what it loads for it."""

import signal
import subprocess
import sys

PROGRAM = "from streams.cli.endings import how_to_end; print(how_to_end())"


def said(*, is_ignored: bool) -> str:
    """What a child says that inherits SIGINT so."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if is_ignored else signal.default_int_handler)
    try:
        return subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    finally:
        signal.signal(signal.SIGINT, before)


class TestHowToEnd:
    def test_a_job_in_the_background_names_what_works(self) -> None:
        """SIGTERM, with the process id."""
        assert said(is_ignored=True).startswith("SIGTERM (`kill ")

    def test_else_it_is_ctrl_c(self) -> None:
        """As at a terminal."""
        assert said(is_ignored=False) == "Ctrl-C\n"


class TestStart:
    def test_a_command_without_a_loop_loads_none(self) -> None:
        """The event loop and its TLS are a tenth of the start of `evaluate`."""
        program = "import sys, streams.cli.main, streams.cli.evaluate; print('asyncio' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert done.stdout == "False\n"
