"""Exports of field changes, such as ServiceNow's sys_audit or Jira's changelog: records with the values of their time.

A row of such an export says what became of one field. What the other fields were then is known from the rows before
it, from the old value in the first row after it, and, for a field that never changed, from the case's row in the log.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from streams.sources.mapping_model import Changes, LogMapping
from streams.sources.records import SourceRecord, value_of

__all__ = ["with_values_of_their_time"]

_NOTHING: Final[dict[str, str]] = {}


def with_values_of_their_time(records: Sequence[SourceRecord], mapping: LogMapping) -> Sequence[SourceRecord]:
    """The records of a case, in order, each with every field as it was when the record was made.

    Args:
        records: Rows of the log, whose values are those of the export's day, and rows about changes.
        mapping: Names the columns of both.
    """
    changes = mapping.changes
    if changes is None or not any(record.is_change for record in records):
        return records
    current = _at_first(records, changes)
    base = next((record.own for record in records if not record.is_change), _NOTHING)
    completed: list[SourceRecord] = []
    for record in records:
        if record.is_change:
            current[_column(record, changes)] = value_of(changes.value, record.own, _NOTHING)
        else:
            base = record.own
        values = {**base, **record.own, **{key: value for key, value in current.items() if value is not None}}
        own = {key: value for key, value in values.items() if current.get(key, value) is not None}
        activity = record.activity if record.is_change else value_of(mapping.log.activity, own, _NOTHING)
        completed.append(replace(record, own=own, activity=activity or record.activity))
    return completed


def _at_first(records: Sequence[SourceRecord], changes: Changes) -> dict[str, str | None]:
    """The value of every changed field before its first change; None if it was unknown or empty."""
    first: dict[str, str | None] = {}
    for record in records:
        if record.is_change:
            old = None if changes.old is None else value_of(changes.old, record.own, _NOTHING)
            first.setdefault(_column(record, changes), old)
    return first


def _column(record: SourceRecord, changes: Changes) -> str:
    """The column of the log that a row about a change is about."""
    return changes.fields.get(record.activity, record.activity)
