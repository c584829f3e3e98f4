"""Parses a URL or a form into a query of the list, makes URLs of it, and keeps case ids out of them."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from schemas.causes import Cause, CauseClass, Severity
from streams.web.lost_track import ORDERS, LostTrackQuery
from streams.web.totals import WITHOUT_OFFICER

__all__ = [
    "FIELDS",
    "WITHOUT_OFFICER_FILTER",
    "address",
    "order_of",
    "page_of",
    "query_of",
    "reversed_order",
    "url_fields",
    "values_of",
]

FIELDS: Final = ("office", "cause", "side", "severity", "officer", "search", "order", "page")
"""The fields of a query; `office`, `cause`, `side` and `severity` take several values, separated by commas."""

_OF_OTHER_PAGES: Final = ("within", "week", "ids")

WITHOUT_OFFICER_FILTER: Final = "without-officer"
"""The value of `cause` that stands for all causes of a case without an officer."""

_EXPANDED: Final = {WITHOUT_OFFICER_FILTER: tuple(cause.value for cause in WITHOUT_OFFICER)}
_FORMER_ORDERS: Final = {"newest": "-oldest"}


def url_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that a URL may have: no part of a case id, because histories and logs keep URLs."""
    return {name: value for name, value in fields.items() if name in (*FIELDS, *_OF_OTHER_PAGES) and name != "search"}


def address(path: str, fields: Mapping[str, str]) -> str:
    """A path with the fields that have a value as its query; commas stay readable."""
    query = urlencode({name: value for name, value in fields.items() if value}, safe=",:")
    return f"{path}?{query}" if query else path


def values_of(fields: Mapping[str, str], name: str, allowed: Iterable[str] | None = None) -> list[str]:
    """The values of a field that takes several, in their order; without those that are not allowed."""
    known = None if allowed is None else set(allowed)
    values = (value.strip() for value in fields.get(name, "").split(","))
    expanded = (each for value in values for each in _EXPANDED.get(value, (value,)))
    return [value for value in dict.fromkeys(expanded) if value and (known is None or value in known)]


def order_of(fields: Mapping[str, str], orders: Iterable[str], default: str) -> tuple[str, bool]:
    """The order that a field `order` names, and whether a `-` before it reverses it."""
    text = fields.get("order", "")
    text = _FORMER_ORDERS.get(text, text)
    name = text.removeprefix("-")
    return (name, text.startswith("-")) if name in set(orders) else (default, False)


def reversed_order(pressed: str, order: str, *, is_reversed: bool) -> str:
    """The field `order` after the head of a column was pressed: a second press reverses."""
    return f"-{pressed}" if pressed == order and not is_reversed else pressed


def page_of(fields: Mapping[str, str]) -> int:
    """The page that a field `page` names, from 1 on there; the first page is 0 here."""
    text = fields.get("page", "")
    return max(0, int(text) - 1) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def query_of(fields: Mapping[str, str]) -> LostTrackQuery:
    """The query of a URL or a form; invalid values are ignored.

    Args:
        fields: office, cause (or `without-officer`), side, severity, officer, search, order.
    """
    order, is_reversed = order_of(fields, ORDERS, "oldest")
    return LostTrackQuery(
        offices=frozenset(values_of(fields, "office")),
        causes=frozenset(values_of(fields, "cause", Cause)),
        sides=frozenset(values_of(fields, "side", CauseClass)),
        severities=frozenset(values_of(fields, "severity", Severity)),
        officer=fields.get("officer", "").strip() or None,
        search=fields.get("search", "").strip(),
        order=next(name for name in ORDERS if name == order),
        is_reversed=is_reversed,
    )
