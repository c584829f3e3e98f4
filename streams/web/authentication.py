"""Who is let in: by the cookie of a session, by a token in the request, or on the word of a trusted proxy."""

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
    """Where a request comes from.

    Attributes:
        peer: The other end of the connection.
        client: Who the limits are for.
        headers: Of the request, without those that only a trusted proxy may set, unless it is one.
        is_https: Whether the browser speaks TLS.
    """

    peer: str
    client: str
    headers: Headers
    is_https: bool

    def header(self, name: bytes) -> str | None:
        """The last value of a header, or None."""
        return next((value.decode("latin-1") for key, value in reversed(self.headers) if key == name), None)


class Authentication:
    """Decides who somebody is.

    Args:
        settings: The console's.
        now: A clock that never goes back (seconds).

    Attributes:
        sessions: Who is signed in.
        failures: Turns for wrong tokens, by client.
        takes_tokens: Whether there is any token to show.

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

    def asker(self, peer: str, headers: Headers) -> Requester:
        """Where a request comes from; what only a proxy may say is dropped when somebody else says it."""
        if self._proxies.trusts(peer):
            heard = headers
        else:
            heard = [(name, value) for name, value in headers if not self._proxies.is_their_word(name)]
        is_https = self._has_tls or self._proxies.is_https(peer, heard)
        return Requester(peer, self._proxies.client(peer, heard), heard, is_https)

    def shuts_out(self, asker: Requester) -> bool:
        """Whether only proxies may talk to us, and this is none."""
        return self._only_proxies and not self._proxies.trusts(asker.peer)

    def identify(self, asker: Requester) -> Identity | None:
        """Who it is; None when nobody that we know."""
        token = self.bearer(asker)
        if token is not None:
            return self.check(token, asker)
        session = self.session(asker)
        identity = None if session is None else self.sessions.find(session)
        if identity is not None and session is not None and not self._tokens.knows(identity):
            self.sessions.close(session)
            identity = None
        if identity is None and self._proxies.trusts(asker.peer):
            return self._proxies.vouched(asker.headers)
        return identity

    def check(self, token: str, asker: Requester) -> Identity | None:
        """Who bears a token; None when it is of no use.

        A right token counts however many wrong ones came from the same address: others share it (a proxy, an office),
        and what is guessed at is 24 characters or more. The failures only say when to answer 429.
        """
        identity = self._tokens.identify(token)
        if identity is None:
            self.failures.take(asker.client)
        return identity

    def holds(self, identity: Identity, asker: Requester) -> bool:
        """Whether what was true of a request when it came still is: the session lasts and the token stands."""
        return self.identify(asker) == identity

    def bearer(self, asker: Requester) -> str | None:
        """The token in the request itself, or None."""
        scheme, _, token = (asker.header(b"authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def session(self, asker: Requester) -> str | None:
        """The session in the request's cookie, or None."""
        try:
            morsel = SimpleCookie(asker.header(b"cookie") or "").get(self._cookie(asker))
        except CookieError:
            return None
        return None if morsel is None else morsel.value

    def set_cookie(self, session: str, asker: Requester) -> str:
        """The header with which a browser keeps a session; an empty one ends it."""
        lasts = int(self.sessions.lasts.total_seconds()) if session else 0
        secure = "; Secure" if asker.is_https else ""
        return f"{self._cookie(asker)}={session}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Strict{secure}"

    def _cookie(self, asker: Requester) -> str:
        # a browser takes the prefix from TLS only, and then from no other host and no script
        return f"__Host-{_COOKIE}" if asker.is_https else _COOKIE
