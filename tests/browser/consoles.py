"""A console process of a test with a token for every role."""

import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPMessage
from pathlib import Path
from ssl import SSLContext
from typing import Final

from schemas.case_views import ROLES, Role
from streams.process.child_process import ChildProcess
from tests.kafka.deployment import Deployment
from tests.kafka.processes import CliProcess
from tests.kafka.waiting import LIMIT, wait_until

__all__ = ["TOKENS", "ConsoleProcess", "ask"]

TOKENS: Final[dict[Role, str]] = {role: f"{role}-token-of-a-test-0123456789" for role in ROLES}


class ConsoleProcess(CliProcess):
    """A console to open in a browser.

    Args:
        deployment: The topics that it reads.
        directory: For its log and its tokens.
        words: Further command-line arguments.
        case_url: The setting of that name.
        settings: Further settings of the console.
    """

    def __init__(
        self, deployment: Deployment, directory: Path, *words: str, case_url: str | None = None, **settings: str
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        files = {}
        for role, token in TOKENS.items():
            (directory / role).write_text(f"{role}-1 {token}\n")
            files[f"DOCKETWATCH_CONSOLE_{role.upper()}_TOKENS_FILE"] = str(directory / role)
        more = {f"DOCKETWATCH_CONSOLE_{name}": value for name, value in settings.items()}
        if case_url is not None:
            more["DOCKETWATCH_CASE_URL"] = case_url
        self._deployment = deployment
        command = [sys.executable, "-m", "streams.cli.main", "console", "--port", "0", *words]
        self.child = ChildProcess(
            command, directory / "console.log", environment={**deployment.environment, **files, **more}
        )

    @property
    def url(self) -> str:
        """Its address."""
        return self.output().rpartition("ready: console ")[2].split()[0]

    def await_data(self) -> "ConsoleProcess":
        """Wait until it has read the topics to their end."""
        self.ready()
        wait_until(lambda: ask(f"{self.url}readyz")[0] == 200, "a console that has read the topics")
        return self


def ask(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    tls: SSLContext | None = None,
) -> tuple[int, str, HTTPMessage]:
    """Return status, text and headers of the answer to a URL."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=LIMIT, context=tls) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode(), refused.headers
