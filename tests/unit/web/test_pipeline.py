"""Whether events are judged: one sentence for each state of the pipeline."""

import json

import pytest

from schemas.input_gaps import InputGapRecord
from schemas.instants import to_ms, to_text
from streams.web.health.pipeline import (
    FeedStatus,
    PartitionProgress,
    PipelineHealth,
    PipelineState,
    PipelineView,
    assess,
    health_json,
    when_empty,
)

NOW = to_ms("2026-03-09T14:30:00.000Z")
AT_1402 = to_ms("2026-03-09T14:02:10.000Z")
YESTERDAY = to_ms("2026-03-07T23:59:00.000Z")
MINUTE = 60_000


def gap(partition: int) -> InputGapRecord:
    return InputGapRecord(
        topic="docket.check-ins", partition=partition, offset=3, last_offset=9, resumes_at=10, action="gap_found",
        actor="docketwatch", known=None, observed_at=to_text(NOW),
    )  # fmt: skip


def feed(
    name: str = "check-ins", *, arrived_at: int = NOW, heartbeat: int | None = None, waiting: int = 0
) -> FeedStatus:
    return FeedStatus(name, 10, 0.0, arrived_at, heartbeat, waiting)


def stuck(waiting: int, progressed_at: int | None = AT_1402) -> PartitionProgress:
    since = AT_1402 if progressed_at is None else progressed_at
    return PartitionProgress(waiting, waiting_since=since, progressed_at=progressed_at, clock=1)


def at_work(waiting: int = 0) -> PartitionProgress:
    return PartitionProgress(waiting, waiting_since=AT_1402 if waiting else None, progressed_at=NOW - 1_000, clock=1)


def health(
    *partitions: PartitionProgress,
    members: int | None = 1,
    answered_at: int | None = NOW,
    unread: str | None = None,
    feeds: tuple[FeedStatus, ...] = (),
    gaps: tuple[InputGapRecord, ...] = (),
) -> PipelineHealth:
    return assess(PipelineView(NOW, answered_at, unread, members, dict(enumerate(partitions)), feeds, gaps))


class TestJudging:
    def test_no_backlog(self) -> None:
        """Only in this state an empty list means that there is no alert."""
        found = health(at_work(), at_work())
        assert ("judging; nothing waits", True) == (found.sentence, found.is_calm)

    def test_a_backlog_that_shrinks(self) -> None:
        """The worker is behind, and the sentence says by how much."""
        assert "judging; 4,833 events wait" == health(at_work(4_000), at_work(833)).sentence

    def test_an_idle_worker_is_alive(self) -> None:
        """Under the log's clock no offset moves without a record, for hours."""
        idle = PartitionProgress(progressed_at=YESTERDAY, clock=1)
        assert "judging; nothing waits" == health(idle, idle).sentence

    def test_events_after_an_idle_time_are_not_late_at_once(self) -> None:
        """They came a second ago; the last commit is old because there was nothing to commit."""
        fresh = PartitionProgress(1, waiting_since=NOW - 1_000, progressed_at=YESTERDAY, clock=1)
        assert "judging; 1 event waits" == health(fresh).sentence

    def test_events_that_wait_for_a_later_record(self) -> None:
        """A worker holds them back, too: they do not show that none works."""
        held = PartitionProgress(3, held=3, progressed_at=YESTERDAY, clock=1)
        assert "judging; 3 events wait for later records" == health(held, at_work()).sentence


class TestBounds:
    """How long the console looks calm after the last sign of life: the promise that its pages make."""

    def test_a_broker_that_is_silent_for_more_than_8_seconds(self) -> None:
        """The console asks it at least every 3 seconds."""
        sentence = "not known since 14:29 UTC: the broker does not answer"
        assert PipelineState.JUDGING == health(at_work(), answered_at=NOW - 8_000).state
        assert (PipelineState.UNREACHABLE, sentence) == (
            (found := health(at_work(), answered_at=NOW - 8_001)).state,
            found.sentence,
        )

    def test_events_that_wait_without_progress_for_more_than_15_seconds(self) -> None:
        """They are counted from their arrival when the last progress was before it."""
        assert PipelineState.JUDGING == health(stuck(1, NOW - 15_000)).state
        assert PipelineState.NOT_JUDGING == health(stuck(1, NOW - 15_001)).state
        arrived = PartitionProgress(1, waiting_since=NOW - 15_000, progressed_at=YESTERDAY, clock=1)
        assert PipelineState.JUDGING == health(arrived).state


