"""The clock of one case partition: what moves it, what holds it, and what is said of it."""

from streams.kafka.batches import EndOfPartition
from tests.unit.agents.case_flow import (
    CASE_TOPICS,
    CASES,
    CHECK_INS,
    DAY,
    HEARINGS,
    HOUR,
    PUBLIC,
    REASSIGNMENTS,
    START,
    Flow,
    processed,
    published,
    text,
)


class TestWhyNoClock:
    def test_topics_of_which_nothing_is_known_are_named(self) -> None:
        """Events were read and wait: the worker's health says for which topics."""
        flow = Flow()
        assert flow.flow.why_no_clock is None
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.read(HEARINGS, flow.event(0, "clock"))

        assert flow.flow.why_no_clock == (
            "the clock of case partition 0 has not started: events that were read (1) wait, "
            f"for nothing is known of {CHECK_INS}, {REASSIGNMENTS}"
        )

    def test_a_clock_that_goes_needs_no_reason(self) -> None:
        """Also one that stands before 1970, and while events wait for their time."""
        flow = Flow()
        for name in CASE_TOPICS:
            flow.read(name, flow.event(-70 * 365 * DAY, "clock"))
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))

        assert flow.flow.stats.clock == START - 70 * 365 * DAY - 1
        assert flow.flow.stats.held_back == 1
        assert flow.flow.why_no_clock is None


class TestWallClock:
    def test_the_wall_speaks_for_a_topic_that_is_read_to_its_end(self) -> None:
        """Less the hold-back; all four must be."""
        flow = Flow(follows_wall=True)
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        wall = START + 60_000
        flow.tick(EndOfPartition(CASES, wall), EndOfPartition(CHECK_INS, wall), EndOfPartition(HEARINGS, wall))
        assert flow.flow.stats.clock is None
        flow.tick(EndOfPartition(REASSIGNMENTS, wall))

        assert flow.flow.stats.clock == wall - 2_001

    def test_the_logs_time_is_moved_by_nothing_else(self) -> None:
        """With --clock log a tick says nothing."""
        flow = Flow()
        wall = START + 60_000
        flow.tick(*(EndOfPartition(name, wall) for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)))

        assert flow.flow.stats.clock is None

    def test_unread_records_hold_the_clock(self) -> None:
        """The backlog guard: one topic of four is not read to its end, and three hours of wall prove nothing of it."""
        flow = Flow(follows_wall=True)
        flow.now += 3 * HOUR
        flow.read(CHECK_INS, flow.event(5_000, "check_in_missed", check_in_id="b-1"))
        flow.tick(*(EndOfPartition(name, flow.now) for name in (CASES, HEARINGS, REASSIGNMENTS)))

        assert flow.flow.stats.clock == START + 5_000 - 2_001
        assert flow.flow.stats.known == {
            CASES: flow.now - 2_001, HEARINGS: flow.now - 2_001, REASSIGNMENTS: flow.now - 2_001,
            CHECK_INS: START + 5_000 - 2_001,
        }  # fmt: skip

    def test_what_claims_to_come_from_the_future_is_refused(self) -> None:
        """A feed whose clock is wrong by years must not raise every alert there is, nor hold back what is committed."""
        flow = Flow(follows_wall=True)
        years = 1_000 * DAY
        for name in CASE_TOPICS:
            flow.read(name, flow.event(years, "clock"))
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.read(CASES, flow.event(60_001, "supervision_changed", level="annual"))
        assert flow.flow.stats.clock is None
        flow.tick(*(EndOfPartition(name, flow.now + 10_000) for name in CASE_TOPICS))

        assert flow.flow.stats.clock == START + 10_000 - 2_001
        assert flow.flow.stats.held_back == 0
        future = "from_the_future"
        assert flow.worker.refused == {
            (CASES, future): 2, (CHECK_INS, future): 1, (HEARINGS, future): 1, (REASSIGNMENTS, future): 1
        }  # fmt: skip
        assert processed(flow.work) == {CASES: 3, CHECK_INS: 1, HEARINGS: 1, REASSIGNMENTS: 1}

    def test_a_feeds_clock_may_be_ahead_of_ours_by_a_minute(self) -> None:
        """No two clocks are the same: such an event says what any other says."""
        flow = Flow(follows_wall=True)
        for name in CASE_TOPICS:
            flow.read(name, flow.event(60_000, "clock"))

        assert flow.flow.stats.clock == START + 59_999

    def test_a_log_is_believed(self) -> None:
        """With --clock log there is no other time than the log's."""
        flow = Flow()
        flow.clock(1_000 * DAY)

        assert flow.flow.stats.clock == START + 1_000 * DAY - 1


