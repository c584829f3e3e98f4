"""The HTTP paths of running processes without a token."""

import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from streams.http_paths import CONSOLE_PATHS
from tests.browser.conftest import ConsoleSystem
from tests.browser.consoles import TOKENS, ConsoleProcess, ask
from tests.kafka.waiting import LIMIT

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

UNLISTED = ("/docs", "/openapi.json", "/redoc", "/api", "/table", "/router", "/.env", "/x/../case", "/%2e/case")


class TestTls:
    def test_the_console_serves_tls(self, system: ConsoleSystem, tmp_path: Path) -> None:
        """The console may then listen beyond loopback, and its cookie is sent over TLS only."""
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        issued.cert_chain_pems[0].write_to_path(str(cert))
        issued.private_key_pem.write_to_path(str(key))
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        console = ConsoleProcess(
            system.deployment, tmp_path / "console", "--bind", "0.0.0.0", TLS_CERT_FILE=str(cert), TLS_KEY_FILE=str(key)
        ).ready()
        try:
            url = console.url.replace("0.0.0.0", "127.0.0.1")
            assert url.startswith("https://")
            answer = ask(url, headers={"Accept": "text/html"}, tls=trusting)
            assert (answer[0], answer[2]["strict-transport-security"]) == (401, "max-age=31536000")
            form = urlencode({"token": TOKENS["supervisor"], "next": "/policy"}).encode()
            request = urllib.request.Request(f"{url}login", data=form)
            opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), _Stay())
            with pytest.raises(urllib.error.HTTPError) as moved, opener.open(request, timeout=LIMIT):
                pass
            with moved.value as answered:
                assert (answered.code, answered.headers["location"]) == (303, "/policy")
                assert answered.headers["set-cookie"].startswith("__Host-docketwatch_session=")
                assert answered.headers["set-cookie"].endswith("; HttpOnly; SameSite=Strict; Secure")
        finally:
            console.stop()


class _Stay(urllib.request.HTTPRedirectHandler):
    """A handler that follows no redirect."""

    def redirect_request(self, *_: object) -> None:
        """Return no request."""


class TestConsole:
    def test_without_a_token_only_health_and_metrics_answer(self, system: ConsoleSystem) -> None:
        """Every other path answers 401 or 403 to every method; the metrics need no token here."""
        url = system.console.url.rstrip("/")
        answers = {
            (path, method): ask(url + path.replace("*", "socket.io/?EIO=4&transport=polling"), method=method)[0]
            for path in (*(each.path for each in CONSOLE_PATHS), *UNLISTED)
            for method in ("GET", "POST", "PUT", "DELETE")
        }
        opened = {key: status for key, status in answers.items() if status not in (401, 403)}
        assert opened == {("/livez", "GET"): 200, ("/readyz", "GET"): 200, ("/metrics", "GET"): 200}

    def test_with_a_token_every_listed_path_answers(self, system: ConsoleSystem) -> None:
        """The list names no path that does not exist; the path of the report says so until one is made."""
        bearer = {"Authorization": f"Bearer {TOKENS['restricted']}"}
        url = system.console.url.rstrip("/")
        answers = {
            each.path: ask(url + each.path, headers=bearer)[:2]
            for each in CONSOLE_PATHS
            if "GET" in each.methods and "*" not in each.path
        }
        missing = {path: text for path, (status, text) in answers.items() if status != 200}
        assert missing == {"/download/report.html": "this report is not there: make it on the page Report\n"}

    def test_another_site_opens_no_connection(self, system: ConsoleSystem) -> None:
        """A valid token does not help."""
        url = f"{system.console.url}_nicegui_ws/socket.io/?EIO=4&transport=polling"
        headers = {"Authorization": f"Bearer {TOKENS['supervisor']}", "Origin": "https://evil.example"}
        assert ask(url, method="POST", headers=headers)[0] == 403
        assert ask(url, headers={"Authorization": headers["Authorization"]})[0] == 200
