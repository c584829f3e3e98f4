"""The security middleware: it answers 401, 403, 404, 405 or 429 itself and passes on what the list of paths allows."""

import hmac
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
from streams.web.refusals import refusal_page

__all__ = ["IDENTITY", "REQUESTER", "Receive", "Scope", "SecurityMiddleware", "Send"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

IDENTITY: Final = "docketwatch.identity"
"""The key of the identity in a request's scope."""

REQUESTER: Final = "docketwatch.requester"
"""The key of the requester in a request's scope."""

_access: Final = logging.getLogger("docketwatch.access")
_SAFE: Final = frozenset({"GET", "HEAD"})
_HTML: Final = b"text/html; charset=utf-8"


class SecurityMiddleware:
    """Checks each request before the application sees it.

    Args:
        app: The application.
        gate: Authenticates requests.
        now: A monotonic clock (seconds).
        metrics_token: The token of paths for `configured` readers; None for none.
    """

    def __init__(
        self,
        app: App,
        gate: Authentication,
        now: Callable[[], float] = time.monotonic,
        *,
        metrics_token: str | None = None,
    ) -> None:
        self._app, self._gate, self._metrics_token = app, gate, metrics_token
        self._requests = RateLimiter(burst=400, per_second=50, now=now)
        self._downloads = RateLimiter(burst=10, per_second=0.2, now=now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        peer = (scope.get("client") or ("", 0))[0]
        requester = self._gate.requester(peer, scope["headers"])
        method = scope.get("method", "WS")
        entry = find_path(CONSOLE_PATHS, scope["path"])
        answer = _HeaderWriter(send, secrets.token_urlsafe(16), requester, entry, scope["type"])
        started = time.monotonic()
        identity: Identity | None = None
        refusal, identity = self._check(requester, method, entry)
        if refusal is None:
            inner = {**scope, "headers": requester.headers, IDENTITY: identity, REQUESTER: requester}
            await self._app(inner, receive, answer.send)
        else:
            await answer.refuse(refusal, self._gate, scope, identity)
        # the path of the list, not of the request: the request's may contain personal data
        _access.info(
            "%s %s %s %s %.0f ms",
            method if method in ("GET", "HEAD", "POST", "WS") else "(other)",
            entry.path if entry else "(other)",
            answer.status,
            identity.actor if identity else "-",
            (time.monotonic() - started) * 1000,
        )

    def _check(
        self, requester: Requester, method: str, entry: HttpPath | None
    ) -> tuple["_RefusedRequest | None", Identity | None]:
        is_open = entry is not None and entry.reader == "anyone" and method in entry.methods
        if is_open and method in _SAFE:
            return None, None  # health has no limit: a flood from a probe's address would make its supervisor kill us
        if entry is not None and entry.reader == "configured" and method in entry.methods:
            # Prometheus comes past the proxy, as it comes to the workers
            is_allowed = self._may_scrape(requester)
            return None if is_allowed else _RefusedRequest(401, "a bearer token is required"), None
        if self._gate.rejects_peer(requester):
            return _RefusedRequest(403, "this console accepts requests from its proxy only"), None
        if method not in _SAFE and not _is_same_origin(requester):
            return _RefusedRequest(403, "the request comes from another site"), None
        identity = None if is_open else self._gate.identify(requester)
        # an identified user has a limit of their own, which strangers behind the same address cannot use up
        wait = self._requests.acquire(f"client {requester.client}" if identity is None else f"actor {identity.actor}")
        if wait:
            return _RefusedRequest(429, "too many requests", wait), identity
        if is_open:
            return None, None
        if identity is None:
            wait = self._gate.failures.wait(requester.client)
            if wait and self._gate.bearer(requester) is not None:
                return _RefusedRequest(429, "too many wrong tokens", wait), None
            return _RefusedRequest(401, "a token is required"), None
        return self._authorize(identity, method, entry), identity

    def _may_scrape(self, requester: Requester) -> bool:
        given = self._gate.bearer(requester)
        return self._metrics_token is None or (
            given is not None and hmac.compare_digest(given.encode(), self._metrics_token.encode())
        )

    def _authorize(self, identity: Identity, method: str, entry: HttpPath | None) -> "_RefusedRequest | None":
        if entry is None or entry.role is None:
            return _RefusedRequest(404, "not found")  # no role may open a path that is not listed
        if not identity.may(entry.role):
            return _RefusedRequest(403, f"the role {identity.role} may not see this: it needs {entry.role}")
        if method not in entry.methods:
            return _RefusedRequest(405, f"{', '.join(entry.methods)} only")
        if entry.path.startswith("/download/") and (wait := self._downloads.acquire(identity.actor)):
            return _RefusedRequest(429, "too many downloads", wait)
        return None


class _RefusedRequest(NamedTuple):
    status: int
    sentence: str
    wait: float = 0.0


class _HeaderWriter:
    """Adds the security headers to every answer, and the nonce to the scripts of pages."""

    def __init__(self, send: Send, nonce: str, requester: Requester, entry: HttpPath | None, kind: str) -> None:
        self._send, self._nonce, self._requester, self._entry, self._kind = send, nonce, requester, entry, kind
        self._start: MutableMapping[str, Any] | None = None
        self._body = b""
        self.status = 101 if kind == "websocket" else 500

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send a message of the application."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self._headers(message["headers"])}
            if any(name == b"content-type" and b"text/html" in value for name, value in message["headers"]):
                self._start = message  # the nonces change its length
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._send_page(self._start, self._body)
            return
        await self._send(message)

    async def refuse(
        self, refusal: _RefusedRequest, gate: Authentication, scope: Scope, identity: Identity | None
    ) -> None:
        """Send the refusal: as a page to a browser."""
        self.status = refusal.status
        if self._kind == "websocket":
            await self._send({"type": "websocket.close", "code": 1008, "reason": refusal.sentence})
            return
        is_page = scope["method"] in _SAFE and "text/html" in (self._requester.header(b"accept") or "")
        if refusal.status == 401 and is_page:
            query = scope.get("query_string", b"").decode("latin-1")
            target = f"{scope['path']}?{query}" if query else scope["path"]
            body, kind = login_page(target, takes_tokens=gate.takes_tokens).encode(), _HTML
        elif identity is not None and is_page:
            body, kind = refusal_page(refusal.status, refusal.sentence, identity).encode(), _HTML
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
        page = with_nonce(body, self._nonce)
        kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await self._send({**start, "headers": [*kept, (b"content-length", str(len(page)).encode())]})
        await self._send({"type": "http.response.body", "body": page})

    def _headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        is_library = self._entry is not None and self._entry.path == "/_nicegui/*"
        caching = b"private, max-age=31536000, immutable" if is_library and self.status == 200 else b"no-store"
        headers = [(name.lower(), value) for name, value in given if name.lower() not in (b"cache-control", b"server")]
        ours = security_headers(self._nonce, is_https=self._requester.is_https)
        return [*headers, (b"cache-control", caching), *ours]


def _is_same_origin(requester: Requester) -> bool:
    origin = requester.header(b"origin")
    if origin is not None:
        host = requester.header(b"x-forwarded-host") or requester.header(b"host")
        return urlsplit(origin).netloc == host
    # a browser that sends a cross-site request with a cookie always sets one of the two
    return (requester.header(b"sec-fetch-site") or "none") in ("same-origin", "none")
