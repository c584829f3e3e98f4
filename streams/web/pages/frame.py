"""The frame of every page: header, navigation, theme, and live updates."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from typing import Final

from fastapi import Request
from nicegui import ui

from streams.web.authentication import Requester
from streams.web.console import Console
from streams.web.health.pipeline import PipelineState, when_empty
from streams.web.identity import Identity
from streams.web.labels import instant
from streams.web.middleware import IDENTITY, REQUESTER
from streams.web.navigation import may_open, views_of
from streams.web.pages.elements import DataTable, TableColumn, el

__all__ = ["PageFrame", "Refresh"]

_STYLE: Final = files("streams.web").joinpath("console.css").read_text(encoding="utf-8")
_REFRESH_SECONDS: Final = 2.0
_HEALTH_SECONDS: Final = 1.0
_TONES: Final[Mapping[PipelineState, str]] = {
    PipelineState.UNREACHABLE: "critical",
    PipelineState.READING: "warning",
    PipelineState.NOT_JUDGING: "critical",
    PipelineState.HELD: "critical",
    PipelineState.JUDGING: "good",
}
_MEANINGS: Final[Mapping[PipelineState, str]] = {
    PipelineState.UNREACHABLE: "The broker does not answer. These pages show the last known state, and not what has "
    "happened since.",
    PipelineState.READING: "Counts and lists are not complete.",
    PipelineState.NOT_JUDGING: "No worker judges new events, so no alert is raised or ended. An empty list does not "
    "mean that all is well.",
    PipelineState.HELD: "Alerts are held. Until this ends, the absence of alerts means nothing.",
}
"""What a state means, without numbers: a screen reader says it again whenever it changes."""
_THEMES: Final = {"auto": None, "light": False, "dark": True}
_RELOAD_WHEN_SIGNED_OUT: Final = """
addEventListener('load', () => window.socket.on('connect_error', () =>
  fetch('/', { method: 'HEAD' }).then(answer => answer.status === 401 && location.reload(), () => undefined)));
