"""The guard: what it lets through, what it answers itself, and what it tells browsers and logs."""

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
from tests.unit.web.test_authentication import PROXY, TOKEN, House

Message = MutableMapping[str, Any]

BEARER = (b"authorization", f"Bearer {TOKEN}".encode())
VIEWER = "v" * 24
METRICS = "m" * 24


async def inner(_: Scope, __: Receive, send: Send) -> None:
    """A page with a script."""
    headers = [(b"content-type", b"text/html"), (b"content-length", b"26"), (b"server", b"inner")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<script>1</scr", "more_body": True})
    await send({"type": "http.response.body", "body": "ipt><b>é</b>".encode()})


class Door:
    """A guard before that page."""

    def __init__(self, directory: Path, **changes: object) -> None:
        viewers = directory / "viewers"
        viewers.write_text(f"vic {VIEWER}\n")
        self.house = House(directory, viewer_tokens_file=viewers, **changes)
        self.guard = SecurityMiddleware(inner, self.house.gate, self.house.clock, metrics_token=METRICS)

    def ask(
        self, path: str, *headers: tuple[bytes, bytes], method: str = "GET", kind: str = "http", peer: str = "127.0.0.1"
    ) -> "Answer":
        """What a request is answered."""
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            said.append(message)

        scope: Scope = {"type": kind, "path": path, "headers": list(headers), "client": (peer, 1)}
        asyncio.run(self.guard({**scope, **({"method": method} if kind == "http" else {})}, receive, send))
        return Answer(said)


class Answer:
    """What was said."""

    def __init__(self, said: list[Message]) -> None:
        self.said = said
        self.status = said[0].get("status", 0)
        self.headers = {name.decode(): value.decode() for name, value in said[0].get("headers", [])}
        self.body = b"".join(each.get("body", b"") for each in said[1:]).decode()


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


class TestRefusals:
    @pytest.mark.parametrize("path", [*(each.path for each in CONSOLE_PATHS), "/docs", "/openapi.json", "//"])
    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "TRACE"])
    def test_without_a_token_nothing_is_open(self, door: Door, path: str, method: str) -> None:
        """But what the list opens to anybody: health, and the way in."""
        answer = door.ask(path.replace("*", "x"), method=method)
        entry = find_path(CONSOLE_PATHS, path)
        is_open = entry is not None and entry.reader == "anybody" and method in entry.methods
        assert answer.status == (200 if is_open else 401)

    def test_metrics_take_their_own_token_alone(self, tmp_path: Path) -> None:
        """Prometheus comes past the proxy; a token of a person does not open what is there for programs."""
        door = Door(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)
        theirs = (b"authorization", f"Bearer {METRICS}".encode())
        assert 200 == door.ask("/metrics", theirs, peer="10.0.3.8").status
        refused = door.ask("/metrics", BEARER, peer="10.0.3.8")
        assert (401, "a bearer token is required\n") == (refused.status, refused.body)
        assert 401 == door.ask("/metrics", peer="10.0.3.8").status
        assert 403 == door.ask("/offices", theirs, peer="10.0.3.8").status

    def test_a_browser_gets_the_way_in_with_the_401(self, door: Door) -> None:
        """A page that asks for a token; others get a sentence."""
        page = door.ask("/lost-track", (b"accept", b"text/html,*/*"))
        assert page.status == 401
        assert 'name="token"' in page.body
        assert 'name="next" value="/lost-track"' in page.body
        told = door.ask("/lost-track")
        assert told.body == "a token is required\n"
        assert told.headers["www-authenticate"] == "Bearer"

    def test_a_role_sees_what_is_its(self, door: Door) -> None:
        """A viewer sees offices, a supervisor cases."""
        viewer = (b"authorization", f"Bearer {VIEWER}".encode())
        assert door.ask("/offices", viewer).status == 200
        refused = door.ask("/lost-track", viewer)
        assert (refused.status, refused.body) == (403, "the role viewer may not see this: it needs supervisor\n")
        assert door.ask("/lost-track", BEARER).status == 200

    def test_what_is_not_listed_is_not_there(self, door: Door) -> None:
        """Not for who has a token either, whatever the application behind would say."""
        assert door.ask("/admin", BEARER).status == 404
        assert door.ask("/offices", BEARER, method="PUT").status == 405

    @pytest.mark.parametrize(
        "header", [(b"origin", b"https://evil.example"), (b"origin", b"null"), (b"sec-fetch-site", b"cross-site")]
    )
    @pytest.mark.parametrize("path", ["/login", "/logout", "/download/lost-track.csv", "/_nicegui_ws/socket.io/"])
    def test_no_other_site_acts_for_somebody(self, door: Door, path: str, header: tuple[bytes, bytes]) -> None:
        """Whatever cookie the browser may have sent along."""
        answer = door.ask(path, BEARER, (b"host", b"127.0.0.1:9180"), header, method="POST")
        assert (answer.status, answer.body) == (403, "the request comes from another site\n")

    def test_our_own_pages_may(self, door: Door) -> None:
        """The same host and port."""
        ours = ((b"host", b"127.0.0.1:9180"), (b"origin", b"http://127.0.0.1:9180"))
        assert door.ask("/logout", BEARER, *ours, method="POST").status == 200

    def test_a_websocket_is_guarded_too(self, door: Door) -> None:
        """Without a session, or from another site, it is closed before it opens."""
        place = "/_nicegui_ws/socket.io/"
        assert door.ask(place, kind="websocket").said == [
            {"type": "websocket.close", "code": 1008, "reason": "a token is required"}
        ]
        other = door.ask(place, BEARER, (b"host", b"h"), (b"origin", b"http://evil.example"), kind="websocket")
        assert other.said[0]["reason"] == "the request comes from another site"

    def test_without_tls_only_the_proxy_is_answered(self, tmp_path: Path) -> None:
        """But for health, which says nothing."""
        door = Door(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)
        assert (
            door.ask("/offices", BEARER, peer="10.0.3.8").body == "this console accepts requests from its proxy only\n"
        )
        assert door.ask("/login", method="POST", peer="10.0.3.8").status == 403
        assert door.ask("/readyz", peer="10.0.3.8").status == 200
        assert door.ask("/offices", BEARER, peer=PROXY).status == 200


