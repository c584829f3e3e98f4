"""The count of the backlog: unprocessed events, without clock records and transaction markers."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from streams.kafka.client.feed_lag import PartitionLag
from streams.kafka.client.settings import Settings
from streams.kafka.work import PartitionId
from streams.web.health.backlog import Backlog, WaitingEvents

NAMES = ("docket.cases", "docket.check-ins", "docket.hearings", "docket.reassignments")
OFFICERS = ("docket.officers", 0)
DONE = PartitionLag(0, 9, 9)


def record(type_: str, at: str) -> bytes:
    return f'{{"type": "{type_}", "recorded_at": "2026-03-09T{at}.000Z", "more": 1}}'.encode()


class FakeTailReader:
    """Answers as a broker would, and records the requests."""

    def __init__(self, tails: Mapping[PartitionId, Sequence[bytes | None]]) -> None:
        self.tails = tails
        self.asked: list[dict[PartitionId, tuple[int, int]]] = []

    async def read(self, tails: Mapping[PartitionId, tuple[int, int]]) -> dict[PartitionId, Sequence[bytes | None]]:
        self.asked.append(dict(tails))
        return {tp: self.tails[tp] for tp in tails}


def lags(**changes: PartitionLag) -> dict[PartitionId, PartitionLag]:
    """Return the lags of one partition: everything is processed except these."""
    known = {(name, 0): changes.get(name.rpartition(".")[2].replace("-", "_"), DONE) for name in NAMES}
    return {**known, OFFICERS: changes.get("officers", DONE)}


def count(tails: FakeTailReader, *polls: Mapping[PartitionId, PartitionLag]) -> dict[str, WaitingEvents]:
    """Return the backlog after some polls, by topic, without zeros."""
    backlog = Backlog(Settings(partitions=1))

    async def run() -> dict[PartitionId, WaitingEvents]:
        waiting: dict[PartitionId, WaitingEvents] = {}
        for poll in polls:
            waiting = await backlog.count(poll, cast(Any, tails))
        return waiting

    found = asyncio.run(run())
    return {tp[0].rpartition(".")[2]: each for tp, each in found.items() if each.events}


def one_record_each() -> dict[PartitionId, PartitionLag]:
    """Return topics whose last record is not committed, as under the log's clock."""
    last = PartitionLag(0, 9, 8)
    return lags(cases=last, check_ins=last, hearings=last, reassignments=last, officers=last)


class TestBacklog:
    def test_a_clock_record_that_is_held_back_is_no_backlog(self) -> None:
        """Every event is processed: the rest only moves the topics' watermarks."""
        tps = [*((name, 0) for name in NAMES), OFFICERS]
        tails = FakeTailReader({tp: [record("clock", "15:00:00")] for tp in tps})
        at_rest = one_record_each()
        assert {} == count(tails, at_rest, at_rest)

    def test_a_partition_that_advances_is_not_read(self) -> None:
        """Its offsets are enough, and reading it would read the whole input twice."""
        tails = FakeTailReader({})
        moving = lags(cases=PartitionLag(0, 30, 10))
        assert {"cases": WaitingEvents(20)} == count(tails, lags(cases=PartitionLag(0, 20, 10)), moving)
        assert [] == tails.asked

    def test_a_long_backlog_is_not_read(self) -> None:
        """After a night without workers it has millions of records."""
        tails, long = FakeTailReader({}), lags(cases=PartitionLag(0, 1_000_000, 10))
        assert {"cases": WaitingEvents(999_990)} == count(tails, long, long)

    def test_a_tail_is_read_once(self) -> None:
        """It is not read again as long as nothing changes."""
        tails = FakeTailReader({("docket.cases", 0): [record("case_opened", "15:00:00")]})
        at_rest = lags(cases=PartitionLag(0, 9, 8))
        assert {"cases": WaitingEvents(1)} == count(tails, at_rest, at_rest, at_rest, at_rest)
        assert [{("docket.cases", 0): (8, 9)}] == tails.asked

    def test_an_event_behind_the_watermark_is_backlog(self) -> None:
        """A worker would apply it; none does."""
        events = {(name, 0): [record("clock", "15:00:00")] for name in NAMES} | {OFFICERS: []}
        events["docket.cases", 0] = [record("case_opened", "14:00:00"), record("clock", "15:00:00")]
        at_rest = one_record_each()
        assert {"cases": WaitingEvents(1)} == count(FakeTailReader(events), at_rest, at_rest)

    def test_an_event_within_the_hold_back_is_held(self) -> None:
        """It is two seconds before the least watermark of the topics; the next record releases it."""
        events = {(name, 0): [record("clock", "15:00:00")] for name in NAMES} | {OFFICERS: []}
        events["docket.cases", 0] = [record("case_opened", "14:59:59"), record("clock", "15:00:00")]
        at_rest = one_record_each()
        assert {"cases": WaitingEvents(1, held=1)} == count(FakeTailReader(events), at_rest, at_rest)

    def test_without_a_record_of_one_topic_every_event_is_held(self) -> None:
        """That topic has no clock, so the watermark has not started."""
        empty = PartitionLag(0, 0, None)
        at_rest = lags(cases=PartitionLag(0, 1, None), check_ins=empty, hearings=empty, reassignments=empty)
        tails = FakeTailReader({("docket.cases", 0): [record("case_opened", "15:00:00")]})
        assert {"cases": WaitingEvents(1, held=1)} == count(tails, at_rest, at_rest)

    def test_under_the_wall_clock_no_event_is_held(self) -> None:
        """The other topics are committed to their ends, which the log's clock does not allow."""
        at_rest = lags(cases=PartitionLag(0, 9, 8))
        tails = FakeTailReader({("docket.cases", 0): [record("case_opened", "15:00:00")]})
        assert {"cases": WaitingEvents(1)} == count(tails, at_rest, at_rest)

    def test_an_invalid_record_is_no_backlog(self) -> None:
        """It is refused when it is read; transaction markers have no value at all."""
        at_rest = lags(cases=PartitionLag(0, 9, 5))
        values = [b"{", None, b'{"type": "case_opened", "recorded_at": "yesterday"}']
        assert {} == count(FakeTailReader({("docket.cases", 0): values}), at_rest, at_rest)

    def test_without_a_commit_every_retained_record_is_backlog(self) -> None:
        """If retention has deleted the beginning, the rest counts."""
        assert 70 == PartitionLag(30, 100, None).uncommitted
        assert 70 == PartitionLag(30, 100, 5).uncommitted
        assert 0 == PartitionLag(0, 100, 101).uncommitted

    def test_late_events_behind_the_record_of_the_clock_are_no_backlog(self) -> None:
        """The offset stays before the record by which a worker knows a topic, whatever comes late behind it."""
        clock, late = record("clock", "12:00:00"), record("case_opened", "09:00:00")
        tails = FakeTailReader({tp: [clock, late, late] for tp in one_record_each()})
        poll = {tp: PartitionLag(0, 11, 8) for tp in one_record_each()}
        assert {} == count(tails, poll, poll)

    def test_events_before_the_record_of_the_clock_wait(self) -> None:
        """A worker would have committed them."""
        clock, event = record("clock", "12:00:00"), record("case_opened", "09:00:00")
        tails = FakeTailReader({tp: [event, clock] for tp in one_record_each()})
        poll = {tp: PartitionLag(0, 10, 8) for tp in one_record_each()}
        assert {"cases", "check-ins", "hearings", "reassignments", "officers"} == set(count(tails, poll, poll))
        assert all(WaitingEvents(1, 0) == each for each in count(tails, poll, poll).values())
