"""What an address or a form asks of the list, and what an address may not hold."""

from collections.abc import Mapping
from typing import Final

from schemas.causes import Cause, CauseClass, Severity
from streams.web.lost_track import ORDERS, LostTrackQuery
from streams.web.totals import NOBODY

__all__ = ["FIELDS", "NOBODY_HAS", "in_address", "query_of"]

FIELDS: Final = ("office", "cause", "side", "severity", "officer", "search", "order")
"""What can be asked."""

NOBODY_HAS: Final = "nobody"
"""Asked as a cause: those of a case that nobody has."""


def in_address(asked: Mapping[str, str]) -> dict[str, str]:
    """What an address may ask for: no part of a case id, for addresses are kept in histories and logs."""
    return {name: value for name, value in asked.items() if name in FIELDS and name != "search"}


def query_of(asked: Mapping[str, str]) -> LostTrackQuery:
    """The query that a URL or a form asks for; what makes no sense is left out.

    Args:
        asked: Its fields: office, cause (or `nobody`), side, severity, officer, search, order.
    """
    cause, order = asked.get("cause", ""), asked.get("order", "oldest")
    side, severity = asked.get("side", ""), asked.get("severity", "")
    return LostTrackQuery(
        office=asked.get("office") or None,
        causes=frozenset(NOBODY) if cause == NOBODY_HAS else frozenset({cause} & set(Cause)),
        side=side if side in set(CauseClass) else None,
        severity=severity if severity in set(Severity) else None,
        officer=asked.get("officer") or None,
        search=asked.get("search", "").strip(),
        order=order if order in ORDERS else "oldest",
    )
