"""The list of records that need a human look: what a filter leaves of it, in which order, a page at a time."""

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
"""How the list can be ordered; `severity` has critical first."""


class LostTrackQuery(Struct, frozen=True):
    """What is looked for; None and an empty text leave all in.

    Attributes:
        causes: Any of these.
        side: On whose side the cause lies.
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

    def keeps(self, alert: CaseAlert) -> bool:
        """Whether an alert is among it."""
        return (
            (self.office is None or alert.office == self.office)
            and (not self.causes or alert.cause in self.causes)
            and (self.side is None or alert.side == self.side)
            and (self.severity is None or alert.severity == self.severity)
            and (self.officer is None or alert.officer_id == self.officer)
            and (not self.search or self.search in alert.case_id)
        )


class LostTrackResult(Struct, frozen=True):
    """What a query found.

    Attributes:
        alerts: All of it, in order.
        cases: How many cases these are.
    """

    alerts: list[CaseAlert]
    cases: int

    @property
    def pages(self) -> int:
        """How many pages; one at least."""
        return max(1, -(-len(self.alerts) // PAGE_ROWS))

    def page(self, number: int) -> list[CaseAlert]:
        """The rows of a page, the first is 0."""
        return self.alerts[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]


class LostTrack:
    """Answers queries, and remembers the last one's answer while the board says nothing new.

    Args:
        board: Asked every time for the board of now.
        with_protected: Whether protected cases are among it.
    """

    def __init__(self, board: Callable[[], OutputTables], *, with_protected: bool) -> None:
        self._board, self._with_protected = board, with_protected
        self._last: tuple[OutputTables, int, LostTrackQuery, LostTrackResult] | None = None

    def find(self, query: LostTrackQuery) -> LostTrackResult:
        """What stands and is looked for."""
        board = self._board()
        if self._last is not None:
            known, version, asked, found = self._last
            if known is board and version == board.version and asked == query:
                return found
        keeps = query.keeps
        alerts = [alert for alert in board.standing(with_protected=self._with_protected) if keeps(alert)]
        alerts.sort(key=ORDERS[query.order])
        found = LostTrackResult(alerts, len({alert.case_id for alert in alerts}))
        self._last = (board, board.version, query, found)
        return found
