"""Short functions for tests: instants such as "day 3 10:00", one function per event type, policies with one cause.

Day 1 is Monday 2 March 2026. The office of the events is in no policy, so their days are UTC days; March 2026 has no
federal holiday.
"""

from __future__ import annotations

import itertools
import re
from datetime import date
from typing import Any

from schemas.policy import Policy
from tests.oracle.facts import instant, text

__all__ = [
    "DAY_ONE",
    "acknowledged",
    "address",
    "adjourned",
    "assigned",
    "booked",
    "cancelled",
    "checked_in",
    "closed",
    "custody",
    "event",
    "hearing_cancelled",
    "hearing_set",
    "held",
    "in_absentia",
    "level",
    "missed",
    "ms",
    "officer",
    "only",
    "opened",
    "policy",
    "received",
    "reopened",
    "rescinded",
    "sent",
    "trained",
    "unassigned",
    "when",
]

DAY_ONE = "2026-03-02"
CAUSES_WITH_AFTER = (
    "no_officer",
    "in_transit",
    "handoff_stalled",
    "nothing_scheduled",
    "notice_undeliverable",
    "hearing_unresolved",
)
CAUSES = (*CAUSES_WITH_AFTER, "check_in_overdue", "hearing_missed", "no_contact")
RELATIVE = re.compile(r"day (-?\d+)(?: (\d\d:\d\d)(:\d\d(?:\.\d{3})?)?)?")
_numbers = itertools.count(1)


def ms(moment: str | int, day_one: str = DAY_ONE) -> int:
    """Return the milliseconds of "day 3 10:00", "day 3 10:00:00.001" (UTC) or of an RFC 3339 instant."""
    if isinstance(moment, int):
        return moment
    found = RELATIVE.fullmatch(moment)
    if found is None:
        return instant(moment)
    clock = (found[2] or "00:00") + (found[3] or ":00")
    return instant(f"{day_one}T{clock}Z") + (int(found[1]) - 1) * 86_400_000


def when(moment: str | int, day_one: str = DAY_ONE) -> str:
    """Return the same instant as a record has it: RFC 3339 UTC, 3 decimals, Z."""
    return text(ms(moment, day_one))


def event(
    kind: str, at: str | int, /, *, day_one: str = DAY_ONE, known: str | int | None = None, **fields: Any
) -> dict:
    """Return an event that occurred `at` and was recorded at `known`, by default at once."""
    for name in fields.keys() & {"due_at", "valid_until"}:
        fields[name] = when(fields[name], day_one)
    common = {
        "v": 1,
        "event_id": f"e{next(_numbers):06d}",
        "type": kind,
        "occurred_at": when(at, day_one),
        "recorded_at": when(at if known is None else known, day_one),
        "source": "feed",
    }
    if kind not in ("officer_updated", "training_completed", "clock"):
        common["case_id"] = "case-A"
    return common | fields


def opened(at: str | int, **fields: Any) -> dict:
    """Return a case_opened of the standard level."""
    return event("case_opened", at, **{"office": "UTC-1", "level": "standard"} | fields)


def closed(at: str | int, **fields: Any) -> dict:
    """Return a case_closed."""
    return event("case_closed", at, **{"reason": "other"} | fields)


def reopened(at: str | int, **fields: Any) -> dict:
    """Return a case_reopened."""
    return event("case_reopened", at, **fields)


def level(at: str | int, to: str, **fields: Any) -> dict:
    """Return a supervision_changed."""
    return event("supervision_changed", at, level=to, **fields)


def custody(at: str | int, to: str, **fields: Any) -> dict:
    """Return a custody_changed."""
    return event("custody_changed", at, custody=to, **fields)


def address(at: str | int, status: str, **fields: Any) -> dict:
    """Return an address_changed."""
    return event("address_changed", at, status=status, **fields)


def booked(at: str | int, due: str | int, **fields: Any) -> dict:
    """Return a check_in_scheduled."""
    return event("check_in_scheduled", at, due_at=due, **{"check_in_id": "k1", "channel": "office"} | fields)


