"""The middleware: the requests that it passes on, its own answers, and its headers and log lines."""

import asyncio
import logging
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from streams.http_paths import CONSOLE_PATHS, find_path
from streams.web.headers import with_nonce
from streams.web.middleware import Receive, Scope, SecurityMiddleware, Send
from tests.unit.web.test_authentication import PROXY, TOKEN, Setup

Message = MutableMapping[str, Any]

BEARER = (b"authorization", f"Bearer {TOKEN}".encode())
VIEWER = "v" * 24
METRICS = "m" * 24


async def inner(_: Scope, __: Receive, send: Send) -> None:
    """Answer with a page that has a script."""
    headers = [(b"content-type", b"text/html"), (b"content-length", b"26"), (b"server", b"inner")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<script>1</scr", "more_body": True})
    await send({"type": "http.response.body", "body": "ipt><b>é</b>".encode()})


class GuardedConsole:
    """The middleware before that page."""

    def __init__(self, directory: Path, **changes: object) -> None:
        viewers = directory / "viewers"
        viewers.write_text(f"vic {VIEWER}\n")
        self.setup = Setup(directory, viewer_tokens_file=viewers, **changes)
        self.guard = SecurityMiddleware(inner, self.setup.gate, self.setup.clock, metrics_token=METRICS)

    def ask(
        self, path: str, *headers: tuple[bytes, bytes], method: str = "GET", kind: str = "http", peer: str = "127.0.0.1"
    ) -> "Answer":
        """Return the answer to a request."""
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            messages.append(message)

        scope: Scope = {"type": kind, "path": path, "headers": list(headers), "client": (peer, 1)}
        asyncio.run(self.guard({**scope, **({"method": method} if kind == "http" else {})}, receive, send))
        return Answer(messages)


class Answer:
    """The parts of an answer."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages
        self.status = messages[0].get("status", 0)
        self.headers = {name.decode(): value.decode() for name, value in messages[0].get("headers", [])}
        self.body = b"".join(each.get("body", b"") for each in messages[1:]).decode()


@pytest.fixture
def guarded(tmp_path: Path) -> GuardedConsole:
    return GuardedConsole(tmp_path)


class TestRefusals:
    @pytest.mark.parametrize("path", [*(each.path for each in CONSOLE_PATHS), "/docs", "/openapi.json", "//"])
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "TRACE"])
    def test_without_a_token_only_open_paths_answer(self, guarded: GuardedConsole, path: str, method: str) -> None:
        """The list opens health and the sign-in page only."""
        answer = guarded.ask(path.replace("*", "x"), method=method)
        entry = find_path(CONSOLE_PATHS, path)
        is_open = entry is not None and entry.reader == "anyone" and method in entry.methods
        assert answer.status == (200 if is_open else 401)

    def test_metrics_need_their_own_token(self, tmp_path: Path) -> None:
        """Prometheus does not come through the proxy; a user's token does not open paths for programs."""
        guarded = GuardedConsole(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)
        theirs = (b"authorization", f"Bearer {METRICS}".encode())
        assert 200 == guarded.ask("/metrics", theirs, peer="10.0.3.8").status
        refused = guarded.ask("/metrics", BEARER, peer="10.0.3.8")
        assert (401, "a bearer token is required\n") == (refused.status, refused.body)
        assert 401 == guarded.ask("/metrics", peer="10.0.3.8").status
        assert 403 == guarded.ask("/offices", theirs, peer="10.0.3.8").status

    def test_a_browser_gets_the_sign_in_page_with_the_401(self, guarded: GuardedConsole) -> None:
        """A browser gets a page that asks for a token; other clients get a sentence."""
        page = guarded.ask("/lost-track", (b"accept", b"text/html,*/*"))
        assert page.status == 401
        assert 'name="token"' in page.body
        assert 'name="next" value="/lost-track"' in page.body
        found = guarded.ask("/lost-track")
        assert found.body == "a token is required\n"
        assert found.headers["www-authenticate"] == "Bearer"

    def test_a_role_sees_its_pages(self, guarded: GuardedConsole) -> None:
        """A viewer sees offices, a supervisor cases."""
        viewer = (b"authorization", f"Bearer {VIEWER}".encode())
        assert guarded.ask("/offices", viewer).status == 200
        refused = guarded.ask("/lost-track", viewer)
        assert (refused.status, refused.body) == (403, "the role viewer may not see this: it needs supervisor\n")
        assert guarded.ask("/lost-track", BEARER).status == 200

    def test_an_unlisted_path_does_not_exist(self, guarded: GuardedConsole) -> None:
        """A valid token does not change that, whatever the application would answer."""
        assert guarded.ask("/admin", BEARER).status == 404
        assert guarded.ask("/offices", BEARER, method="PUT").status == 405

    @pytest.mark.parametrize(
        "header", [(b"origin", b"https://evil.example"), (b"origin", b"null"), (b"sec-fetch-site", b"cross-site")]
    )
    @pytest.mark.parametrize("path", ["/login", "/logout", "/download/lost-track.csv", "/_nicegui_ws/socket.io/"])
    def test_another_site_cannot_act_for_a_user(
        self, guarded: GuardedConsole, path: str, header: tuple[bytes, bytes]
    ) -> None:
        """The browser may have sent any cookie with the request."""
        answer = guarded.ask(path, BEARER, (b"host", b"127.0.0.1:9180"), header, method="POST")
        assert (answer.status, answer.body) == (403, "the request comes from another site\n")

    def test_the_consoles_own_pages_can(self, guarded: GuardedConsole) -> None:
        """They have the same host and port."""
        ours = ((b"host", b"127.0.0.1:9180"), (b"origin", b"http://127.0.0.1:9180"))
        assert guarded.ask("/logout", BEARER, *ours, method="POST").status == 200

    def test_a_websocket_is_guarded_too(self, guarded: GuardedConsole) -> None:
        """Without a session, or from another site, it is closed before it opens."""
        path = "/_nicegui_ws/socket.io/"
        assert guarded.ask(path, kind="websocket").messages == [
            {"type": "websocket.close", "code": 1008, "reason": "a token is required"}
        ]
        other = guarded.ask(path, BEARER, (b"host", b"h"), (b"origin", b"http://evil.example"), kind="websocket")
        assert other.messages[0]["reason"] == "the request comes from another site"

    def test_without_tls_only_the_proxy_is_answered(self, tmp_path: Path) -> None:
        """Health is an exception, because it shows nothing."""
        guarded = GuardedConsole(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)
        assert (
            guarded.ask("/offices", BEARER, peer="10.0.3.8").body
            == "this console accepts requests from its proxy only\n"
        )
        assert guarded.ask("/login", method="POST", peer="10.0.3.8").status == 403
        assert guarded.ask("/readyz", peer="10.0.3.8").status == 200
        assert guarded.ask("/offices", BEARER, peer=PROXY).status == 200


class TestLimits:
    def test_too_many_wrong_tokens_must_wait(self, guarded: GuardedConsole) -> None:
        """The answer is 429 with the time."""
        wrong = (b"authorization", b"Bearer guess")
        assert [401] * 4 == [guarded.ask("/", wrong).status for _ in range(4)]
        last = guarded.ask("/", wrong)
        assert (last.status, last.headers["retry-after"]) == (429, "21")

    def test_a_right_token_is_not_delayed_by_wrong_ones(self, guarded: GuardedConsole) -> None:
        """Both come from one address, and the wrong ones have used up its limit."""
        wrong = (b"authorization", b"Bearer guess")
        assert {401, 429} == {guarded.ask("/", wrong).status for _ in range(450)}
        assert guarded.ask("/", wrong).body == "too many requests\n"
        assert guarded.ask("/", BEARER).status == 200

    def test_health_is_never_refused(self, guarded: GuardedConsole) -> None:
        """Many requests from the address of a probe do not fail the probe."""
        assert {200} == {guarded.ask("/readyz").status for _ in range(500)}

    def test_a_signed_in_user_has_a_limit_too(self, guarded: GuardedConsole) -> None:
        """It is that of an address."""
        assert {200} == {guarded.ask("/", BEARER).status for _ in range(400)}
        assert guarded.ask("/", BEARER).body == "too many requests\n"

    def test_downloads_are_limited_by_user(self, guarded: GuardedConsole) -> None:
        """Ten pass at once, then one every five seconds."""
        assert [200] * 10 == [guarded.ask("/download/officers.csv", BEARER).status for _ in range(10)]
        assert guarded.ask("/download/officers.csv", BEARER).status == 429
        guarded.setup.clock.now = 5.0
        assert guarded.ask("/download/officers.csv", BEARER).status == 200

    def test_requests_are_limited_by_address(self, guarded: GuardedConsole) -> None:
        """Refused requests count, too; another client is not affected."""
        assert {401} == {guarded.ask("/").status for _ in range(400)}
        assert guarded.ask("/").status == 429
        assert guarded.ask("/", peer="127.0.0.9").status == 401


class TestHeaders:
    def test_every_answer_has_security_headers(self, guarded: GuardedConsole) -> None:
        """They are on pages, refusals and health."""
        for answer in (guarded.ask("/", BEARER), guarded.ask("/"), guarded.ask("/livez")):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "strict-transport-security" not in answer.headers
            assert "server" not in answer.headers

    def test_only_scripts_with_the_nonce_run(self, guarded: GuardedConsole) -> None:
        """The nonce differs in every answer, and the length is right."""
        pages = [guarded.ask("/", BEARER) for _ in range(2)]
        marks = [re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"]) for page in pages]
        first, second = (mark[1] for mark in marks if mark)
        assert first != second
        assert pages[0].body == f'<script nonce="{first}">1</script><b>é</b>'
        assert int(pages[0].headers["content-length"]) == len(pages[0].body.encode())
        assert "'unsafe-inline'" not in pages[0].headers["content-security-policy"].split("style-src")[0]

    def test_text_that_looks_like_a_script_gets_no_nonce(self) -> None:
        """It was escaped before."""
        assert with_nonce(b"&lt;script&gt; <scripture>", "n") == b"&lt;script&gt; <scripture>"

    def test_with_tls_browsers_must_keep_tls(self, tmp_path: Path) -> None:
        """The proxy reports it."""
        guarded = GuardedConsole(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)
        answer = guarded.ask("/", BEARER, (b"x-forwarded-proto", b"https"), peer=PROXY)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


class TestAccessLog:
    def test_it_has_no_case_id(self, guarded: GuardedConsole, caplog: pytest.LogCaptureFixture) -> None:
        """The log has the list's name of a path, whatever the address is."""
        with caplog.at_level(logging.INFO, logger="docketwatch.access"):
            guarded.ask("/case/c-1234", BEARER)
            guarded.ask("/lost-track", BEARER)
        assert ["GET (other) 404 sue 0 ms", "GET /lost-track 200 sue 0 ms"] == [
            re.sub(r"\d+ ms", "0 ms", record.getMessage()) for record in caplog.records
        ]
        assert "c-1234" not in caplog.text
