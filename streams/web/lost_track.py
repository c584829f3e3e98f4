"""The list of records that need a human look: filters, orders and pages."""

from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct

from streams.core.state.case_state import LEVELS
from streams.web.tables.alert_rows import CaseAlert
from streams.web.tables.output_tables import OutputTables

__all__ = ["ORDERS", "PAGE_ROWS", "LostTrack", "LostTrackQuery", "LostTrackResult", "Neighbours", "Order"]

PAGE_ROWS: Final = 50

Order = Literal["oldest", "case", "cause", "side", "office", "officer", "severity", "level"]

_LEVEL: Final = {name: place for place, name in enumerate(LEVELS)}

ORDERS: Final[dict[Order, Callable[[CaseAlert], tuple[object, ...]]]] = {
    "oldest": lambda alert: (alert.raised_at,),
    "case": lambda alert: (alert.case_id,),
    "cause": lambda alert: (alert.cause,),
    "side": lambda alert: (alert.side,),
    "office": lambda alert: (alert.office or "~",),
    "officer": lambda alert: (alert.officer_id or "~",),
    "severity": lambda alert: (alert.severity,),
    "level": lambda alert: (_LEVEL.get(alert.level, len(_LEVEL)),),
}
"""The orders of the list; `severity` has critical first, `level` intensive first; equals are in order of their age."""


class LostTrackQuery(Struct, frozen=True):
    """A filter and an order; None and an empty value match everything.

    Attributes:
        offices, causes, sides, severities: Each matches any of its values.
        search: Part of a case id.
        order: See ORDERS.
        is_reversed: Whether the order is the opposite one.
    """

    offices: frozenset[str] = frozenset()
    causes: frozenset[str] = frozenset()
    sides: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    officer: str | None = None
    search: str = ""
    order: Order = "oldest"
    is_reversed: bool = False

    def matches(self, alert: CaseAlert) -> bool:
        """Whether the filter matches an alert."""
        return (
            (not self.offices or alert.office in self.offices)
            and (not self.causes or alert.cause in self.causes)
            and (not self.sides or alert.side in self.sides)
            and (not self.severities or alert.severity in self.severities)
            and (self.officer is None or alert.officer_id == self.officer)
            and (not self.search or self.search in alert.case_id)
        )


class Neighbours(Struct, frozen=True):
    """Where a case stands among the cases of a result.

    Attributes:
        place: Its place, 1 for the first; None when it is not among them.
        cases: The number of cases.
        previous, following: The cases beside it.
    """

    place: int | None
    cases: int
    previous: str | None = None
    following: str | None = None


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

    def beside(self, case_id: str) -> Neighbours:
        """Where a case stands in the order of its first alert here."""
        cases = list(dict.fromkeys(alert.case_id for alert in self.alerts))
        if case_id not in cases:
            return Neighbours(None, len(cases), following=cases[0] if cases else None)
        place = cases.index(case_id)
        return Neighbours(
            place + 1,
            len(cases),
            cases[place - 1] if place else None,
            cases[place + 1] if place + 1 < len(cases) else None,
        )


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
        alerts.sort(key=ORDERS["oldest"])
        if query.order != "oldest" or query.is_reversed:
            alerts.sort(key=ORDERS[query.order], reverse=query.is_reversed)  # stable: equals stay in order of age
        result = LostTrackResult(alerts, len({alert.case_id for alert in alerts}))
        self._last = (tables, tables.version, query, result)
        return result
