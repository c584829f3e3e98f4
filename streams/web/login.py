"""Signing in with a token: the page that asks for it, what becomes of it, and signing out."""

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
    '<form method="post" action="/login"><input type="hidden" name="next" value="{place}">'
    '<input name="username" autocomplete="username" hidden>'
    '<label for="token">Token</label><input id="token" name="token" type="password" '
    'autocomplete="current-password" required autofocus><button type="submit">Sign in</button></form>'
)


def login_page(place: str, *, takes_tokens: bool, fault: str = "") -> str:
    """The page that asks for a token.

    Args:
        place: Where to go afterwards.
        takes_tokens: Whether there is any; else a proxy has to vouch for who comes.
        fault: What was wrong with the last one.
    """
    told = f'<p role="alert">{escape(fault)}</p>' if fault else ""
    form = _FORM.format(place=escape(_place(place))) if takes_tokens else ""
    hint = (
        "A token opens it; whoever runs docketwatch hands them out."
        if takes_tokens
        else "Sign in through the proxy that stands before it; your groups there have no role here."
    )
    return _PAGE.substitute(hint=hint, fault=told, form=form)


class LoginPaths:
    """What `/login` and `/logout` do.

    Args:
        gate: Who is let in.
    """

    def __init__(self, gate: Authentication) -> None:
        self._gate = gate

    async def login(self, request: Request, asker: Requester) -> Response:
        """Begin a session for who shows a token, and go where he wanted to."""
        form = await read_form(request)
        place, token = _place(form.get("next", "/")), form.get("token", "").strip()
        wait = self._gate.failures.wait(asker.client)
        identity = self._gate.check(token, asker) if token else None
        if identity is None:
            fault = f"Too many wrong tokens: wait {int(wait) + 1} s." if wait else "No such token."
            page = login_page(place, takes_tokens=self._gate.takes_tokens, fault=fault)
            headers = {"retry-after": str(int(wait) + 1)} if wait else {}
            return HTMLResponse(page, 429 if wait else 401, headers)
        answer = RedirectResponse(place, 303)
        answer.headers["set-cookie"] = self._gate.set_cookie(self._gate.sessions.open(identity), asker)
        return answer

    async def logout(self, asker: Requester) -> Response:
        """End the session."""
        session = self._gate.session(asker)
        if session is not None:
            self._gate.sessions.close(session)
        answer = RedirectResponse("/", 303)
        answer.headers["set-cookie"] = self._gate.set_cookie("", asker)
        return answer


def _place(path: str) -> str:
    """A page of ours, whatever was asked for."""
    entry = find_path(CONSOLE_PATHS, path)
    is_page = entry is not None and entry.role is not None and "*" not in entry.path and "GET" in entry.methods
    return path if is_page else "/"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a small form; none when it is larger than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
