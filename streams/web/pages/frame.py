"""What every page has: its head, the way to the other pages, the theme, and the turns in which it comes up to date."""

import time
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

from fastapi import Request
from nicegui import ui

from streams.http_paths import CONSOLE_PATHS, find_path
from streams.web.authentication import Requester
from streams.web.console import Console
from streams.web.identity import Identity
from streams.web.labels import instant
from streams.web.middleware import ASKER, IDENTITY
from streams.web.pages.elements import el

__all__ = ["PageFrame", "Turn"]

_STYLE: Final = files("streams.web").joinpath("console.css").read_text(encoding="utf-8")
_TURN_SECONDS: Final = 2.0
_PLACES: Final = (
    ("/", "Overview"),
    ("/lost-track", "Lost track"),
    ("/officers", "Officers"),
    ("/offices", "Offices"),
    ("/feeds", "Feeds"),
    ("/policy", "Policy"),
)
_THEMES: Final = {"auto": None, "light": False, "dark": True}
_BACK_TO_THE_WAY_IN: Final = """
addEventListener('load', () => window.socket.on('connect_error', () =>
  fetch('/', { method: 'HEAD' }).then(answer => answer.status === 401 && location.reload(), () => undefined)));
"""
"""A console that was started anew knows no session any more: who has a page open must be told, not left waiting."""
_THEME_COOKIE: Final = "docketwatch_theme"

Turn = Callable[[], Awaitable[None] | None]
"""Brings a page up to date."""


class PageFrame:
    """An open page; what is built after it is its content.

    Args:
        console: What is shared.
        request: The request for it.
        title: Its title.

    Attributes:
        identity: Who looks.
    """

    def __init__(self, console: Console, request: Request, title: str) -> None:
        self.console = console
        self.identity: Identity = request.scope[IDENTITY]
        self._asker: Requester = request.scope[ASKER]
        self._opened = time.monotonic()
        self._turn_of_page: Turn | None = None
        self._is_live = True
        self._theme = request.cookies.get(_THEME_COOKIE, "auto")
        if self._theme not in _THEMES:
            self._theme = "auto"
        ui.page_title(f"{title} · docketwatch")
        ui.add_head_html(f"<style>{_STYLE}</style><script>{_BACK_TO_THE_WAY_IN}</script>")
        self._dark = ui.dark_mode(_THEMES[self._theme])
        self._header(request.url.path)
        self._banner = el("p", classes="banner", role="alert")
        self._banner.set_visibility(False)
        heading = el("h1", title)
        ui.skip_link("Skip to the content", target=heading)
        self._tell()
        self._timer = ui.timer(_TURN_SECONDS, self._turn, immediate=False)

    def may_open(self, path: str) -> bool:
        """Whether who looks may open another page."""
        entry = find_path(CONSOLE_PATHS, path)
        return entry is not None and entry.role is not None and self.identity.may(entry.role)

    async def follow(self, turn: Turn) -> None:
        """Bring the page up to date now, and again and again."""
        self._turn_of_page = turn
        await _call(turn)

    def warn(self, text: str | None) -> None:
        """Say what is wrong at the top; None when nothing is."""
        self._banner.set_text(text or "")
        self._banner.set_visibility(text is not None)

    def is_open(self) -> bool:
        """Whether who looks still may; when not, the page goes."""
        lasts = self.console.own.session.total_seconds()
        if time.monotonic() - self._opened < lasts and self.console.gate.holds(self.identity, self._asker):
            return True
        self._timer.cancel()
        ui.navigate.reload()
        return False

    async def _turn(self) -> None:
        if not self.is_open():
            return
        self._tell()
        if self._is_live and self._turn_of_page is not None:
            await _call(self._turn_of_page)

    def _tell(self) -> None:
        clock = self.console.clock()
        text = "no clock yet" if clock is None else f"as of {instant(clock)}"
        if self._clock.text != text:
            self._clock.set_text(text)
        fault = self.console.unready
        if self._banner.text != (fault or ""):
            self.warn(fault)

    def _header(self, here: str) -> None:
        with ui.header(fixed=False, add_scroll_padding=False).classes("top"):
            el("span", "docketwatch", classes="brand")
            with el("nav", aria_label="Views"):
                for path, name in _PLACES:
                    if self.may_open(path):
                        link = el("a", name, href=path)
                        if path == here or (path == "/lost-track" and here == "/case"):
                            link.props["aria-current"] = "page"
            with el("div", classes="tools"):
                self._clock = el("span", classes="clock")
                self._live = el("button", "Live", classes="live", type="button", aria_pressed="true")
                self._live.props["title"] = "Live: the page follows what happens. Press to hold it still."
                self._live.on("click", self._toggle_live)
                self._switch = el("button", f"Theme: {self._theme}", type="button")
                self._switch.on("click", self._next_theme)
                el("span", f"{self.identity.actor} ({self.identity.role})", classes="who")
                if self.identity.proof:
                    with el("form", method="post", action="/logout"):
                        el("button", "Sign out", type="submit")

    def _toggle_live(self) -> None:
        self._is_live = not self._is_live
        self._live.set_text("Live" if self._is_live else "Held")
        self._live.props["aria-pressed"] = "true" if self._is_live else "false"

    def _next_theme(self) -> None:
        names = list(_THEMES)
        self._theme = names[(names.index(self._theme) + 1) % len(names)]
        self._dark.value = _THEMES[self._theme]
        self._switch.set_text(f"Theme: {self._theme}")
        ui.run_javascript(
            f"document.cookie = '{_THEME_COOKIE}={self._theme}; path=/; max-age=31536000; samesite=strict'"
        )


async def _call(turn: Turn) -> None:
    done = turn()
    if done is not None:
        await done
