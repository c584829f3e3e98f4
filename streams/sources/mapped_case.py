"""The records of one case to its events, by the rules of a mapping; every event is read as a consumer would read it."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, TypeVar, get_args

from schemas import hot
from schemas.decode import Refused, decode
from schemas.events import EVENT_MODELS
from schemas.instants import to_text
from streams.sources.converting import at_once
from streams.sources.local_time import LocalTime, parse_timestamp
from streams.sources.mapping_fields import Reference, Scalar
from streams.sources.mapping_model import Attribute, LogMapping, Rule, third_instant
from streams.sources.pseudonyms import Pseudonyms
from streams.sources.records import SourceRecord
from streams.sources.report import ConversionReport

__all__ = ["CaseMapper", "RecordNote"]

_T = TypeVar("_T")
_OFFICES: Final = ("office", "from_office", "to_office")


class RecordNote(StrEnum):
    """What a mapping leaves out."""

    NO_RULE = "no rule is about the record"


class _GapError(Exception):
    """A record lacks what a rule needs; the text says what, and holds no value."""


class CaseMapper:
    """Applies the rules to one case after the other.

    Args:
        mapping: The rules.
        names: Makes pseudonyms.
        source: `source` of every event.
        report: Counts what is written and what is not.
    """

    def __init__(self, mapping: LogMapping, names: Pseudonyms, source: str, report: ConversionReport) -> None:
        self._mapping, self._names, self._source, self._report = mapping, names, source, report
        self._local = LocalTime(mapping.timezone)
        self._titles = [f"rule {number} ({rule.emit})" for number, rule in enumerate(mapping.events, 1)]

    def events(self, records: Sequence[SourceRecord], *, as_history: bool) -> Sequence[hot.AnyEvent]:
        """The events of a case.

        Args:
            records: All records of one case, by time; at least one.
            as_history: All events get one recorded_at, the latest of them.
        """
        events = list(self._tell(records))
        if as_history:
            at_once(events)
        for event in events:
            self._report.events[event.type] += 1
        self._report.cases += bool(events)
        return events

    def _tell(self, records: Sequence[SourceRecord]) -> Iterator[hot.AnyEvent]:
        rules = self._mapping.events
        about = [[place for place, record in enumerate(records) if _is_about(rule, record)] for rule in rules]
        some_rule = {place for places in about for place in places}
        chosen = [_chosen(rule, places) for rule, places in zip(rules, about, strict=True)]
        state = _MappedState(records[0].at)
        for place, record in enumerate(records):
            if place not in some_rule:
                self._report.note("records", RecordNote.NO_RULE, record.line)
            for number, rule in enumerate(rules):
                if place in chosen[number] and self._is_news(number, rule, record, state):
                    try:
                        yield self._event(rule, record, state)
                    except _GapError as gap:
                        self._report.skip(self._titles[number], str(gap), record.line)

    def _is_news(self, number: int, rule: Rule, record: SourceRecord, state: "_MappedState") -> bool:
        """Whether a rule about changes sees one."""
        if rule.emit == "officer_unassigned":
            state.seen.clear()  # the next officer has it anew
        if rule.on != "change":
            return True
        if rule.of is not None:
            value: object = record.value(rule.of)
        else:
            officer = self._officer(record)
            value = None if officer is None else (officer, self._office(record))
        if value is None or state.seen.get(number) == value:
            return False
        state.seen[number] = value
        return True

    def _event(self, rule: Rule, record: SourceRecord, state: "_MappedState") -> hot.AnyEvent:
        occurred = record.at if rule.at is None else self._instant(rule.at, record)
        recorded = max(occurred, state.first_at if rule.known == "then" else record.at)
        row = "\0".join((rule.emit, record.case, str(record.at), record.activity, record.transition, rule.id or ""))
        state.rows[row] += 1  # the same thing done twice at the same time is two events
        fields: dict[str, Scalar | None] = {
            "v": 1,
            "type": rule.emit,
            "event_id": self._names.event(f"{row}\0{state.rows[row]}".encode()),
            "occurred_at": to_text(occurred),
            "recorded_at": to_text(recorded),
            "source": self._source,
        }
        for name in EVENT_MODELS[rule.emit].model_fields:
            if name not in fields:
                value = self._field(name, rule, record, occurred)
                if value is not None or EVENT_MODELS[rule.emit].model_fields[name].is_required():
                    fields[name] = value
        try:
            return decode(json.dumps(fields).encode())
        except Refused as refused:
            raise _GapError(refused.sentence) from None

    def _field(self, name: str, rule: Rule, record: SourceRecord, occurred: int) -> Scalar | None:
        if name == "case_id":
            return self._names.case(record.case.encode())
        if name == "officer_id":
            return _required(self._officer(record), "no officer that is one")
        if name in ("check_in_id", "hearing_id"):
            return self._id(name, rule, record)
        if name == third_instant(rule.emit):
            if rule.due_after is not None:
                return to_text(occurred + rule.due_after.milliseconds)
            return to_text(self._instant(_required(rule.due_from, "no due date"), record))
        if name not in rule.set:
            return _required(self._office(record), "no office") if name == "office" else None
        return self._set(name, rule, record)

    def _set(self, name: str, rule: Rule, record: SourceRecord) -> Scalar:
        """The value that a rule sets a field to."""
        value = rule.set[name]
        if not isinstance(value, Attribute):
            return value
        own = record.value(value.from_)
        if own is not None and value.values is None:
            return self._office_id(own) if name in _OFFICES else _typed(own, name, rule)
        constant = value.default
        if own is not None and value.values is not None:
            constant = value.values.get(own, constant)
        if constant is None:
            raise _GapError(f"no value for {name}, and no default")
        return constant

    def _id(self, name: str, rule: Rule, record: SourceRecord) -> str | None:
        make = self._names.hearing if name == "hearing_id" else self._names.check_in
        if rule.id is not None:
            return make(f"{record.case}\0named\0{rule.id}".encode())
        if rule.id_from is not None:
            own = _required(record.value(rule.id_from), f"no value of {rule.id_from}")
            return make(f"{record.case}\0own\0{own}".encode())
        if rule.emit == "check_in_completed":
            return None
        return make(f"{record.case}\0record\0{record.at}\0{record.activity}".encode())

    def _officer(self, record: SourceRecord) -> str | None:
        officers = self._mapping.officer
        value = None if officers is None else record.value(officers.from_)
        if value is None or officers is None or value in officers.nobody:
            return None
        return self._names.officer(value.encode())

    def _office(self, record: SourceRecord) -> str | None:
        offices = self._mapping.office
        if offices is None:
            return None
        value = None if offices.from_ is None else record.value(offices.from_)
        return offices.default if value is None else self._office_id(value)

    def _office_id(self, value: str) -> str:
        names = self._mapping.office.names if self._mapping.office is not None else {}
        return names.get(value) or self._names.office(value.encode())

    def _instant(self, reference: Reference, record: SourceRecord) -> int:
        text = _required(record.value(reference), f"no value of {reference}")
        return _required(
            parse_timestamp(text, self._local, self._mapping.log.timestamp_format),
            f"the value of {reference} is no date and time of the years 1900 to 9999",
        )


class _MappedState:
    """What is known of one case while its records are gone through.

    Attributes:
        first_at: When its first record was made.
        seen: The value that each rule about changes saw last.
        rows: How often each event was told.
    """

    __slots__ = ("first_at", "rows", "seen")

    def __init__(self, first_at: int) -> None:
        self.first_at = first_at
        self.seen: dict[int, object] = {}
        self.rows: Counter[str] = Counter()


def _is_about(rule: Rule, record: SourceRecord) -> bool:
    return (
        _matches(rule.activity, record.activity)
        and _matches(tuple(one.lower() for one in rule.transition), record.transition.lower())
        and all(_matches(patterns, record.value(reference) or "") for reference, patterns in rule.conditions)
    )


def _matches(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


def _chosen(rule: Rule, places: Sequence[int]) -> Collection[int]:
    if rule.on == "first":
        return places[:1]
    return places[-1:] if rule.on == "last" else frozenset(places)


def _typed(text: str, name: str, rule: Rule) -> Scalar:
    """The text of an attribute as the number, or as true or false, that a field is."""
    annotation = EVENT_MODELS[rule.emit].model_fields[name].annotation
    words = get_args(annotation)
    if annotation is str or (words and all(isinstance(word, str) for word in words)):
        return text
    try:
        value = json.loads(text.lower())
    except ValueError:
        value = None
    return _required(value if isinstance(value, bool | int | float) else None, f"the value of {name} is no number")


def _required(value: _T | None, gap: str) -> _T:
    if value is None:
        raise _GapError(gap)
    return value
