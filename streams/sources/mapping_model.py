"""A mapping as a model: which attribute of a log is case, officer and office, and which record is what event.

A reference names an attribute of a record. In an XES log `trace:NAME` is one of the trace, `event:NAME` one of the
event, and a bare name is the event's or, where that has none, the trace's (but for activity, timestamp and transition,
which are the event's); an attribute inside another is `OUTER/NAME`. In a CSV log a reference is the name of a column.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from schemas.events import EVENT_MODELS, OfficerEvent
from schemas.policy_fields import TimeZone
from streams.sources.mapping_fields import (
    Constant,
    Day,
    Delimiter,
    Emitted,
    Encoding,
    Id,
    OfficeName,
    OwnRef,
    Quote,
    Ref,
    Reference,
    Scalar,
    SourceName,
    Span,
    Switch,
    Text,
    Texts,
    TimestampPattern,
    Words,
    one_of,
    reference,
    some_rules,
    wrong,
)

__all__ = [
    "OFFICE_FIELDS",
    "TABLE_TAG",
    "VALUE_TAG",
    "Attribute",
    "Changes",
    "LogMapping",
    "OfficeMapping",
    "OfficerMapping",
    "Rule",
    "Source",
    "third_instant",
]

_COMMON: Final = ("v", "event_id", "type", "occurred_at", "recorded_at", "source", "case_id", "officer_id")
OFFICE_FIELDS: Final = ("office", "from_office", "to_office")
"""Fields that hold an office."""
_THIRD: Final = ("due_at", "valid_until")
_IDS: Final = ("check_in_id", "hearing_id")
_OWN_ID: Final = ("check_in_scheduled", "hearing_scheduled", "check_in_completed")


class _MappingTable(BaseModel):
    """One table of a mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_MappingTable):
    """How records are read.

    Attributes:
        case: Whose record it is.
        activity: What was done.
        timestamp: When.
        timestamp_format: A `strptime` pattern, where timestamps have none of the forms that are found without one.
        earliest: Facts dated before this day are noted and left out.
        latest: Facts dated after this day are noted and left out; the day after the present if there is none.
        transition: Lifecycle transition, where there is one.
        transitions: Only records with one of these are read, in any case of their letters; none means all.
        empty: Texts that stand for no value, in any case of their letters.
        delimiter: What stands between the values of a CSV log.
        encoding: Of a CSV log, as Python names it.
        quote: What stands around a value of a CSV log; "" where quotes mean nothing.
    """

    case: Ref
    activity: OwnRef
    timestamp: OwnRef
    timestamp_format: TimestampPattern | None = None
    earliest: Day = date(1970, 1, 1)
    latest: Day | None = None
    transition: OwnRef | None = None
    transitions: Texts = ()
    empty: Words = ("NULL", "None", "N/A", "nan")
    delimiter: Delimiter = ","
    encoding: Encoding = "utf-8-sig"
    quote: Quote = '"'


class Changes(_MappingTable):
    """How rows are read that say what became of one field, such as those of an audit or a changelog.

    A CSV file that has the column `field` is one of them. The activity of its rows is the name of the field, and every
    record of a case, of the log too, has the values that the case had when the record was made.

    Attributes:
        field: Column with the name of the field.
        value: Column with its new value.
        old: Column with its old value; without it, nothing is known of a field before its first change.
        case: Column with the case; that of `log` when left out.
        timestamp: Column with the time; that of `log` when left out.
        fields: The log's column for the name of a field, where they differ.
    """

    field: Ref
    value: Ref
    old: Ref | None = None
    case: Ref | None = None
    timestamp: OwnRef | None = None
    fields: Mapping[str, Text] = {}

    def references(self, log: Source) -> set[Reference]:
        """Every column that a file of changes must have."""
        found = {self.field, self.value, self.case or log.case, self.timestamp or log.timestamp}
        return found if self.old is None else found | {self.old}


class OfficeMapping(_MappingTable):
    """Which office a record belongs to.

    Attributes:
        from_: The attribute.
        names: Office ids for its values, which the policy gives time zones to. Other values become pseudonyms.
        default: Office of a record without a value.
    """

    from_: Ref | None = Field(default=None, alias="from")
    names: Mapping[str, OfficeName] = {}
    default: OfficeName | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.from_ is None and self.default is None:
            raise wrong("needs from (an attribute), default (an office id), or both")
        return self


