"""Parses a URL or a form into a query of the list, and keeps case ids out of URLs."""

from collections.abc import Mapping
from typing import Final

from schemas.causes import Cause, CauseClass, Severity
from streams.web.lost_track import ORDERS, LostTrackQuery
from streams.web.totals import WITHOUT_OFFICER

__all__ = ["FIELDS", "WITHOUT_OFFICER_FILTER", "query_of", "url_fields"]

FIELDS: Final = ("office", "cause", "side", "severity", "officer", "search", "order")
"""The fields of a query."""

WITHOUT_OFFICER_FILTER: Final = "without-officer"
"""The value of `cause` that stands for all causes of a case without an officer."""


def url_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that a URL may have: no part of a case id, because histories and logs keep URLs."""
    return {name: value for name, value in fields.items() if name in FIELDS and name != "search"}


def query_of(fields: Mapping[str, str]) -> LostTrackQuery:
    """The query of a URL or a form; invalid values are ignored.

    Args:
        fields: office, cause (or `without-officer`), side, severity, officer, search, order.
    """
    cause, order = fields.get("cause", ""), fields.get("order", "oldest")
    side, severity = fields.get("side", ""), fields.get("severity", "")
    is_without_officer = cause == WITHOUT_OFFICER_FILTER
    return LostTrackQuery(
        office=fields.get("office") or None,
        causes=frozenset(WITHOUT_OFFICER) if is_without_officer else frozenset({cause} & set(Cause)),
        side=side if side in set(CauseClass) else None,
        severity=severity if severity in set(Severity) else None,
        officer=fields.get("officer") or None,
        search=fields.get("search", "").strip(),
        order=order if order in ORDERS else "oldest",
    )
