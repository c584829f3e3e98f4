"""Counts the events that wait to be judged: what the group has not committed, without `clock` records.

A worker does not commit the record by which it knows a topic furthest before a later one came, so that a restart knows
as much (`streams/kafka/state/offset_tracker.py`). Without a later record, offsets alone would say for ever that
something waits. So what is left of a partition at rest is read, as long as it is short.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from schemas.instants import to_ms
from schemas.topics import case_topics, topic
from streams.kafka.client.feed_lag import PartitionLag
from streams.kafka.client.settings import Settings
from streams.kafka.client.tail_reader import TailReader
from streams.kafka.work import PartitionId

__all__ = ["Backlog", "WaitingEvents", "count_waiting"]

_MOST: Final = 500
"""Records of a partition that are read to be counted one by one."""

_NEVER: Final = -(1 << 62)
_ALWAYS: Final = 1 << 62


class WaitingEvents(NamedTuple):
    """Of one topic-partition.

    Attributes:
        events: Events that are not processed.
        held: Those of them that wait for a later record of another topic of their group, as every worker lets them.
    """

    events: int
    held: int = 0


class _Head(Struct):
    type: str
    recorded_at: str


class _Tail(NamedTuple):
    """What is not committed of one topic-partition.

    Attributes:
        records: The instant (ms) of each record, in log order, and whether it is an event.
        newest: The latest of these instants.
    """

    records: list[tuple[int, bool]]
    newest: int

    def waiting(self, watermark: int) -> WaitingEvents:
        """The events that wait while a worker's watermark (ms) is this.

        The committed offset stays at the first record that the watermark has not passed. So an earlier event behind
        that record is no sign of a worker that stands still: it came late, and is processed as soon as it is read.
        """
        events = held = 0
        is_behind = False
        for at, is_event in self.records:
            if at > watermark:
                held += is_event
            elif not is_behind:
                events += is_event
            is_behind = is_behind or at >= watermark
        return WaitingEvents(events + held, held)


_head: Final = msgspec.json.Decoder(_Head).decode


class Backlog:
    """Counts what waits, again and again, and reads each tail once.

    Args:
        settings: Names and partitions of the topics, and the hold-back.
    """

    def __init__(self, settings: Settings) -> None:
        self._groups = [
            [entry.name for entry in case_topics(settings.prefix)],
            [topic("officers", settings.prefix).name],
        ]
        self._numbers = range(settings.partitions)
        self._hold_back = settings.hold_back // timedelta(milliseconds=1)
        self._before: dict[PartitionId, PartitionLag] = {}
        self._tails: dict[PartitionId, tuple[PartitionLag, _Tail]] = {}

    async def count(
        self, lags: Mapping[PartitionId, PartitionLag], reader: TailReader
    ) -> dict[PartitionId, WaitingEvents]:
        """Count the events that wait, by topic-partition.

        Args:
            lags: As the broker says now.
            reader: Reads what has come to rest since the last call.

        Raises:
            BrokerError: The broker does not answer.
        """
        at_rest = {tp: lag for tp, lag in lags.items() if 0 < lag.uncommitted <= _MOST and self._before.get(tp) == lag}
        self._before = dict(lags)
        self._tails = {tp: kept for tp, kept in self._tails.items() if at_rest.get(tp) == kept[0]}
        todo = {tp: (lag.next, lag.end) for tp, lag in at_rest.items() if tp not in self._tails}
        if todo:
            for tp, values in (await reader.read(todo)).items():
                self._tails[tp] = (at_rest[tp], _tail(values))
        tails = {tp: kept[1] for tp, kept in self._tails.items()}
        waiting: dict[PartitionId, WaitingEvents] = {}
        for names in self._groups:
            for number in self._numbers:
                group = {(name, number): lags[name, number] for name in names}
                waiting |= count_waiting(group, tails, self._hold_back)
        return waiting


def count_waiting(
    group: Mapping[PartitionId, PartitionLag], tails: Mapping[PartitionId, _Tail], hold_back: int
) -> dict[PartitionId, WaitingEvents]:
    """Count the events of one partition number that wait.

    Args:
        group: The topics whose events wait for one another.
        tails: What is not committed, where it was read.
        hold_back: As of the workers (ms).
    """
    # under the log's clock a worker never commits all of a topic: where it did, the topic follows the wall clock
    follows_wall = any(lag.end and not lag.uncommitted for lag in group.values())
    known = _ALWAYS if follows_wall else min(_newest_known(lag, tails.get(tp)) for tp, lag in group.items())
    watermark = known - hold_back
    waiting = {}
    for tp, lag in group.items():
        tail = tails.get(tp)
        waiting[tp] = WaitingEvents(lag.uncommitted) if tail is None else tail.waiting(watermark)
    return waiting


def _newest_known(lag: PartitionLag, tail: _Tail | None) -> int:
    """Up to which instant (ms) a worker that read everything would know a topic-partition by its records alone."""
    if tail is not None:
        return tail.newest
    return _ALWAYS if lag.end else _NEVER  # without any record nothing is known


def _tail(values: Iterable[bytes | None]) -> _Tail:
    records = []
    for value in values:
        try:
            head = _head(value or b"")
            records.append((to_ms(head.recorded_at), head.type != "clock"))
        except (msgspec.MsgspecError, ValueError):
            continue  # no event: it is refused as soon as it is read, and waits for nothing
    return _Tail(records, max((at for at, _ in records), default=_ALWAYS))
