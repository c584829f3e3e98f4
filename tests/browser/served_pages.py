"""The console's pages as it serves them: the browser builds what it shows from these elements."""

import json
import re
from typing import Any, Final, NamedTuple, Self

from schemas.case_views import Role
from tests.browser.consoles import TOKENS, ask

__all__ = ["ServedPage", "TileTexts"]

_ELEMENTS: Final = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_ESCAPES: Final = (("&#36;", "$"), ("&#96;", "`"), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&"))
"""In the order in which NiceGUI's script undoes them."""


class TileTexts(NamedTuple):
    """What a tile of the overview shows."""

    figure: str
    note: str


class ServedPage:
    """A page.

    Args:
        html: The answer of the console.
    """

    def __init__(self, html: str) -> None:
        found = _ELEMENTS.search(html)
        assert found is not None, html
        text = found[1]
        for escape, character in _ESCAPES:
            text = text.replace(escape, character)
        self._elements: dict[str, dict[str, Any]] = json.loads(text)

    @classmethod
    def of(cls, url: str, path: str, role: Role) -> Self:
        """Ask the console at `url` for the page of a path."""
        status, html, _ = ask(url.rstrip("/") + path, headers={"Authorization": f"Bearer {TOKENS[role]}"})
        assert status == 200, html
        return cls(html)

    def table(self, caption: str) -> list[dict[str, str]]:
        """Return the rows of the table with a caption, each by the titles of its columns."""
        [table] = [each for each in self._elements.values() if each.get("props", {}).get("aria-label") == caption]
        [head, *rows] = [
            [self._text(cell) for cell in self._children(each)] for each in self._below(table) if each["tag"] == "tr"
        ]
        return [dict(zip(head, row, strict=True)) for row in rows]

    def tiles(self) -> dict[str, TileTexts]:
        """Return the tiles of the overview by their labels."""
        tiles = [each for each in self._elements.values() if "tile" in each.get("class", ())]
        return {
            self._text(label): TileTexts(self._text(figure), self._text(note))
            for label, figure, _, note in map(self._children, tiles)
        }

    def texts(self, tag: str, kind: str | None = None) -> list[str]:
        """Return the texts of all elements with a tag, and a class, that have one, in their order on the page."""
        found = [each for each in self._elements.values() if each["tag"] == tag]
        texts = [self._text(each) for each in found if kind is None or kind in each.get("class", ())]
        return [text for text in texts if text]

    def _children(self, element: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._elements[str(number)] for number in element.get("children", ())]

    def _below(self, element: dict[str, Any]) -> list[dict[str, Any]]:
        return [found for child in self._children(element) for found in (child, *self._below(child))]

    def _text(self, element: dict[str, Any]) -> str:
        return "".join(each.get("text") or "" for each in (element, *self._below(element)))