def checked_in(at: str | int, check_in_id: str | None = None, **fields: Any) -> dict:
    """Return a check_in_completed, by default one that names no booking."""
    return event("check_in_completed", at, check_in_id=check_in_id, **{"channel": "office"} | fields)


def missed(at: str | int, **fields: Any) -> dict:
    """Return a check_in_missed."""
    return event("check_in_missed", at, **{"check_in_id": "k1"} | fields)


def cancelled(at: str | int, by: str, **fields: Any) -> dict:
    """Return a check_in_cancelled."""
    return event("check_in_cancelled", at, by=by, **{"check_in_id": "k1"} | fields)


def hearing_set(at: str | int, due: str | int, **fields: Any) -> dict:
    """Return a hearing_scheduled."""
    return event("hearing_scheduled", at, due_at=due, **{"hearing_id": "h1", "kind": "master"} | fields)


def adjourned(at: str | int, **fields: Any) -> dict:
    """Return a hearing_adjourned."""
    return event("hearing_adjourned", at, **{"hearing_id": "h1", "by": "court"} | fields)


def held(at: str | int, appeared: str, **fields: Any) -> dict:
    """Return a hearing_held."""
    return event("hearing_held", at, appeared=appeared, **{"hearing_id": "h1"} | fields)


def in_absentia(at: str | int, **fields: Any) -> dict:
    """Return a hearing_missed."""
    return event("hearing_missed", at, **{"hearing_id": "h1"} | fields)


def hearing_cancelled(at: str | int, **fields: Any) -> dict:
    """Return a hearing_cancelled."""
    return event("hearing_cancelled", at, **{"hearing_id": "h1"} | fields)


def rescinded(at: str | int, **fields: Any) -> dict:
    """Return an order_rescinded."""
    return event("order_rescinded", at, **{"hearing_id": "h1"} | fields)


def assigned(at: str | int, to: str, **fields: Any) -> dict:
    """Return an officer_assigned."""
    return event("officer_assigned", at, officer_id=to, **{"office": "UTC-1"} | fields)


def unassigned(at: str | int, **fields: Any) -> dict:
    """Return an officer_unassigned."""
    return event("officer_unassigned", at, **fields)


def acknowledged(at: str | int, by: str, **fields: Any) -> dict:
    """Return an assignment_acknowledged."""
    return event("assignment_acknowledged", at, officer_id=by, **fields)


def sent(at: str | int, to: str, **fields: Any) -> dict:
    """Return a transferred_out."""
    return event("transferred_out", at, to_office=to, **{"from_office": "UTC-1"} | fields)


def received(at: str | int, office: str, **fields: Any) -> dict:
    """Return a transferred_in."""
    return event("transferred_in", at, office=office, **fields)


def officer(at: str | int, officer_id: str, **fields: Any) -> dict:
    """Return an officer_updated."""
    return event("officer_updated", at, officer_id=officer_id, **{"office": "UTC-1", "status": "active"} | fields)


def trained(at: str | int, officer_id: str, until: str | int, **fields: Any) -> dict:
    """Return a training_completed."""
    return event("training_completed", at, officer_id=officer_id, valid_until=until, **{"course": "c1"} | fields)


def policy(**tables: Any) -> Policy:
    """Return a policy of the defaults and these tables."""
    return Policy.model_validate({"name": "test", "version": "1", "review_by": date(2030, 1, 1), **tables})


def only(*causes: str, after: str | None = None, escalate_after: str = "1000d", **tables: Any) -> Policy:
    """Return a policy with these causes only."""
    rows: dict[str, dict[str, Any]] = {}
    for cause in CAUSES:
        rows[cause] = {"enabled": cause in causes, "escalate_after": escalate_after}
        if after is not None and cause in CAUSES_WITH_AFTER:
            rows[cause]["after"] = after
    return policy(causes=rows, **tables)
