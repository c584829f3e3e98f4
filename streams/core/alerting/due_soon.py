"""Alerts ahead: the deadlines of cases that pass within some days unless something happens (CONTRACT.md §8).

`deadlines_7d` of the load and office records counts these cases; this names them, and what prevents each alert.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from schemas.alerts import CLASS_OF
from streams.core.alerting.case_view import view_of
from streams.core.alerting.causes.definition import Explained
from streams.core.alerting.causes.table import DEFINITIONS
from streams.core.alerting.evidence import CauseEvidence
from streams.core.alerting.explanation import unless
from streams.core.policy.rules import CAUSES, Rules
from streams.core.state.archive import unarchive
from streams.core.state.last_judged import officer_of_record
from streams.core.state.packed_state import next_timer_of, unpack
from streams.core.time.business_days import DAY_MS

__all__ = ["DueSoon", "due_soon"]


class DueSoon(Struct, frozen=True, order=True):
    """The earliest deadline ahead of one case and cause.

    Attributes:
        deadline: When the alert is raised unless something happens (ms).
        case_id: The case.
        cause, cause_class: By name.
        instance: check_in_id or hearing_id, or None.
        office, officer_id: Where the case is, and its officer of record; None without one.
        sentence: Why the cause holds, and what prevents the alert.
        protected: Whether the case is protected.
        within_7d: Whether the deadline lies within seven days of the instant from which the days count.
    """

    deadline: int
    case_id: str
    cause: str
    cause_class: str
    instance: str | None
    office: str | None
    officer_id: str | None
    sentence: str
    protected: bool
    within_7d: bool


_NEVER: Final = 0
_WEEK: Final = 7 * DAY_MS


def due_soon(records: Iterable[tuple[str, bytes]], rules: Rules, clock: int, until: int) -> Iterator[DueSoon]:
    """Find the deadlines after an instant, up to and including another one.

    Args:
        records: (case id, packed state), as judged at `clock`.
        rules: The policy that judged them.
        clock: The instant (ms) after which the deadlines lie.
        until: The last instant (ms).

    Yields:
        One for each case and cause, of several instances the earliest; by case in the order of the records.
    """
    causes = CauseEvidence(rules)
    for case_id, packed in records:
        timer = next_timer_of(packed)
        if timer == _NEVER or timer > until:
            continue  # no deadline of the case is earlier than its timer
        state = unpack(packed)
        unarchive(state)
        view = view_of(state, rules)
        if view is None:
            continue
        earliest: dict[int, tuple[int, str | None, int]] = {}
        for place, instance, anchor, deadline in causes.holding(view):
            if clock < deadline <= until and (place not in earliest or deadline < earliest[place][0]):
                earliest[place] = deadline, instance, anchor
        for place, (deadline, instance, anchor) in earliest.items():
            cause = CAUSES[place]
            why = DEFINITIONS[place].why(view, rules, Explained(instance, anchor, anchor > clock))
            yield DueSoon(
                deadline=deadline,
                case_id=case_id,
                cause=cause,
                cause_class=CLASS_OF[cause],
                instance=instance,
                office=state.office,
                officer_id=officer_of_record(state),
                sentence=f"{why}; comes due {unless(place)}",
                protected=state.protected,
                within_7d=deadline <= clock + _WEEK,
            )
