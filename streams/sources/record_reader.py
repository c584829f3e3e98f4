"""Makes a record of what one row of a CSV log, or one event of an XES log, says."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from streams.sources.mapping_model import Changes, LogMapping
from streams.sources.records import SourceRecord, value_of
from streams.sources.times.timestamps import DayFirstError, TimestampReader

__all__ = ["RecordFault", "RecordReader", "timestamp_reader"]

_TIMESTAMP: Final = "log.timestamp"
_NOTHING: Final[dict[str, str]] = {}


class RecordFault(StrEnum):
    """Why a record is left out."""

    NO_CASE = "no value for log.case"
    NO_ACTIVITY = "no value for log.activity"
    NO_TIMESTAMP = "no value for log.timestamp"
    OTHER_TRANSITION = "its transition is not among log.transitions"


class RecordReader:
    """Reads the records of one file.

    Args:
        mapping: Which attribute is what.
        present: UTC milliseconds after which no fact is dated; None to skip the check.
    """

    def __init__(self, mapping: LogMapping, present: int | None = None) -> None:
        self._log = mapping.log
        self._timestamps = timestamp_reader(mapping, present)
        self._transitions = {one.lower() for one in mapping.log.transitions}
        self._empty = {one.casefold() for one in mapping.log.empty}

    def values(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Those attributes that have a value: an export writes that there is none as NULL, N/A and the like."""
        return {key: text for key, text in attributes.items() if text.strip().casefold() not in self._empty}

    def record(self, own: Mapping[str, str], trace: Mapping[str, str], line: int | None) -> SourceRecord | str:
        """The record, or why there is none.

        Args:
            own: Attributes of the record itself, as `values` gives them.
            trace: Attributes of its trace, likewise; none where there are no traces.
            line: Where it is in the file.

        Raises:
            DayFirstError: Dates are written day first, and none before this one gave it away.
        """
        log = self._log
        transition = "" if log.transition is None else value_of(log.transition, own, trace) or ""
        if self._transitions and transition.lower() not in self._transitions:
            return RecordFault.OTHER_TRANSITION
        case, activity, timestamp = (value_of(one, own, trace) for one in (log.case, log.activity, log.timestamp))
        return self._dated(case, activity, transition, timestamp, own, trace, line)

    def change(self, own: Mapping[str, str], changes: Changes, line: int) -> SourceRecord | str:
        """The record of a row that says what became of one field, or why there is none.

        Args:
            own: Its values, as `values` gives them.
            changes: Which column is what.
            line: Where it is in the file.

        Raises:
            DayFirstError: As for `record`.
        """
        names = (changes.case or self._log.case, changes.field, changes.timestamp or self._log.timestamp)
        case, field, timestamp = (value_of(one, own, _NOTHING) for one in names)
        record = self._dated(case, field, "", timestamp, own, _NOTHING, line)
        return record if isinstance(record, str) else replace(record, is_change=True)

    def _dated(
        self,
        case: str | None,
        activity: str | None,
        transition: str,
        timestamp: str | None,
        own: Mapping[str, str],
        trace: Mapping[str, str],
        line: int | None,
    ) -> SourceRecord | str:
        if case is None:
            return RecordFault.NO_CASE
        if activity is None:
            return RecordFault.NO_ACTIVITY
        if timestamp is None:
            return RecordFault.NO_TIMESTAMP
        try:
            moment = self._timestamps.fact(timestamp)
        except DayFirstError:
            raise DayFirstError(_TIMESTAMP, line) from None
        if isinstance(moment, str):
            return f"the value for {_TIMESTAMP} {moment}"
        return SourceRecord(case, moment.at, moment.again, activity, transition, own, trace, line)


def timestamp_reader(mapping: LogMapping, present: int | None) -> TimestampReader:
    """The reader of all timestamps of a log."""
    log = mapping.log
    return TimestampReader(
        mapping.timezone, log.timestamp_format, earliest=log.earliest, latest=log.latest, present=present
    )