class OfficerMapping(_MappingTable):
    """Which officer a record names.

    Attributes:
        from_: The attribute.
        nobody: Values that name no person, such as a system account.
    """

    from_: Ref = Field(alias="from")
    nobody: Texts = ()


class Attribute(_MappingTable):
    """A field whose value an attribute holds.

    Attributes:
        from_: The attribute.
        values: What its values become; without it they are taken as they are.
        default: For a record without a value, or with one that is not in `values`.
    """

    from_: Ref = Field(alias="from")
    values: Mapping[str, Constant] | None = None
    default: Constant | None = None

    def constants(self) -> Iterator[tuple[tuple[str, ...], Scalar]]:
        """Every value that the mapping itself names, and the path to it."""
        for key, value in (self.values or {}).items():
            yield ("values", key), value
        if self.default is not None:
            yield ("default",), self.default


VALUE_TAG: Final = "<value>"
TABLE_TAG: Final = "<table>"
FieldValue = Annotated[
    Annotated[Constant, Tag(VALUE_TAG)] | Annotated[Attribute, Tag(TABLE_TAG)],
    Discriminator(lambda value: TABLE_TAG if isinstance(value, dict | Attribute) else VALUE_TAG),
]


class Rule(_MappingTable):
    """Which record is what event.

    Attributes:
        emit: Type of the event.
        rows: Only those of the `log`, only those of `changes`, or `all`.
        on: Each record that matches, only the first or last of a case, or each at which `of` is another than before.
        of: For `change`; officer_assigned looks at officer and office when there is none.
        activity: Patterns that the record matches (`*` and `?` are special); none means all.
        transition: The same of its lifecycle transition, in any case of their letters.
        where: Values, as patterns, of other attributes.
        at: Attribute with occurred_at; the record's timestamp if there is none.
        known: recorded_at is that of the `record`, or that of `at` (`then`), though not before the case's first record.
        due_after: due_at or valid_until is so long after occurred_at, such as "36h".
        due_from: Attribute with due_at or valid_until.
        id: Which check-in or hearing of the case: a name of your own.
        id_from: Attribute that says which check-in or hearing of the case.
        set: The other fields: a value, or a table with `from`.
    """

    emit: Emitted
    on: Annotated[Literal["each", "first", "last", "change"], one_of("each", "first", "last", "change")] = "each"
    rows: Annotated[Literal["all", "log", "changes"], one_of("all", "log", "changes")] = "all"
    of: Ref | None = None
    activity: Texts = ()
    transition: Texts = ()
    where: Mapping[str, Texts] = {}
    at: Ref | None = None
    known: Annotated[Literal["record", "then"], one_of("record", "then")] = "record"
    due_after: Span | None = None
    due_from: Ref | None = None
    id: Text | None = None
    id_from: Ref | None = None
    set: Mapping[str, FieldValue] = {}

    @model_validator(mode="after")
    def _fits_its_event(self) -> Self:
        fields = EVENT_MODELS[self.emit].model_fields
        own_id = next((name for name in _IDS if name in fields), None)
        named = sum(one is not None for one in (self.id, self.id_from))
        if named > (0 if own_id is None else 1):
            raise wrong(
                "takes id or id_from, not both" if own_id else f"{self.emit} has no id: take id and id_from away"
            )
        if own_id is not None and not named and self.emit not in _OWN_ID:
            raise wrong(f"needs id or id_from: which {own_id.removesuffix('_id')} of the case {self.emit} is about")
        third = third_instant(self.emit)
        spans = sum(one is not None for one in (self.due_after, self.due_from))
        if spans != (0 if third is None else 1):
            raise wrong(
                f"needs due_after or due_from, one of them: it is the {third} of {self.emit}"
                if third
                else f"{self.emit} has no due date: take due_after and due_from away"
            )
        if self.on == "change" and self.of is None and self.emit != "officer_assigned":
            raise wrong("needs of: the attribute that changes", "on")
        if self.known == "then" and self.at is None:
            raise wrong("needs at: the attribute with the time", "known")
        self._check_fields(fields)
        return self

    def _check_fields(self, fields: Mapping[str, object]) -> None:
        settable = [name for name in fields if name not in (*_COMMON, *_THIRD, *_IDS)]
        for name, value in self.set.items():
            if name not in settable:
                known = ", ".join(settable) or "none"
                raise wrong(f"is not a field to set of {self.emit}: those are {known}", "set", name)
            allowed = allowed_values(self.emit, name)
            for place, constant in value.constants() if isinstance(value, Attribute) else [((), value)]:
                if allowed and constant not in allowed:
                    raise wrong(f"must be one of: {_listed(allowed)}", "set", name, *place)
        for name in settable:
            required = EVENT_MODELS[self.emit].model_fields[name].is_required()
            if required and name not in self.set and name != "office":
                right = _listed(allowed_values(self.emit, name)) or "a value or { from = ATTRIBUTE }"
                raise wrong(f"needs {name}: {right}", "set")

    @property
    def conditions(self) -> Sequence[tuple[Reference, Sequence[str]]]:
        """`where`, its keys as references."""
        return [(reference(name), patterns) for name, patterns in self.where.items()]

    def references(self) -> Iterator[Reference]:
        """Every attribute that the rule looks at."""
        yield from (one for one in (self.of, self.at, self.due_from, self.id_from) if one is not None)
        yield from (one for one, _ in self.conditions)
        yield from (value.from_ for value in self.set.values() if isinstance(value, Attribute))


