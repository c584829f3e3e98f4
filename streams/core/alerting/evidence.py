"""The causes that a policy enables (CONTRACT.md §4): what holds for a case, and the events that show it."""

from schemas.instants import AFTER_ALL_TIME
from streams.core.alerting.case_view import CauseConditions, Holding, OpenCaseView
from streams.core.alerting.causes.table import DEFINITIONS
from streams.core.policy.rules import Rules
from streams.core.state.archive import unarchive
from streams.core.state.case_state import CaseState

__all__ = ["CauseEvidence", "Holding"]


class CauseEvidence:
    """The causes that a policy enables.

    Args:
        rules: The policy.

    Attributes:
        conditions: Their conditions.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.conditions = CauseConditions(rules.enabled)

    def due(self, view: OpenCaseView, at: int) -> tuple[list[Holding], int]:
        """Every (cause, instance, anchor, deadline) that holds for an open case and is due at an instant (ms).

        Returns:
            Those, in contract order, and the earliest deadline after it (ms), 0 when there is none.
        """
        return self.conditions.due(view, self._rules.terms(view.state.office), at)

    def holding(self, view: OpenCaseView) -> list[Holding]:
        """Every one that holds, due or not."""
        return self.due(view, AFTER_ALL_TIME)[0]

    def evidence(self, state: CaseState, cause: int, instance: str | None, anchor: int) -> list[str]:
        """Sorted ids of the events whose value is the anchor of an alert."""
        unarchive(state)
        sources = DEFINITIONS[cause].sources(state, instance, self._rules)
        return sorted({event_id for value, event_id in sources if value == anchor})
