"""A docket on which surfaces differ when one counts in its own way: absent officers, unassigned cases, many causes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from schemas.decode import decode, encode_event
from schemas.hot import Event
from schemas.instants import to_ms
from streams.sources.logs import read_events
from tests.builders import (
    address,
    assigned,
    booked,
    closed,
    custody,
    hearing_set,
    in_absentia,
    officer,
    opened,
    received,
    sent,
    trained,
)
from tests.kafka.docket import Docket

__all__ = ["LOSING", "MIXED", "losing_docket"]

LOSING: Final = "ELP"
"""The office of `tests/data/dockets/unassigned-cases.jsonl`: 100 of its 110 cases have no officer."""

MIXED: Final = "HLG"
"""The office of the cases below."""

_UNASSIGNED: Final = Path(__file__).parents[1] / "data" / "dockets" / "unassigned-cases.jsonl"
_LAST: Final = "2026-03-01T23:59:59.999Z"
"""The end of the week 2026-W09 in UTC, which is the zone of both offices: the policy does not name them."""
_PROTECTED: Final = frozenset({"c-0", "c-1", "c-105"})
_BEGAN: Final = "2026-01-06T00:00:00.000Z"


def losing_docket(directory: Path) -> Docket:
    """Write the log: a generated docket of four offices, and the cases of two more."""
    until = to_ms(_LAST)
    generated = Docket.make(directory / "generated", cases=800, days=60)
    events = [*read_events([generated.log]), *_of_losing(), *map(_decoded, _of_mixed())]
    events = sorted((each for each in events if each.recorded_at <= until), key=lambda each: each.recorded_at)
    log = directory / "events.jsonl"
    log.write_bytes(b"".join(encode_event(each) + b"\n" for each in events))
    return Docket(log, until)


def _of_losing() -> Iterator[Event]:
    for record in map(json.loads, _UNASSIGNED.read_text().splitlines()):
        changed = {"office": LOSING}
        if record["type"] == "case_opened":
            changed["protected"] = record["case_id"] in _PROTECTED
        yield _decoded(record | changed)


def _of_mixed() -> Iterator[dict[str, Any]]:
    officers = {"h-1": ("active", 40), "h-2": ("leave", 40), "h-4": ("active", 0), "h-5": ("departed", None)}
    for officer_id, (status, hours) in officers.items():
        yield officer(_BEGAN, officer_id, office=MIXED, status=status, capacity_hours_month=hours)
    yield trained(_BEGAN, "h-6", "2027-01-06T00:00:00.000Z")  # no event and no case says an office
    # h-3 is known by his cases alone
    of = {
        **{f"m-{number:02}": ("h-1", "standard") for number in range(12)},
        **{f"m-{number:02}": ("h-2", "low") for number in range(12, 15)},
        **{f"m-{number:02}": ("h-3", "intensive") for number in range(15, 23)},
        **{f"m-{number:02}": ("h-4", "annual") for number in range(23, 25)},
        "m-25": ("h-5", "standard"),
    }
    for case_id, (officer_id, level) in of.items():
        protected = case_id in ("m-00", "m-05")
        yield opened(_BEGAN, case_id=case_id, office=MIXED, level=level, protected=protected)
        yield assigned(_BEGAN, officer_id, case_id=case_id, office=MIXED)
    for case_id in ("m-00", "m-01", "m-02"):
        yield from _causes_on_every_side(case_id)
    yield custody("2026-02-01T00:00:00.000Z", "detained", case_id="m-03")
    yield closed("2026-02-01T00:00:00.000Z", case_id="m-04")
    for case_id in ("m-05", "m-06"):
        yield sent("2026-01-20T00:00:00.000Z", "ATL", case_id=case_id, from_office=MIXED)
    # their deadlines lie in the last hours of the seventh day: a clock that is hours behind leaves them out
    for case_id in ("m-17", "m-18", "m-19", "m-20"):
        yield sent("2026-02-21T12:00:00.000Z", "ATL", case_id=case_id, from_office=MIXED)
    yield sent("2026-01-20T00:00:00.000Z", "ATL", case_id="m-07", from_office=MIXED)
    yield received("2026-01-22T00:00:00.000Z", "ATL", case_id="m-07")
    for number, case_id in enumerate(("m-08", "m-09", "m-12", "m-15", "m-16")):
        # the deadlines of the first two, of either kind, come within a week; two more come due within a week
        due = f"2026-{('02-26', '02-27', '03-03', '03-08', '03-20')[number]}T15:00:00.000Z"
        yield booked("2026-02-10T00:00:00.000Z", due, case_id=case_id, check_in_id=f"k-{case_id}")
        yield hearing_set("2026-02-10T00:00:00.000Z", due, case_id=case_id, hearing_id=f"x-{case_id}")


def _causes_on_every_side(case_id: str) -> Iterator[dict[str, Any]]:
    """An unacknowledged handoff, mail that comes back, two hearings of each kind of loss, missed check-ins."""
    yield assigned("2026-01-12T00:00:00.000Z", "h-3", case_id=case_id, office=MIXED)
    yield address("2026-01-12T00:00:00.000Z", "undeliverable", case_id=case_id)
    for number in range(4):
        hearing = {"case_id": case_id, "hearing_id": f"x-{case_id}-{number}"}
        yield hearing_set("2026-01-12T00:00:00.000Z", "2026-01-20T15:00:00.000Z", **hearing)
        if number % 2:
            yield in_absentia("2026-01-20T16:00:00.000Z", **hearing)
    for number in range(2):
        due = f"2026-02-{2 + number:02}T15:00:00.000Z"
        yield booked("2026-01-12T00:00:00.000Z", due, case_id=case_id, check_in_id=f"k-{case_id}-{number}")


def _decoded(record: dict[str, Any]) -> Event:
    return decode(json.dumps(record).encode())