class LogMapping(_MappingTable):
    """The whole of it.

    Attributes:
        source: Id of the feed; the key_id is put behind it.
        namespace: Whose ids they are; the source when left out. Logs of one system share it, so that their ids join.
        timezone: Of timestamps without an offset.
        history: All events of a case get one recorded_at.
        log: How records are read.
        changes: How rows about changes of single fields are read, where there are any.
        office: Where a case is.
        officer: Who has it.
        events: Rules, in order; a record may match several.
    """

    source: SourceName
    namespace: Id | None = None
    timezone: TimeZone = "UTC"
    history: Switch = False
    log: Source
    changes: Changes | None = None
    office: OfficeMapping | None = None
    officer: OfficerMapping | None = None
    events: Annotated[tuple[Rule, ...], BeforeValidator(some_rules)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        emitted = [rule.emit for rule in self.events]
        of_cases = [emit for emit in emitted if not issubclass(EVENT_MODELS[emit], OfficerEvent)]
        if of_cases and "case_opened" not in emitted:
            raise wrong('needs a rule with emit = "case_opened": a case that is never opened raises nothing', "events")
        for number, rule in enumerate(self.events):
            fields = EVENT_MODELS[rule.emit].model_fields
            if "officer_id" in fields and self.officer is None:
                raise wrong(f"needs an [officer] table: who {rule.emit} is about", "events", number, "emit")
            if "office" in fields and "office" not in rule.set and self.office is None:
                raise wrong(f"needs an [office] table, or set.office: where {rule.emit} is", "events", number, "emit")
        return self

    def references(self) -> set[Reference]:
        """Every attribute that the mapping looks at."""
        found = {self.log.case, self.log.activity, self.log.timestamp}
        if self.log.transition is not None:
            found.add(self.log.transition)
        if self.officer is not None:
            found.add(self.officer.from_)
        if self.office is not None and self.office.from_ is not None:
            found.add(self.office.from_)
        for rule in self.events:
            found.update(rule.references())
        return found if self.changes is None else found | self.changes.references(self.log)

    def required_columns(self, columns: Collection[str]) -> set[str]:
        """The columns that a CSV file must have.

        Args:
            columns: Those that it has; where there are rows about changes, they say which kind of file it is.
        """
        if self.changes is None:
            return {one.name for one in self.references()}
        if self.changes.field.name in columns:
            return {one.name for one in self.changes.references(self.log)}
        return {one.name for one in (self.log.case, self.log.activity, self.log.timestamp)}


def _listed(values: Sequence[object]) -> str:
    return ", ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def third_instant(emit: str) -> str | None:
    """The instant of a type of event besides the two that all have."""
    return next((name for name in _THIRD if name in EVENT_MODELS[emit].model_fields), None)


def allowed_values(emit: str, field: str) -> Sequence[object]:
    """The values that a field may have, when they are few; none when they are not."""
    annotation = EVENT_MODELS[emit].model_fields[field].annotation
    if annotation is bool:
        return (True, False)
    values = get_args(annotation)
    return values if values and all(isinstance(value, str) for value in values) else ()
