"""How many more cases an officer may get before `intake_too_fast` holds (CONTRACT.md §10)."""

from typing import Final

from schemas.alerts import OfficerCause
from schemas.loads import Load
from streams.core.officers.open_case_history import LOOK_BACK_MS
from streams.core.officers.state.rules import OFFICER_CAUSES, OfficerRules
from streams.core.officers.table import OfficerTable
from streams.core.policy.rules import Rules

__all__ = ["IntakeLimits"]

_INTAKE: Final = OFFICER_CAUSES.index(OfficerCause.INTAKE_TOO_FAST)


class IntakeLimits:
    """The limits of all officers as of one instant.

    Args:
        rules: The policy.
        table: The officers; every period end up to the instant is judged.
        at: The instant (ms).
    """

    def __init__(self, rules: Rules, table: OfficerTable, at: int) -> None:
        self._rules, self._table, self._at = OfficerRules(rules), table, at
        first = table.first
        self._is_judged = self._rules.enabled[_INTAKE] and first is not None and at >= first + LOOK_BACK_MS

    def left(self, load: Load) -> int | None:
        """How many more cases may reach an officer at the instant; None where nothing limits it.

        They cause no `intake_too_fast`, now or within the next 30 days, if in these days no more other cases come than
        in the 30 days before. Nothing limits it where the policy disables the cause, and in the first 30 days of a log,
        for which nothing is known to compare with.

        Args:
            load: The officer's as of the instant.
        """
        if not self._is_judged:
            return None
        least = self._table.least_open_cases(load.officer_id, self._at - LOOK_BACK_MS)
        return max(0, self._rules.most_assigned(least) - load.assigned_30d)