class TestLimits:
    def test_who_guesses_is_told_to_wait(self, door: Door) -> None:
        """429, and for how long."""
        wrong = (b"authorization", b"Bearer guess")
        assert [401] * 4 == [door.ask("/", wrong).status for _ in range(4)]
        last = door.ask("/", wrong)
        assert (last.status, last.headers["retry-after"]) == (429, "21")

    def test_who_has_a_token_is_not_held_up_by_who_guesses(self, door: Door) -> None:
        """Though both come from one address, and the guesses have used up all its turns."""
        wrong = (b"authorization", b"Bearer guess")
        assert {401, 429} == {door.ask("/", wrong).status for _ in range(450)}
        assert door.ask("/", wrong).body == "too many requests\n"
        assert door.ask("/", BEARER).status == 200

    def test_health_is_never_refused(self, door: Door) -> None:
        """A flood from the address of a probe does not fail the probe."""
        assert {200} == {door.ask("/readyz").status for _ in range(500)}

    def test_who_is_known_has_turns_too(self, door: Door) -> None:
        """As many as an address."""
        assert {200} == {door.ask("/", BEARER).status for _ in range(400)}
        assert door.ask("/", BEARER).body == "too many requests\n"

    def test_downloads_are_counted_by_who_asks(self, door: Door) -> None:
        """Ten at once, then one every five seconds."""
        assert [200] * 10 == [door.ask("/download/officers.csv", BEARER).status for _ in range(10)]
        assert door.ask("/download/officers.csv", BEARER).status == 429
        door.house.clock.at = 5.0
        assert door.ask("/download/officers.csv", BEARER).status == 200

    def test_requests_are_counted_by_where_they_come_from(self, door: Door) -> None:
        """Also those that are refused; another client is not held up."""
        assert {401} == {door.ask("/").status for _ in range(400)}
        assert door.ask("/").status == 429
        assert door.ask("/", peer="127.0.0.9").status == 401


class TestHeaders:
    def test_every_answer_tells_browsers_what_not_to_do(self, door: Door) -> None:
        """Pages, refusals, health."""
        for answer in (door.ask("/", BEARER), door.ask("/"), door.ask("/livez")):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cache-control"] == "no-store"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert "strict-transport-security" not in answer.headers
            assert "server" not in answer.headers

    def test_only_scripts_with_the_mark_run(self, door: Door) -> None:
        """The mark is another at every answer, and the length is right."""
        pages = [door.ask("/", BEARER) for _ in range(2)]
        marks = [re.search(r"'nonce-([^']+)'", page.headers["content-security-policy"]) for page in pages]
        first, second = (mark[1] for mark in marks if mark)
        assert first != second
        assert pages[0].body == f'<script nonce="{first}">1</script><b>é</b>'
        assert int(pages[0].headers["content-length"]) == len(pages[0].body.encode())
        assert "'unsafe-inline'" not in pages[0].headers["content-security-policy"].split("style-src")[0]

    def test_text_that_looks_like_a_script_gets_no_mark(self) -> None:
        """It is escaped before."""
        assert with_nonce(b"&lt;script&gt; <scripture>", "n") == b"&lt;script&gt; <scripture>"

    def test_with_tls_it_stays_with_tls(self, tmp_path: Path) -> None:
        """As the proxy says it."""
        door = Door(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)
        answer = door.ask("/", BEARER, (b"x-forwarded-proto", b"https"), peer=PROXY)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


class TestAccessLog:
    def test_it_names_no_case(self, door: Door, caplog: pytest.LogCaptureFixture) -> None:
        """The list's own word for a path, whatever somebody put into the address."""
        with caplog.at_level(logging.INFO, logger="docketwatch.access"):
            door.ask("/case/c-1234", BEARER)
            door.ask("/lost-track", BEARER)
        assert ["GET (other) 404 sue 0 ms", "GET /lost-track 200 sue 0 ms"] == [
            re.sub(r"\d+ ms", "0 ms", record.getMessage()) for record in caplog.records
        ]
        assert "c-1234" not in caplog.text
