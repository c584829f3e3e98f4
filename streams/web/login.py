"""Sign-in with a token, its page, and sign-out."""

from html import escape
from importlib.resources import files
from string import Template
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from streams.http_paths import CONSOLE_PATHS, find_path
from streams.web.authentication import Authentication, Requester

__all__ = ["LoginPaths", "login_page", "read_form"]

_PAGE: Final = Template(files("streams.web").joinpath("login.html").read_text(encoding="utf-8"))
_LONGEST_FORM: Final = 4_096
_FORM: Final = (
    '<form method="post" action="/login"><input type="hidden" name="next" value="{target}">'
    '<input name="username" autocomplete="username" hidden>'
    '<label for="token">Token</label><input id="token" name="token" type="password" '
    'autocomplete="current-password" required autofocus><button type="submit">Sign in</button></form>'
)


def login_page(target: str, *, takes_tokens: bool, fault: str = "") -> str:
    """The sign-in page.

    Args:
        target: The page to go to afterwards, with its query.
        takes_tokens: Whether any token is configured; else only a proxy can authenticate.
        fault: What was wrong with the last attempt.
    """
    alert = f'<p role="alert">{escape(fault)}</p>' if fault else ""
    form = _FORM.format(target=escape(_own_page(target))) if takes_tokens else ""
    hint = (
        "Enter your access token. The operator of docketwatch issues tokens."
        if takes_tokens
        else "Sign in through the proxy in front of this console. Your groups there have no role here."
    )
    return _PAGE.substitute(hint=hint, fault=alert, form=form)


class LoginPaths:
    """Handlers of `/login` and `/logout`.

    Args:
        gate: Checks tokens and keeps sessions.
    """

    def __init__(self, gate: Authentication) -> None:
        self._gate = gate

    async def login(self, request: Request, requester: Requester) -> Response:
        """Check the token, begin a session, and redirect to the requested page."""
        form = await read_form(request)
        target, token = _own_page(form.get("next", "/")), form.get("token", "").strip()
        wait = self._gate.failures.wait(requester.client)
        identity = self._gate.check(token, requester) if token else None
        if identity is None:
            fault = f"Too many wrong tokens: wait {int(wait) + 1} s." if wait else "Unknown token."
            page = login_page(target, takes_tokens=self._gate.takes_tokens, fault=fault)
            headers = {"retry-after": str(int(wait) + 1)} if wait else {}
            return HTMLResponse(page, 429 if wait else 401, headers)
        answer = RedirectResponse(target, 303)
        answer.headers["set-cookie"] = self._gate.set_cookie(self._gate.sessions.open(identity), requester)
        return answer

    async def logout(self, requester: Requester) -> Response:
        """End the session."""
        session = self._gate.session(requester)
        if session is not None:
            self._gate.sessions.close(session)
        answer = RedirectResponse("/", 303)
        answer.headers["set-cookie"] = self._gate.set_cookie("", requester)
        return answer


def _own_page(target: str) -> str:
    """A path and its query, if the path is a page of the console; else the first page."""
    path, _, query = target.partition("?")
    entry = find_path(CONSOLE_PATHS, path)
    is_page = entry is not None and entry.role is not None and "*" not in entry.path and "GET" in entry.methods
    if not is_page or not query.isascii() or not query.isprintable():
        return path if is_page else "/"
    return f"{path}?{query}" if query else path


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form; none when it is larger than any form of the console."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