"""
"""A restarted console has no sessions: an open page reloads and shows the sign-in page."""
_SIGN_IN_BY_LINK: Final = """
const enter = () => {
  if (!location.hash.startsWith('#token=')) return;
  const given = { token: decodeURIComponent(location.hash.slice(7)), next: location.pathname + location.search };
  history.replaceState(null, '', given.next);
  const form = Object.assign(document.createElement('form'), { method: 'post', action: '/login' });
  for (const [name, value] of Object.entries(given))
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  document.body.append(form);
  form.submit();
};
addEventListener('hashchange', enter);
addEventListener('DOMContentLoaded', enter);
"""
"""A link with a token, pasted into a tab with an open page, loads no page: it signs in all the same."""
_THEME_COOKIE: Final = "docketwatch_theme"

Refresh = Callable[[], Awaitable[None] | None]
"""Updates a page."""


class PageFrame:
    """An open page; elements that are built after it are its content.

    Args:
        console: What all pages share.
        request: The request for the page.
        title: Its title.

    Attributes:
        identity: The user.
    """

    def __init__(self, console: Console, request: Request, title: str) -> None:
        self.console = console
        self.identity: Identity = request.scope[IDENTITY]
        self._requester: Requester = request.scope[REQUESTER]
        self._opened = time.monotonic()
        self._refresh_page: Refresh | None = None
        self._is_live = True
        self._warning: str | None = None
        self._theme = request.cookies.get(_THEME_COOKIE, "auto")
        if self._theme not in _THEMES:
            self._theme = "auto"
        self._title = ""
        self.set_title(title)
        ui.add_head_html(f"<style>{_STYLE}</style><script>{_RELOAD_WHEN_SIGNED_OUT}{_SIGN_IN_BY_LINK}</script>")
        self._dark = ui.dark_mode(_THEMES[self._theme])
        self._header(request.url.path)
        self._banner = el("p", classes="banner", role="alert")
        self._banner.set_visibility(False)
        heading = el("h1", title)
        ui.skip_link("Skip to the content", target=heading)
        self._update_header()
        self._timer = ui.timer(_REFRESH_SECONDS, self._refresh, immediate=False)
        # a timer of its own: the other one may wait for a broker that does not answer
        ui.timer(_HEALTH_SECONDS, self._update_header, immediate=False)

    def may_open(self, path: str) -> bool:
        """Whether the user may open another page."""
        return may_open(self.identity, path)

    def set_title(self, title: str) -> None:
        """Set what the browser's tab and its history call the page."""
        if title != self._title:
            self._title = title
            ui.page_title(f"{title} · docketwatch")

    async def follow(self, refresh: Refresh) -> None:
        """Update the page now, and then every two seconds."""
        self._refresh_page = refresh
        await _call(refresh)

    def warn(self, text: str | None) -> None:
        """Show a warning of the page at the top; None removes it."""
        self._warning = text
        self._update_header()

    def table(
        self,
        caption: str,
        columns: Sequence[TableColumn],
        *,
        on_sort: Callable[[str], object] | None = None,
        empty: str,
    ) -> DataTable:
        """A table that says of no rows that there are none only while that is known.

        Args:
            caption: As of a DataTable.
            columns: The same.
            on_sort: The same.
            empty: The text for when it is known that there are none.
        """
        return DataTable(caption, columns, on_sort=on_sort, empty=lambda: self.when_empty(empty))

    def when_empty(self, nothing: str) -> str:
        """What an empty list says; `nothing` is the sentence for a list that is known to be empty."""
        return when_empty(nothing, self.console.health())

    def is_open(self) -> bool:
        """Whether the user is still signed in; if not, reload, which shows the sign-in page."""
        longest = self.console.own.session.total_seconds()
        if time.monotonic() - self._opened < longest and self.console.gate.is_still_valid(
            self.identity, self._requester
        ):
            return True
        self._timer.cancel()
        ui.navigate.reload()
        return False

    async def _refresh(self) -> None:
        if not self.is_open():
            return
        if self._is_live and self._refresh_page is not None:
            await _call(self._refresh_page)

    def _update_header(self) -> None:
        clock = self.console.clock()
        text = "no clock yet" if clock is None else f"as of {instant(clock)}"
        if self._clock.text != text:
            self._clock.set_text(text)
        health = self.console.health()
        if self._health.text != health.sentence:
            self._health.set_text(health.sentence)
            self._health.classes(remove="good warning critical", add=_TONES[health.state])
        banner = " ".join(filter(None, (_MEANINGS.get(health.state), self._warning)))
        if self._banner.text != banner:
            self._banner.set_text(banner)
            self._banner.set_visibility(bool(banner))

    def _header(self, here: str) -> None:
        with ui.header(fixed=False, add_scroll_padding=False).classes("top"):
            el("span", "docketwatch", classes="brand")
            with el("nav", aria_label="Views"):
                for path, name in views_of(self.identity):
                    link = el("a", name, href=path)
                    if path == here or (path == "/lost-track" and here == "/case"):
                        link.props["aria-current"] = "page"
            with el("div", classes="tools"):
                with el("div", classes="known"):
                    self._health = el("span", classes="badge health")
                    self._clock = el("span", classes="clock")
                self._live = el("button", "Live", classes="live", type="button", aria_pressed="true")
                self._live.props["title"] = "Live: this page updates itself. Press to pause it."
                self._live.on("click", self._toggle_live)
                with el("details", classes="user"):
                    el("summary", f"{self.identity.actor} ({self.identity.role})", classes="who")
                    with el("div", classes="menu"):
                        self._switch = el("button", f"Theme: {self._theme}", type="button")
                        self._switch.on("click", self._next_theme)
                        if self.identity.proof:
                            with el("form", method="post", action="/logout"):
                                el("button", "Sign out", type="submit")

    def _toggle_live(self) -> None:
        self._is_live = not self._is_live
        self._live.set_text("Live" if self._is_live else "Paused")
        self._live.props["aria-pressed"] = "true" if self._is_live else "false"

    def _next_theme(self) -> None:
        names = list(_THEMES)
        self._theme = names[(names.index(self._theme) + 1) % len(names)]
        self._dark.value = _THEMES[self._theme]
        self._switch.set_text(f"Theme: {self._theme}")
        ui.run_javascript(
            f"document.cookie = '{_THEME_COOKIE}={self._theme}; path=/; max-age=31536000; samesite=strict'"
        )


async def _call(refresh: Refresh) -> None:
    waiting = refresh()
    if waiting is not None:
        await waiting
