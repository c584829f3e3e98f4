"""The order of the records of one case: by time, and where times say nothing, by their order in the file."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain, pairwise

from schemas import hot
from schemas.instants import BEFORE_ALL_TIME
from streams.sources.records import SourceRecord
from streams.sources.report import ConversionReport

__all__ = ["OrderNote", "apart", "in_order"]


class OrderNote(StrEnum):
    """Facts that only the order of a file tells."""

    SECOND = "the clocks showed this time twice: taken for the second time, as the order of the case's records says"
    FIRST = "the clocks showed this time twice: taken for the first time"
    SAME_INSTANT = "at the instant of the case's record before it: its events are written a millisecond later"


def in_order(parts: Sequence[Sequence[SourceRecord]], report: ConversionReport) -> list[SourceRecord]:
    """The records of a case by time.

    Args:
        parts: In the order of the file: the traces of the case, or one part with its rows. Where all records, or those
            of a part, stand newest first, their order is turned.
        report: Counts what was decided by the order.
    """
    ordered = list(chain.from_iterable(parts))
    if _steps(ordered) == {-1}:
        ordered.reverse()
    else:
        ordered = [record for part in parts for record in (reversed(part) if _steps(part) == {-1} else part)]
    steps = _steps(ordered)
    previous: int | None = None
    for place, record in enumerate(ordered):
        if record.again != record.at:
            is_second = previous is not None and len(steps) < 2 and record.at < previous <= record.again
            report.note("records", OrderNote.SECOND if is_second else OrderNote.FIRST, record.line)
            if is_second:
                ordered[place] = replace(record, at=record.again)
        previous = ordered[place].at
    ordered.sort(key=lambda record: record.at)
    return ordered


def apart(
    events: Sequence[tuple[int, hot.AnyEvent]], records: Sequence[SourceRecord], report: ConversionReport
) -> None:
    """Put events of one instant that come from several records a millisecond apart, in the order of the records.

    The rank of a type would otherwise settle which of them is the later fact, or the id of the event would.

    Args:
        events: The events of a case, each with the place of its record in `records`.
        records: In order.
        report: Counts the records whose events are moved.
    """
    moved: set[int] = set()
    last_at, last_place, shift_of = BEFORE_ALL_TIME, -1, 0
    for place, event in sorted(events, key=lambda one: (one[1].occurred_at, one[0])):
        if place == last_place and event.occurred_at + shift_of == last_at:
            event.occurred_at = last_at
        elif event.occurred_at <= last_at and place != last_place:
            shift_of = last_at + 1 - event.occurred_at
            event.occurred_at = last_at + 1
            moved.add(place)
        else:
            shift_of = 0
        event.recorded_at = max(event.recorded_at, event.occurred_at)
        last_at, last_place = max(last_at, event.occurred_at), place
    for place in sorted(moved):
        report.note("records", OrderNote.SAME_INSTANT, records[place].line)


def _steps(records: Sequence[SourceRecord]) -> set[int]:
    """Which ways time goes from one record to the next: 1, -1 or both; none where it is not certain to go anywhere."""
    pairs = list(pairwise(records))
    return {1 for before, after in pairs if after.at > before.again} | {
        -1 for before, after in pairs if after.again < before.at
    }