class TestNotJudging:
    def test_since_when_and_how_many_wait(self) -> None:
        """The sentence is that of every surface."""
        found = health(stuck(4_000), stuck(833), members=1)
        assert "not judged since 14:02 UTC; 4,833 events wait" == found.sentence
        assert (PipelineState.NOT_JUDGING, AT_1402, 4_833) == (found.state, found.since, found.waiting)

    def test_a_group_without_members_judges_nothing(self) -> None:
        """Deadlines are not judged either, although no event waits."""
        idle = PartitionProgress(progressed_at=YESTERDAY, clock=1)
        found = health(idle, members=0)
        assert "not judged since 2026-03-07 23:59 UTC; nothing waits; no worker runs" == found.sentence
        assert not found.is_calm

    def test_some_of_the_partitions(self) -> None:
        """One of two workers is gone, and the group has not reassigned its partitions."""
        found = health(stuck(300), at_work(5), at_work())
        assert "1 of 3 partitions: not judged since 14:02 UTC; 300 events wait" == found.sentence
        assert 305 == found.waiting

    def test_before_the_first_worker(self) -> None:
        """There was no commit yet."""
        assert "nothing has been judged yet; 7 events wait" == health(stuck(7, None), members=1).sentence

    def test_a_broker_that_does_not_count_workers(self) -> None:
        """A backlog that does not move is enough."""
        assert "not judged since 14:02 UTC; 1 event waits" == health(stuck(1), members=None).sentence


class TestHeld:
    def test_a_silent_feed(self) -> None:
        """Workers hold alerts, and are not the fault."""
        silent = feed(arrived_at=AT_1402, heartbeat=15 * MINUTE)
        found = health(stuck(12), feeds=(silent, feed("hearings")))
        assert "alerts are held: check-ins is silent since 14:02 UTC; 12 events wait" == found.sentence
        assert (PipelineState.HELD, AT_1402, ("check-ins",)) == (found.state, found.since, found.silent_feeds)

    def test_a_feed_within_its_heartbeat(self) -> None:
        """The silence is within the heartbeat."""
        assert health(at_work(), feeds=(feed(arrived_at=AT_1402, heartbeat=60 * MINUTE),)).is_calm

    def test_a_feed_without_a_record(self) -> None:
        """It declared a heartbeat and has no record."""
        never = FeedStatus("officers", 0, None, None, MINUTE, 0)
        assert "alerts are held: officers is silent; 12 events wait" == health(stuck(12), feeds=(never,)).sentence

    def test_deleted_input(self) -> None:
        """Its partition waits until an operator accepts the loss."""
        found = health(stuck(12), at_work(), gaps=(gap(0),))
        assert "alerts are held: input of check-ins was deleted unread; 12 events wait" == found.sentence

    def test_a_gap_does_not_explain_another_partition(self) -> None:
        """Another partition that stands is not judged."""
        assert PipelineState.NOT_JUDGING is health(stuck(12), stuck(1), gaps=(gap(0),)).state

    def test_a_watermark_that_has_not_started(self) -> None:
        """One topic has no clock, so the events of the others wait for ever."""
        found = health(PartitionProgress(9, held=9), at_work())
        assert "alerts are held: 1 of 2 clocks have not started; 9 events wait" == found.sentence


class TestUnknown:
    def test_before_the_first_answer(self) -> None:
        """Nothing is known, and no backlog is claimed."""
        found = health(answered_at=None)
        assert ("not known: the broker has not answered yet", None) == (found.sentence, found.waiting)

    def test_a_broker_that_is_gone(self) -> None:
        """The earlier state is not the current one."""
        found = health(at_work(), answered_at=AT_1402)
        assert "not known since 14:02 UTC: the broker does not answer" == found.sentence
        assert (PipelineState.UNREACHABLE, AT_1402, None) == (found.state, found.since, found.waiting)

    def test_incomplete_tables(self) -> None:
        """Zeros would look like a judged log."""
        found = health(at_work(), unread="the console is still reading the topics")
        assert "not known yet: the console is still reading the topics" == found.sentence


class TestSurfaces:
    @pytest.mark.parametrize("partition", [at_work(), at_work(5)])
    def test_an_empty_list_is_empty_while_events_are_judged(self, partition: PartitionProgress) -> None:
        """Its own sentence is right then."""
        assert "Every case has an officer." == when_empty("Every case has an officer.", health(partition))

    def test_an_empty_list_shows_the_header_otherwise(self) -> None:
        """It has the sentence of the header."""
        expected = "Not known: not judged since 14:02 UTC; 2 events wait."
        assert expected == when_empty("Every case has an officer.", health(stuck(2)))

    def test_the_api_has_the_same(self) -> None:
        """It has the sentence and its parts."""
        feeds = (feed(arrived_at=AT_1402, waiting=2),)
        assert {
            "state": "not_judging",
            "sentence": "not judged since 14:02 UTC; 2 events wait",
            "since": "2026-03-09T14:02:10.000Z",
            "waiting": 2,
            "workers": 1,
            "silent_feeds": [],
            "cut_feeds": [],
            "feeds": [{"name": "check-ins", "waiting": 2, "records": 10, "arrived_at": "2026-03-09T14:02:10.000Z"}],
        } == json.loads(health_json(health(stuck(2), feeds=feeds), feeds))

    def test_the_api_has_no_unknown_count(self) -> None:
        """The last known feeds are not current."""
        found = json.loads(health_json(health(answered_at=AT_1402), (feed(waiting=0),)))
        assert ([], None) == (found["feeds"], found["waiting"])
