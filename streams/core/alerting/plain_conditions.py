"""The conditions of CONTRACT.md §4 of an open case, each from the file of its cause, in contract order."""

from collections.abc import Sequence

from streams.core.alerting.causes.definition import Holding
from streams.core.alerting.causes.plain_case_view import OpenCaseView
from streams.core.alerting.causes.table import DEFINITIONS
from streams.core.policy.rules import Terms

__all__ = ["CauseConditions", "Holding"]


class CauseConditions:
    """The conditions of the causes that are enabled.

    Args:
        enabled: Whether each is, in contract order.
    """

    def __init__(self, enabled: Sequence[bool]) -> None:
        self._finds = tuple(each.find for each, is_enabled in zip(DEFINITIONS, enabled, strict=True) if is_enabled)

    def due(self, view: OpenCaseView, terms: Terms, at: int) -> tuple[list[Holding], int]:
        """The conditions that hold at an instant.

        Args:
            view: The case.
            terms: The durations as they run at its office.
            at: The instant (ms).

        Returns:
            What holds with a deadline up to then, in contract order, and the earliest deadline after it (ms), 0 when
            there is none.
        """
        found: list[Holding] = []
        for find in self._finds:
            find(view, terms, found)
        due: list[Holding] = []
        next_timer = 0
        for holding in found:
            deadline = holding[3]
            if deadline <= at:
                due.append(holding)
            elif not next_timer or deadline < next_timer:
                next_timer = deadline
        return due, next_timer