class TestHeartbeat:
    DUE = 5 * DAY  # no_officer.after is 5bd: from Sunday evening in Atlanta to Friday evening

    @classmethod
    def blind(cls, **options: str) -> Flow:
        """A case without an officer, all known three hours before its alert is due; then reassignments falls silent."""
        flow = Flow(follows_wall=True, **options)
        flow.now = START + cls.DUE - 3 * HOUR
        flow.read(CASES, flow.event(0, "case_opened", office="ATL", level="low"))
        flow.read(REASSIGNMENTS, flow.event(cls.DUE - 3 * HOUR, "clock"))
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))
        flow.now = START + cls.DUE + HOUR
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))
        return flow

    def test_the_wall_does_not_speak_for_a_feed_with_a_heartbeat(self) -> None:
        """Its topic is known as far as its clock records say, and no further; alerts are held."""
        flow = self.blind(heartbeats="reassignments=15m")

        assert flow.flow.stats.known[REASSIGNMENTS] == START + self.DUE - 3 * HOUR - 1
        assert flow.flow.stats.clock == START + self.DUE - 3 * HOUR - 1
        assert published(flow.work, PUBLIC) == []
        assert flow.feeds.blind == {REASSIGNMENTS: True}

    def test_when_it_returns_nothing_false_is_raised(self) -> None:
        """The assignment that was on its way all the time comes in order, before the deadline that it forbids."""
        flow = self.blind(heartbeats="reassignments=15m")
        at = self.DUE - 2 * HOUR
        flow.read(REASSIGNMENTS, flow.event(at, "officer_assigned", office="ATL", officer_id="o-1"))
        assert flow.flow.stats.clock == START + at - 2_001
        flow.read(REASSIGNMENTS, flow.event(self.DUE + HOUR, "clock"))
        flow.tick(*(EndOfPartition(name, flow.now) for name in CASE_TOPICS))

        assert flow.flow.stats.clock == flow.now - 2_001
        assert published(flow.work, PUBLIC) == []
        assert flow.feeds.blind == {REASSIGNMENTS: False}

    def test_when_it_returns_what_is_true_is_raised_at_its_instant(self) -> None:
        """Held, not lost."""
        flow = self.blind(heartbeats="reassignments=15m")
        flow.read(REASSIGNMENTS, flow.event(self.DUE + HOUR, "clock"))

        alerts = [(alert["cause"], alert["raised_at"]) for _, alert in published(flow.work, PUBLIC)]
        assert alerts == [("no_officer", text(self.DUE))]

    def test_without_one_the_silence_counts(self) -> None:
        """The same story without a heartbeat: the alert is due."""
        flow = self.blind()

        assert [alert["cause"] for _, alert in published(flow.work, PUBLIC)] == ["no_officer"]
        assert flow.feeds.blind == {}

    def test_a_restart_knows_the_feed_as_far_as_the_clock_was(self) -> None:
        """The clock is kept with the state: what it passed was read, so the feed is no more silent than before."""
        before = self.blind(heartbeats="reassignments=15m")
        before.read(REASSIGNMENTS, before.event(self.DUE + HOUR, "clock"))  # an alert: the state is written
        after = Flow(follows_wall=True, heartbeats="reassignments=15m").restored_from(before)
        after.now = before.now + 60_000
        after.tick(*(EndOfPartition(name, after.now) for name in CASE_TOPICS))

        assert before.flow.stats.clock is not None
        assert after.flow.stats.known[REASSIGNMENTS] == after.flow.stats.clock == before.flow.stats.clock
        assert after.feeds.blind == {REASSIGNMENTS: False}

    def test_the_logs_time_asks_for_no_heartbeat(self) -> None:
        """With --clock log an old log is no silent feed."""
        flow = Flow(heartbeats="reassignments=15m")
        flow.tick(*(EndOfPartition(name, START + DAY) for name in CASE_TOPICS))

        assert flow.feeds.blind == {REASSIGNMENTS: False}


class TestReadAhead:
    def test_a_topic_far_ahead_is_held(self) -> None:
        """Until the others have come as far."""
        flow = Flow()
        flow.read(CASES, *[flow.event(at, "address_changed", status="valid") for at in range(2_500)])
        assert list(flow.flow.topics_to_pause()) == [CASES]
        flow.clock(10_000)

        assert list(flow.flow.topics_to_pause()) == []
