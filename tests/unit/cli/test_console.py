"""`docketwatch console`: its messages when it cannot, or must not, serve."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.cli.console import how_to_enter
from streams.web.settings import ConsoleSettings
from tests.kafka.waiting import LIMIT

ROOT = Path(__file__).parents[3]


def console(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command until it ends."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCKETWATCH_")}
    ours = {f"DOCKETWATCH_CONSOLE_{name}": value for name, value in settings.items()}
    program = f"from streams.cli.main import main\nmain({['console', *words]!r})"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**inherited, **ours}, capture_output=True, text=True,
        timeout=LIMIT, check=False,
    )  # fmt: skip


@pytest.fixture
def tokens(tmp_path: Path) -> str:
    """Return a file with one token."""
    file = tmp_path / "tokens"
    file.write_text(f"sue {'s' * 24}\n")
    return str(file)


class TestConsole:
    def test_beyond_loopback_it_does_not_start_without_tls(self, tokens: str) -> None:
        """The command prints one sentence, exits with code 2, and opens no port."""
        done = console("--bind", "0.0.0.0", SUPERVISOR_TOKENS_FILE=tokens)
        assert done.returncode == 2
        assert done.stderr.startswith("docketwatch: DOCKETWATCH_CONSOLE_BIND=0.0.0.0 would send tokens and cases over")
        assert done.stderr.count("\n") == 1

    def test_it_does_not_start_without_a_way_to_sign_in(self) -> None:
        """The message names the variables."""
        done = console()
        assert done.returncode == 2
        assert done.stderr.startswith(
            "docketwatch: sign-in is not configured: set a token file in DOCKETWATCH_CONSOLE_"
        )

    def test_it_prints_its_link_and_how_to_sign_in(self, tokens: str) -> None:
        """The link is complete, and no token is printed."""
        own = ConsoleSettings.load(supervisor_tokens_file=Path(tokens), trusted_proxies="10.0.3.7")
        assert how_to_enter("http://127.0.0.1:9180/", own) == (
            f"open http://127.0.0.1:9180/ and sign in with a token of {tokens}, or open "
            "http://127.0.0.1:9180/#token=TOKEN; or come through a proxy of DOCKETWATCH_CONSOLE_TRUSTED_PROXIES"
        )

    def test_a_missing_broker_is_reported(self, tokens: str) -> None:
        """The message has its address."""
        done = console("--brokers", "127.0.0.1:9", SUPERVISOR_TOKENS_FILE=tokens)
        assert done.returncode == 2
        assert done.stderr.startswith("docketwatch: no broker answers at 127.0.0.1:9")
