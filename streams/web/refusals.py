"""The page that a browser shows when it asks for what is not there or not for this user: with a way on."""

from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from streams.web.identity import Identity
from streams.web.navigation import views_of

__all__ = ["refusal_page"]

_PAGE: Final = Template(files("streams.web").joinpath("refused.html").read_text(encoding="utf-8"))
_TITLES: Final = {403: "Not for your role", 404: "Not found", 429: "Too many requests"}
_SENTENCES: Final = {404: "The console has no such page. The address may be mistyped, or of an older release."}


def refusal_page(status: int, sentence: str, identity: Identity) -> str:
    """The page, with the navigation of the user.

    Args:
        status: The HTTP status.
        sentence: Why the request was refused.
        identity: The user.
    """
    text = _SENTENCES.get(status, f"{sentence[0].upper()}{sentence[1:]}.")
    views = "".join(f'<a href="{escape(path)}">{escape(name)}</a>' for path, name in views_of(identity))
    return _PAGE.substitute(title=_TITLES.get(status, "Refused"), sentence=escape(text), views=views)
