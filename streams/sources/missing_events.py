"""Events that no record gives, though cases raise alerts until one comes.

A part of the mapping is missing, or the log does not record such things: the alerts say nothing about the people in it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from schemas import hot
from schemas.causes import Cause
from streams.sources.mapping_model import LogMapping
from streams.sources.report import ConversionReport

__all__ = ["MissingEvents", "events_that_end"]

_TABLE: Final = "alerts"
_CONTACT, _APPOINTMENT, _REASSIGNED = "contact", "appointment", "reassigned"
_BAD_ADDRESS, _GOOD_ADDRESS = "bad address", "good address"
"""What the type of an event does not say."""


class _MissingEnd(NamedTuple):
    """Alerts that nothing ends while a log has no event of some kinds.

    Attributes:
        cause: Their cause; None for all.
        raised: Which alerts, as the beginning of a sentence.
        where: What a case has that raises them.
        ends: What ends them, or keeps them from being raised.
        emit: Types of events that do so, the usual one first.
        condition: What such an event must say, where that matters.
    """

    cause: Cause | None
    raised: str
    where: str
    ends: tuple[str, ...]
    emit: tuple[str, ...]
    condition: str = ""


_MISSING_ENDS: Final = (
    _MissingEnd(
        Cause.NO_OFFICER, "no_officer in every open case", "case_opened", ("officer_assigned",), ("officer_assigned",)
    ),
    _MissingEnd(
        Cause.NO_CONTACT,
        "no_contact in every open case without a booking",
        "case_opened",
        (_CONTACT,),
        ("check_in_completed", "hearing_held"),
        ' (appeared = "yes")',
    ),
    _MissingEnd(
        Cause.NOTHING_SCHEDULED,
        "nothing_scheduled in every open case",
        "case_opened",
        (_APPOINTMENT,),
        ("check_in_completed", "check_in_scheduled", "hearing_scheduled"),
    ),
    _MissingEnd(
        Cause.CHECK_IN_OVERDUE,
        "check_in_overdue for every booking",
        "check_in_scheduled",
        (_CONTACT, "check_in_cancelled"),
        ("check_in_completed", "check_in_cancelled"),
    ),
    _MissingEnd(
        Cause.HEARING_UNRESOLVED,
        "hearing_unresolved for every hearing",
        "hearing_scheduled",
        ("hearing_held", "hearing_missed", "hearing_adjourned", "hearing_cancelled"),
        ("hearing_held", "hearing_missed", "hearing_adjourned", "hearing_cancelled"),
    ),
    _MissingEnd(
        Cause.HEARING_MISSED,
        "hearing_missed for every missed hearing, without end",
        "hearing_missed",
        (_CONTACT, "order_rescinded"),
        ("check_in_completed", "order_rescinded"),
    ),
    _MissingEnd(
        Cause.IN_TRANSIT,
        "in_transit after every transfer",
        "transferred_out",
        ("transferred_in", "officer_assigned"),
        ("transferred_in", "officer_assigned"),
    ),
    _MissingEnd(
        Cause.HANDOFF_STALLED,
        "handoff_stalled after every change of officer",
        _REASSIGNED,
        ("assignment_acknowledged", _CONTACT),
        ("assignment_acknowledged", "check_in_completed"),
    ),
    _MissingEnd(
        Cause.NOTICE_UNDELIVERABLE,
        "notice_undeliverable after every bad address, without end",
        _BAD_ADDRESS,
        (_GOOD_ADDRESS,),
        ("address_changed",),
        ' (status = "valid")',
    ),
    _MissingEnd(
        None, "alerts of cases that stay open for ever", "case_opened", ("case_closed",), ("case_closed",)
    ),
)  # fmt: skip
_RAISING: Final = frozenset(one.where for one in _MISSING_ENDS)


class MissingEvents:
    """Counts the cases that raise alerts for want of events.

    Args:
        mapping: The mapping.
    """

    def __init__(self, mapping: LogMapping) -> None:
        self._mapping = mapping
        self._given: set[str] = set()
        self._cases: Counter[str] = Counter()

    def see(self, events: Sequence[hot.AnyEvent]) -> None:
        """Remember what the events of a case say."""
        facts = set(_facts(events))
        self._given |= facts
        for fact in facts & _RAISING:
            self._cases[fact] += 1

    def report_gaps(self, report: ConversionReport) -> None:
        """Note each kind of alert that nothing in the log ends, with the number of cases and the key to set."""
        for one in _MISSING_ENDS:
            if self._cases[one.where] and not self._given.intersection(one.ends):
                reason = f"{one.raised}: no record gives {_listed(one)}; {self._key(one)}"
                report.note(_TABLE, reason, count=self._cases[one.where])

    def _key(self, missing: _MissingEnd) -> str:
        """Which part of the mapping reads such events, or would."""
        officer = self._mapping.officer
        is_of_officers = missing.emit[0] in ("officer_assigned", "assignment_acknowledged")
        if is_of_officers and officer is None:
            return f'an [officer] table and a rule with emit = "{missing.emit[0]}" would read them'
        numbers = [
            f"rule {number} ({rule.emit})"
            for number, rule in enumerate(self._mapping.events, 1)
            if rule.emit in missing.emit
        ]
        if not numbers:
            return f'a rule with emit = "{missing.emit[0]}" would read them'
        tables = [f"officer.from ({officer.from_})"] if is_of_officers and officer is not None else []
        return f"look at {', '.join([*tables, *numbers])}"


def events_that_end(cause: str) -> str:
    """The types of events that end alerts of a cause, as a list in words; empty for a cause of officers."""
    return next((_listed(one) for one in _MISSING_ENDS if one.cause == cause), "")


def _listed(missing: _MissingEnd) -> str:
    *others, last = missing.emit
    return (f"{', '.join(others)} or {last}" if others else last) + missing.condition


def _facts(events: Sequence[hot.AnyEvent]) -> Iterator[str]:
    officers = set()
    for event in events:
        yield event.type
        if isinstance(event, hot.OfficerAssigned):
            officers.add(event.officer_id)
        elif isinstance(event, hot.AddressChanged):
            yield _GOOD_ADDRESS if event.status == "valid" else _BAD_ADDRESS
        elif isinstance(event, hot.CheckInCompleted) or (
            isinstance(event, hot.HearingHeld) and event.appeared == "yes"
        ):
            yield _CONTACT
        if event.type.startswith(("check_in_", "hearing_")):
            yield _APPOINTMENT
    if len(officers) > 1:
        yield _REASSIGNED
