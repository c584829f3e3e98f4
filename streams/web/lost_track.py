"""The list of records that need a human look: filters, orders and pages."""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from streams.web.output_tables import CaseAlert, OutputTables

__all__ = ["ORDERS", "PAGE_ROWS", "LostTrack", "LostTrackQuery", "LostTrackResult", "Order"]

PAGE_ROWS: Final = 50

Order = Literal["oldest", "newest", "case", "cause", "office", "officer", "severity"]

ORDERS: Final[dict[Order, Callable[[CaseAlert], tuple[object, ...]]]] = {
    "oldest": lambda alert: (alert.raised_at,),
    "newest": lambda alert: (-alert.raised_at,),
    "case": lambda alert: (alert.case_id, alert.raised_at),
    "cause": lambda alert: (alert.cause, alert.raised_at),
    "office": lambda alert: (alert.office or "~", alert.raised_at),
    "officer": lambda alert: (alert.officer_id or "~", alert.raised_at),
    "severity": lambda alert: (alert.severity, alert.raised_at),
}
"""The orders of the list; `severity` has critical first."""


class LostTrackQuery(Struct, frozen=True):
    """A filter and an order; None and an empty value match everything.

    Attributes:
        causes: Matches any of them.
        side: The side on which the cause lies.
        search: Part of a case id.
        order: See ORDERS.
    """

    office: str | None = None
    causes: frozenset[str] = frozenset()
    side: str | None = None
    severity: str | None = None
    officer: str | None = None
    search: str = ""
    order: Order = "oldest"

    def matches(self, alert: CaseAlert) -> bool:
        """Whether the filter matches an alert."""
        return (
            (self.office is None or alert.office == self.office)
            and (not self.causes or alert.cause in self.causes)
            and (self.side is None or alert.side == self.side)
            and (self.severity is None or alert.severity == self.severity)
            and (self.officer is None or alert.officer_id == self.officer)
            and (not self.search or self.search in alert.case_id)
        )


class LostTrackResult(Struct, frozen=True):
    """The result of a query.

    Attributes:
        alerts: All matching alerts, in order.
        cases: The number of their cases.
    """

    alerts: list[CaseAlert]
    cases: int

    @property
    def pages(self) -> int:
        """The number of pages; at least one."""
        return max(1, -(-len(self.alerts) // PAGE_ROWS))

    def page(self, number: int) -> list[CaseAlert]:
        """The rows of a page; the first page is 0."""
        return self.alerts[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]


class LostTrack:
    """Answers queries, and caches the last result until the tables change.

    Args:
        tables: Returns the current tables.
        with_protected: Whether results include protected cases.
    """

    def __init__(self, tables: Callable[[], OutputTables], *, with_protected: bool) -> None:
        self._tables, self._with_protected = tables, with_protected
        self._last: tuple[OutputTables, int, LostTrackQuery, LostTrackResult] | None = None

    def find(self, query: LostTrackQuery) -> LostTrackResult:
        """The open alerts that a query matches."""
        tables = self._tables()
        if self._last is not None:
            last_tables, version, last_query, result = self._last
            if last_tables is tables and version == tables.version and last_query == query:
                return result
        matches = query.matches
        alerts = [alert for alert in tables.standing(with_protected=self._with_protected) if matches(alert)]
        alerts.sort(key=ORDERS[query.order])
        result = LostTrackResult(alerts, len({alert.case_id for alert in alerts}))
        self._last = (tables, tables.version, query, result)
        return result
