"""The records of one case to its events, by the rules of a mapping; every event is read as a consumer would read it."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar, get_args

from schemas import hot
from schemas.decode import Refused, decode
from schemas.events import EVENT_MODELS
from schemas.instants import to_text
from streams.sources.case_order import apart
from streams.sources.converting import at_once
from streams.sources.mapping_coverage import MappingCoverage
from streams.sources.mapping_fields import Reference, Scalar, pattern_of
from streams.sources.mapping_model import OFFICE_FIELDS, Attribute, LogMapping, Rule, third_instant
from streams.sources.missing_events import MissingEvents
from streams.sources.pseudonyms import Pseudonyms
from streams.sources.record_reader import timestamp_reader
from streams.sources.records import SourceRecord
from streams.sources.report import ConversionReport
from streams.sources.times.timestamps import DayFirstError, Timestamp

__all__ = ["CaseMapper", "MappedCaseNote", "RecordNote"]

_T = TypeVar("_T")


class RecordNote(StrEnum):
    """Records that a mapping leaves out or that repeat another."""

    NO_RULE = "no rule is about the record"
    REPEATED = "repeats a record of the case before it: both are read"


class MappedCaseNote(StrEnum):
    """Contradictions among the events of a case."""

    NEVER_OPENED = "never opened: the case raises nothing"
    CLOSED_FIRST = "closed before it was opened"
    RECORDED_AFTER = "closed before its first record, though it was opened before that"


class _GapError(Exception):
    """A record lacks what a rule needs; the text says what, and holds no value."""


class CaseMapper:
    """Applies the rules to one case after the other.

    Args:
        mapping: The rules.
        names: Makes pseudonyms.
        source: `source` of every event.
        report: Counts what is written and what is not.
        present: UTC milliseconds after which nothing has happened; None to skip the check.
    """

    def __init__(
        self,
        mapping: LogMapping,
        names: Pseudonyms,
        source: str,
        report: ConversionReport,
        present: int | None = None,
    ) -> None:
        self._mapping, self._names, self._source, self._report = mapping, names, source, report
        self._timestamps = timestamp_reader(mapping, present)
        self._coverage = MappingCoverage(mapping)
        self._missing = MissingEvents(mapping)
        self._titles = [f"rule {number} ({rule.emit})" for number, rule in enumerate(mapping.events, 1)]

    def events(self, records: Sequence[SourceRecord], *, as_history: bool) -> Sequence[hot.AnyEvent]:
        """The events of a case.

        Args:
            records: All records of one case, by time; at least one.
            as_history: All events get one recorded_at, the latest of them.
        """
        placed = list(self._derive(records))
        apart(placed, records, self._report)
        events = [event for _, event in placed]
        if as_history:
            at_once(events)
        for event in events:
            self._report.events[event.type] += 1
        self._report.cases += bool(events)
        self._missing.see(events)
        self._note_contradictions(events, records)
        return events

    def finish(self) -> None:
        """Note what the mapping names and no record had, and which alerts no record can end."""
        self._coverage.report_gaps(self._report)
        self._missing.report_gaps(self._report)

    def _note_contradictions(self, events: Sequence[hot.AnyEvent], records: Sequence[SourceRecord]) -> None:
        line = records[0].line
        opened = [event.occurred_at for event in events if isinstance(event, hot.CaseOpened)]
        closed = [event.occurred_at for event in events if isinstance(event, hot.CaseClosed)]
        if not opened and any(hasattr(event, "case_id") for event in events):
            self._report.note("cases", MappedCaseNote.NEVER_OPENED, line)
        if opened and closed and min(closed) < min(opened):
            self._report.note("cases", MappedCaseNote.CLOSED_FIRST, line)
        elif opened and closed and min(closed) < records[0].at:
            self._report.note("cases", MappedCaseNote.RECORDED_AFTER, line)
        counts = Counter[object]()
        for record in records:
            what = (record.at, record.activity, record.transition, *sorted(record.own.items()))
            if counts[what]:
                self._report.note("records", RecordNote.REPEATED, record.line)
            counts[what] += 1

    def _derive(self, records: Sequence[SourceRecord]) -> Iterator[tuple[int, hot.AnyEvent]]:
        rules = self._mapping.events
        about = [[place for place, record in enumerate(records) if _is_about(rule, record)] for rule in rules]
        some_rule = {place for places in about for place in places}
        chosen = [_chosen(rule, places) for rule, places in zip(rules, about, strict=True)]
        state = _MappedState(records[0].at)
        for number, places in enumerate(about):
            if places:
                self._coverage.matched(number)
        for place, record in enumerate(records):
            self._coverage.add_record(record)
            if place not in some_rule:
                self._report.note("records", RecordNote.NO_RULE, record.line)
            for number, rule in enumerate(rules):
                if place in chosen[number] and self._is_news(number, rule, record, state):
                    try:
                        yield place, self._event(rule, record, state)
                    except _GapError as gap:
                        self._report.skip(self._titles[number], str(gap), record.line)

    def _is_news(self, number: int, rule: Rule, record: SourceRecord, state: "_MappedState") -> bool:
        """Whether a rule about changes sees one."""
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

    def _forget_officer(self, state: "_MappedState") -> None:
        """The next officer has the case anew, be it the same; what other rules have seen is no matter of this."""
        for number, rule in enumerate(self._mapping.events):
            if rule.emit == "officer_assigned":
                state.seen.pop(number, None)

    def _event(self, rule: Rule, record: SourceRecord, state: "_MappedState") -> hot.AnyEvent:
        occurred = record.at if rule.at is None else self._instant(rule.at, record, self._timestamps.fact)
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
            event = decode(json.dumps(fields).encode())
        except Refused as refused:
            raise _GapError(refused.sentence) from None
        if rule.emit == "officer_unassigned":
            self._forget_officer(state)
        return event

    def _field(self, name: str, rule: Rule, record: SourceRecord, occurred: int) -> Scalar | None:
        if name == "case_id":
            return self._names.case(record.case.encode())
        if name == "officer_id":
            return _required(self._officer(record), "no officer: officer.from has no value, or one of officer.nobody")
        if name in ("check_in_id", "hearing_id"):
            return self._id(name, rule, record)
        if name == third_instant(rule.emit):
            if rule.due_after is not None:
                return to_text(occurred + rule.due_after.milliseconds)
            return to_text(self._instant(_required(rule.due_from, "no due date"), record, self._timestamps.due))
        if name not in rule.set:
            gap = "no office: office.from has no value, and there is no office.default"
            return _required(self._office(record), gap) if name == "office" else None
        return self._set(name, rule, record)

    def _set(self, name: str, rule: Rule, record: SourceRecord) -> Scalar:
        """The value that a rule sets a field to."""
        value = rule.set[name]
        if not isinstance(value, Attribute):
            return value
        own = record.value(value.from_)
        if own is not None and value.values is None:
            return self._office_id(own) if name in OFFICE_FIELDS else _typed(own, name, rule)
        constant = value.default
        if own is not None and value.values is not None:
            constant = value.values.get(own, constant)
        if constant is None:
            why = f"no value of {value.from_}" if own is None else f"the value of {value.from_} is not among values"
            raise _GapError(f"{why}, and {name} has no default")
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

    def _instant(self, reference: Reference, record: SourceRecord, read: Callable[[str], Timestamp | str]) -> int:
        text = _required(record.value(reference), f"no value of {reference}")
        try:
            moment = read(text)
        except DayFirstError:
            raise DayFirstError(str(reference), record.line) from None
        if isinstance(moment, str):
            raise _GapError(f"the value of {reference} {moment}")
        return moment.at


class _MappedState:
    """The state of one case while its records are read.

    Attributes:
        first_at: When its first record was made.
        seen: The value that each rule about changes saw last.
        rows: How often each event was derived.
    """

    __slots__ = ("first_at", "rows", "seen")

    def __init__(self, first_at: int) -> None:
        self.first_at = first_at
        self.seen: dict[int, object] = {}
        self.rows: Counter[str] = Counter()


def _is_about(rule: Rule, record: SourceRecord) -> bool:
    return (
        rule.rows in ("all", "changes" if record.is_change else "log")
        and _matches(rule.activity, record.activity)
        and _matches(tuple(one.lower() for one in rule.transition), record.transition.lower())
        and all(_matches(patterns, record.value(reference) or "") for reference, patterns in rule.conditions)
    )


def _matches(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(pattern_of(pattern).fullmatch(text) for pattern in patterns)


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
