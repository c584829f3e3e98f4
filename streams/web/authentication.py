"""Authentication: by session cookie, by a token in the request, or by the headers of a trusted proxy."""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from msgspec import Struct

from streams.web.identity import Identity
from streams.web.limits import RateLimiter
from streams.web.proxies import Headers, Proxies
from streams.web.sessions import Sessions
from streams.web.settings import ConsoleSettings, is_loopback
from streams.web.tokens import Tokens

__all__ = ["Authentication", "Requester"]

_COOKIE = "docketwatch_session"


class Requester(Struct, frozen=True):
    """The sender of a request.

    Attributes:
        peer: The address at the other end of the connection.
        client: The address that rate limits count against.
        headers: The request's headers; proxy headers are removed unless the peer is a trusted proxy.
        is_https: Whether the browser uses TLS.
    """

    peer: str
    client: str
    headers: Headers
    is_https: bool

    def header(self, name: bytes) -> str | None:
        """The last value of a header, or None."""
        return next((value.decode("latin-1") for key, value in reversed(self.headers) if key == name), None)


class Authentication:
    """Identifies the sender of a request.

    Args:
        settings: The console's settings.
        now: A monotonic clock (seconds).

    Attributes:
        sessions: The open sessions.
        failures: Rate limit of wrong tokens, by client.
        takes_tokens: Whether any token file is configured.

    Raises:
        InputError: A file of tokens cannot be used.
    """

    def __init__(self, settings: ConsoleSettings, now: Callable[[], float]) -> None:
        self._tokens = Tokens(settings.token_files)
        self._proxies = Proxies(settings)
        self._has_tls = settings.has_tls
        self._only_proxies = not is_loopback(settings.bind) and not settings.has_tls
        self.sessions = Sessions(settings.session, now)
        self.failures = RateLimiter(burst=5, per_second=1 / 20, now=now)
        self.takes_tokens = bool(settings.token_files)

    def requester(self, peer: str, headers: Headers) -> Requester:
        """Describe the sender of a request; drop proxy headers from any peer that is no trusted proxy."""
        if self._proxies.trusts(peer):
            accepted = headers
        else:
            accepted = [(name, value) for name, value in headers if not self._proxies.is_proxy_header(name)]
        is_https = self._has_tls or self._proxies.is_https(peer, accepted)
        return Requester(peer, self._proxies.client(peer, accepted), accepted, is_https)

    def rejects_peer(self, requester: Requester) -> bool:
        """Whether only trusted proxies may connect, and this peer is none."""
        return self._only_proxies and not self._proxies.trusts(requester.peer)

    def identify(self, requester: Requester) -> Identity | None:
        """The identity of the sender, or None."""
        token = self.bearer(requester)
        if token is not None:
            return self.check(token, requester)
        session = self.session(requester)
        identity = None if session is None else self.sessions.find(session)
        if identity is not None and session is not None and not self._tokens.knows(identity):
            self.sessions.close(session)
            identity = None
        if identity is None and self._proxies.trusts(requester.peer):
            return self._proxies.identity(requester.headers)
        return identity

    def check(self, token: str, requester: Requester) -> Identity | None:
        """The identity of a token; None when the token is wrong.

        A right token counts after any number of wrong ones from the same address: a proxy or an office shares it, and
        a token has at least 24 characters. The failures only decide when to answer 429.
        """
        identity = self._tokens.identify(token)
        if identity is None:
            self.failures.acquire(requester.client)
        return identity

    def is_still_valid(self, identity: Identity, requester: Requester) -> bool:
        """Whether a request still has the identity it came with: its session is open and its token is valid."""
        return self.identify(requester) == identity

    def bearer(self, requester: Requester) -> str | None:
        """The token in the request itself, or None."""
        scheme, _, token = (requester.header(b"authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def session(self, requester: Requester) -> str | None:
        """The session in the request's cookie, or None."""
        try:
            morsel = SimpleCookie(requester.header(b"cookie") or "").get(self._cookie(requester))
        except CookieError:
            return None
        return None if morsel is None else morsel.value

    def set_cookie(self, session: str, requester: Requester) -> str:
        """The set-cookie header of a session; an empty session deletes the cookie."""
        max_age = int(self.sessions.duration.total_seconds()) if session else 0
        secure = "; Secure" if requester.is_https else ""
        return f"{self._cookie(requester)}={session}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"

    def _cookie(self, requester: Requester) -> str:
        # a browser accepts this prefix over TLS only, and then only from this host
        return f"__Host-{_COOKIE}" if requester.is_https else _COOKIE
