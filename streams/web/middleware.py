"""Stands before everything: answers 401, 403 or 429 itself, and lets through what the list of paths allows."""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from streams.http_paths import CONSOLE_PATHS, HttpPath, find_path
from streams.web.authentication import Authentication, Requester
from streams.web.headers import security_headers, with_nonce
from streams.web.identity import Identity
from streams.web.limits import RateLimiter
from streams.web.login import login_page

__all__ = ["ASKER", "IDENTITY", "Receive", "Scope", "SecurityMiddleware", "Send"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

IDENTITY: Final = "docketwatch.identity"
"""Where in a scope the pages find who asks."""

ASKER: Final = "docketwatch.asker"
"""Where in a scope the pages find where the request comes from."""

_access: Final = logging.getLogger("docketwatch.access")
_SAFE: Final = frozenset({"GET", "HEAD"})


class SecurityMiddleware:
    """The first that a request meets.

    Args:
        app: What it guards.
        gate: Who is let in.
        now: A clock that never goes back (seconds).
    """

    def __init__(self, app: App, gate: Authentication, now: Callable[[], float] = time.monotonic) -> None:
        self._app, self._gate = app, gate
        self._turns = RateLimiter(burst=400, per_second=50, now=now)
        self._downloads = RateLimiter(burst=10, per_second=0.2, now=now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        peer = (scope.get("client") or ("", 0))[0]
        asker = self._gate.asker(peer, scope["headers"])
        method = scope.get("method", "WS")
        entry = find_path(CONSOLE_PATHS, scope["path"])
        answer = _HeaderWriter(send, secrets.token_urlsafe(16), asker, entry, scope["type"])
        started = time.monotonic()
        identity: Identity | None = None
        refusal, identity = self._judge(asker, method, entry)
        if refusal is None:
            inner = {**scope, "headers": asker.headers, IDENTITY: identity, ASKER: asker}
            await self._app(inner, receive, answer.send)
        else:
            await answer.refuse(refusal, self._gate, scope)
        # the list's own word for the path: what somebody put into the address may hold anything
        _access.info(
            "%s %s %s %s %.0f ms",
            method if method in ("GET", "HEAD", "POST", "WS") else "(other)",
            entry.path if entry else "(other)",
            answer.status,
            identity.actor if identity else "-",
            (time.monotonic() - started) * 1000,
        )

    def _judge(
        self, asker: Requester, method: str, entry: HttpPath | None
    ) -> tuple["_RefusedRequest | None", Identity | None]:
        is_open = entry is not None and entry.reader == "anybody" and method in entry.methods
        if is_open and method in _SAFE:
            return None, None  # health takes no turn: a flood from the address of a probe would end the process
        if self._gate.shuts_out(asker):
            return _RefusedRequest(403, "this console answers its proxy only"), None
        if method not in _SAFE and not _is_same_origin(asker):
            return _RefusedRequest(403, "the request comes from another site"), None
        identity = None if is_open else self._gate.identify(asker)
        # who is known has turns of his own: strangers behind the same address take none of them
        wait = self._turns.take(f"client {asker.client}" if identity is None else f"actor {identity.actor}")
        if wait:
            return _RefusedRequest(429, "too many requests", wait), identity
        if is_open:
            return None, None
        if identity is None:
            wait = self._gate.failures.wait(asker.client)
            if wait and self._gate.bearer(asker) is not None:
                return _RefusedRequest(429, "too many wrong tokens", wait), None
            return _RefusedRequest(401, "a token is needed"), None
        return self._judge_known(identity, method, entry), identity

    def _judge_known(self, identity: Identity, method: str, entry: HttpPath | None) -> "_RefusedRequest | None":
        if entry is None or entry.role is None:
            return _RefusedRequest(404, "there is nothing here")  # what is not listed is not open to anybody
        if not identity.may(entry.role):
            return _RefusedRequest(403, f"the role {identity.role} may not see this: it takes {entry.role}")
        if method not in entry.methods:
            return _RefusedRequest(405, f"{', '.join(entry.methods)} only")
        if entry.path.startswith("/download/") and (wait := self._downloads.take(identity.actor)):
            return _RefusedRequest(429, "too many downloads", wait)
        return None


class _RefusedRequest(NamedTuple):
    status: int
    sentence: str
    wait: float = 0.0


class _HeaderWriter:
    """Puts our headers on whatever is answered, and the mark on the scripts of pages."""

    def __init__(self, send: Send, nonce: str, asker: Requester, entry: HttpPath | None, kind: str) -> None:
        self._send, self._nonce, self._asker, self._entry, self._kind = send, nonce, asker, entry, kind
        self._start: MutableMapping[str, Any] | None = None
        self._body = b""
        self.status = 101 if kind == "websocket" else 500

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """What the app says on its way out."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(message["headers"])}
            if any(name == b"content-type" and b"text/html" in value for name, value in message["headers"]):
                self._start = message  # its length changes with the marks
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._send_page(self._start, self._body)
            return
        await self._send(message)

    async def refuse(self, refusal: _RefusedRequest, gate: Authentication, scope: Scope) -> None:
        """Say no."""
        self.status = refusal.status
        if self._kind == "websocket":
            await self._send({"type": "websocket.close", "code": 1008, "reason": refusal.sentence})
            return
        is_page = scope["method"] in _SAFE and "text/html" in (self._asker.header(b"accept") or "")
        if refusal.status == 401 and is_page:
            body, kind = login_page(scope["path"], takes_tokens=gate.takes_tokens).encode(), b"text/html; charset=utf-8"
        else:
            body, kind = f"{refusal.sentence}\n".encode(), b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind)]
        if refusal.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if refusal.wait:
            headers.append((b"retry-after", str(int(refusal.wait) + 1).encode()))
        if kind.startswith(b"text/plain"):
            headers.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _send_page(self, start: MutableMapping[str, Any], body: bytes) -> None:
        marked = with_nonce(body, self._nonce)
        kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await self._send({**start, "headers": [*kept, (b"content-length", str(len(marked)).encode())]})
        await self._send({"type": "http.response.body", "body": marked})

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        is_library = self._entry is not None and self._entry.path == "/_nicegui/*"
        kept = b"private, max-age=31536000, immutable" if is_library and self.status == 200 else b"no-store"
        headers = [(name.lower(), value) for name, value in given if name.lower() not in (b"cache-control", b"server")]
        ours = security_headers(self._nonce, is_https=self._asker.is_https)
        return [*headers, (b"cache-control", kept), *ours]


def _is_same_origin(asker: Requester) -> bool:
    origin = asker.header(b"origin")
    if origin is not None:
        host = asker.header(b"x-forwarded-host") or asker.header(b"host")
        return urlsplit(origin).netloc == host
    # no browser leaves both out when it sends a cookie to us from elsewhere
    return (asker.header(b"sec-fetch-site") or "none") in ("same-origin", "none")
