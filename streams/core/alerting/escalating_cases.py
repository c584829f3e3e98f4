"""The earliest deadline of cases that may wait for an alert to become critical, worked out anew at a restore.

The timer of a case says when it is judged next: at a deadline, or when an alert that stands becomes critical. Where the
latter comes first, the timer hides the deadline, and the state does not keep it.
"""

from collections.abc import Mapping

from streams.core.alerting.case_view import view_of
from streams.core.alerting.evidence import CauseEvidence
from streams.core.load.restore_counts import NO_OFFICER, RestoreCounts
from streams.core.policy.rules import Rules
from streams.core.state.last_judged import counted_of
from streams.core.state.packed_state import unpack

__all__ = ["count_escalating"]


def count_escalating(
    totals: RestoreCounts, cases: Mapping[str, bytes], rules: Rules, causes: CauseEvidence
) -> dict[str, int]:
    """Add the earliest deadlines of `totals.escalating` to it.

    Args:
        totals: Of these cases.
        cases: Packed states by case id.
        rules: The policy.
        causes: Its causes.

    Returns:
        By case id, the deadlines (ms; 0 for none) that are another instant than the timer's.
    """
    deadlines = {}
    for case_id in totals.escalating:
        state = unpack(cases[case_id])
        counted, view = counted_of(state), view_of(state, rules)
        if counted is None or view is None:
            continue
        # every deadline before the timer's instant has passed, or the timer would be set to it
        deadline = causes.due(view, state.next_timer - 1)[1] if state.next_timer else 0
        if deadline:
            totals.officers[counted.officer or NO_OFFICER].cells[counted.office].deadlines.append(deadline)
        if deadline != state.next_timer:
            deadlines[case_id] = deadline
    return deadlines
