"""Which names of a mapping the log knows: an attribute, an activity or a value that is nowhere is a slip of the pen."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from streams.sources.mapping_fields import Reference, pattern_of
from streams.sources.mapping_model import OFFICE_FIELDS, Attribute, LogMapping
from streams.sources.records import SourceRecord
from streams.sources.report import ConversionReport

__all__ = ["MappingCoverage"]

_MOST_VALUES: Final = 20_000
"""Different values of one attribute that are remembered; beyond them nothing is said of it."""

_TABLE: Final = "mapping"


@dataclass(slots=True)
class _NamedText:
    """A text of the mapping that some record should have.

    Attributes:
        key: Where it stands in the mapping.
        text: What it is.
        sources: What is compared with it: attributes, or a property of records.
        is_pattern: Whether `*` and `?` are special in it.
        is_private: Whether neither it nor what is near to it may be shown.
    """

    key: str
    text: str
    sources: Sequence[Reference | str]
    is_pattern: bool = False
    is_private: bool = False

    def is_in(self, values: Collection[str]) -> bool:
        if self.is_pattern:
            return any(map(pattern_of(self.text).fullmatch, values))
        return self.text in values


@dataclass(slots=True)
class _SeenValues:
    values: set[str] = field(default_factory=set)
    is_full: bool = False

    def add(self, value: str) -> None:
        if value not in self.values and not self.is_full:
            self.is_full = len(self.values) >= _MOST_VALUES
            self.values.add(value)


class MappingCoverage:
    """Compares the names of a mapping with the records that go by.

    Args:
        mapping: The mapping.
    """

    def __init__(self, mapping: LogMapping) -> None:
        self._mapping = mapping
        self._texts = [one for one in _named_texts(mapping) if one.text]  # "" is a condition, and no value
        self._seen = {source: _SeenValues() for text in self._texts for source in text.sources}
        self._references = [source for source in self._seen if isinstance(source, Reference)]
        self._absent = set(mapping.references())
        self._keys: set[str] = set()
        self._silent_rules = set(range(len(mapping.events)))
        self._records = 0

    def add_record(self, record: SourceRecord) -> None:
        """Remember what a record says."""
        self._records += 1
        for name, value in (("activity", record.activity), ("transition", record.transition.lower())):
            if name in self._seen:
                self._seen[name].add(value)
        for reference in self._references:
            self._seen[reference].add(record.value(reference) or "")
        if self._absent:
            self._absent = {reference for reference in self._absent if record.value(reference) is None}
            if len(self._keys) < _MOST_VALUES:
                self._keys.update(record.own, record.trace)

    def matched(self, rule: int) -> None:
        """A record matched a rule, counted from 0."""
        self._silent_rules.discard(rule)

    def report_gaps(self, report: ConversionReport) -> None:
        """Note what the log does not have; nothing when there was no record."""
        if not self._records:
            return
        for reference in sorted(self._absent):
            report.note(_TABLE, f"{reference} has no value in any record{_nearest(reference.name, self._keys)}")
        for text in self._texts:
            seen = [self._seen[source] for source in text.sources]
            values = set[str]().union(*(each.values for each in seen)) - {""}
            if not any(each.is_full for each in seen) and not text.is_in(values):
                report.note(_TABLE, _sentence(text, values))
        for number in sorted(self._silent_rules):
            report.note(_TABLE, f"rule {number + 1} ({self._mapping.events[number].emit}) matches no record")


def _named_texts(mapping: LogMapping) -> Iterator[_NamedText]:
    people = {mapping.log.case, *([mapping.officer.from_] if mapping.officer else [])}
    for number, rule in enumerate(mapping.events, 1):
        key = f"events[{number}]"
        yield from (_NamedText(f"{key}.activity", one, ["activity"], is_pattern=True) for one in rule.activity)
        for one in rule.transition:
            yield _NamedText(f"{key}.transition", one.lower(), ["transition"], is_pattern=True)
        for name, (reference, patterns) in zip(rule.where, rule.conditions, strict=True):
            is_private = reference in people
            for one in patterns:
                yield _NamedText(f"{key}.where.{name}", one, [reference], is_pattern=True, is_private=is_private)
        for name, value in rule.set.items():
            if isinstance(value, Attribute):
                for one in value.values or ():
                    yield _NamedText(f"{key}.set.{name}.values", one, [value.from_], is_private=value.from_ in people)
    yield from _named_people_and_offices(mapping)


def _named_people_and_offices(mapping: LogMapping) -> Iterator[_NamedText]:
    if mapping.officer is not None:
        for place, one in enumerate(mapping.officer.nobody, 1):
            yield _NamedText(f"officer.nobody[{place}]", one, [mapping.officer.from_], is_private=True)
    if mapping.office is not None:
        moved = {
            value.from_
            for rule in mapping.events
            for name, value in rule.set.items()
            if name in OFFICE_FIELDS and isinstance(value, Attribute) and value.values is None
        }
        sources = sorted(moved | ({mapping.office.from_} if mapping.office.from_ else set()))
        for one in mapping.office.names if sources else ():
            yield _NamedText("office.names", one, sources)


def _sentence(text: _NamedText, values: Collection[str]) -> str:
    if not text.is_private:
        return f"{text.key} {json.dumps(text.text, ensure_ascii=False)} is in no record{_nearest(text.text, values)}"
    is_near = any(_plain(value) == _plain(text.text) for value in values)
    return f"{text.key} is in no record" + ("; the log has it in other letters or with other blanks" if is_near else "")


def _nearest(text: str, values: Collection[str]) -> str:
    same = [value for value in sorted(values) if _plain(value) == _plain(text)]
    near = same or get_close_matches(text, sorted(values), n=1)
    return f"; the nearest that the log has is {json.dumps(near[0], ensure_ascii=False)}" if near else ""


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
