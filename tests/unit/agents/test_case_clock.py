"""The watermark of one case partition: what advances it, what holds it, and its reports."""

from streams.kafka.batches import EndOfPartition
from tests.unit.agents.case_driver import (
    CASE_TOPICS,
    CASES,
    CHECK_INS,
    DAY,
    HEARINGS,
    HOUR,
    PUBLIC,
    REASSIGNMENTS,
    START,
    CaseDriver,
    processed,
    published,
    text,
)


class TestWhyNoClock:
    def test_topics_without_a_clock_are_named(self) -> None:
        """Events were read and wait: the worker's health names the topics."""
        driver = CaseDriver()
        assert driver.processor.why_no_clock is None
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.read(HEARINGS, driver.event(0, "clock"))

        assert driver.processor.why_no_clock == (
            "the clock of case partition 0 has not started: events that were read (1) wait, "
            f"for nothing is known of {CHECK_INS}, {REASSIGNMENTS}"
        )

    def test_an_advancing_watermark_needs_no_reason(self) -> None:
        """A watermark before 1970 needs none either, nor one with waiting events."""
        driver = CaseDriver()
        for name in CASE_TOPICS:
            driver.read(name, driver.event(-70 * 365 * DAY, "clock"))
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))

        assert driver.processor.stats.clock == START - 70 * 365 * DAY - 1
        assert driver.processor.stats.held_back == 1
        assert driver.processor.why_no_clock is None


class TestWallClock:
    def test_the_wall_clock_counts_for_a_topic_that_is_read_to_its_end(self) -> None:
        """The watermark is the wall clock less the hold-back, once all four topics are at their ends."""
        driver = CaseDriver(follows_wall=True)
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        wall = START + 60_000
        driver.tick(EndOfPartition(CASES, wall), EndOfPartition(CHECK_INS, wall), EndOfPartition(HEARINGS, wall))
        assert driver.processor.stats.clock is None
        driver.tick(EndOfPartition(REASSIGNMENTS, wall))

        assert driver.processor.stats.clock == wall - 2_001

    def test_with_the_logs_clock_nothing_else_advances_it(self) -> None:
        """With --clock log a tick advances nothing."""
        driver = CaseDriver()
        wall = START + 60_000
        driver.tick(*(EndOfPartition(name, wall) for name in (CASES, CHECK_INS, HEARINGS, REASSIGNMENTS)))

        assert driver.processor.stats.clock is None

    def test_unread_records_hold_the_watermark(self) -> None:
        """One topic of four is not read to its end, so three hours of wall clock do not count."""
        driver = CaseDriver(follows_wall=True)
        driver.now += 3 * HOUR
        driver.read(CHECK_INS, driver.event(5_000, "check_in_missed", check_in_id="b-1"))
        driver.tick(*(EndOfPartition(name, driver.now) for name in (CASES, HEARINGS, REASSIGNMENTS)))

        assert driver.processor.stats.clock == START + 5_000 - 2_001
        assert driver.processor.stats.known == {
            CASES: driver.now - 2_001, HEARINGS: driver.now - 2_001, REASSIGNMENTS: driver.now - 2_001,
            CHECK_INS: START + 5_000 - 2_001,
        }  # fmt: skip

    def test_an_event_from_the_future_is_refused(self) -> None:
        """A feed whose clock is wrong by years must not raise every alert, nor hold the committed offset."""
        driver = CaseDriver(follows_wall=True)
        years = 1_000 * DAY
        for name in CASE_TOPICS:
            driver.read(name, driver.event(years, "clock"))
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.read(CASES, driver.event(60_001, "supervision_changed", level="annual"))
        assert driver.processor.stats.clock is None
        driver.tick(*(EndOfPartition(name, driver.now + 10_000) for name in CASE_TOPICS))

        assert driver.processor.stats.clock == START + 10_000 - 2_001
        assert driver.processor.stats.held_back == 0
        future = "from_the_future"
        assert driver.worker.refused == {
            (CASES, future): 2, (CHECK_INS, future): 1, (HEARINGS, future): 1, (REASSIGNMENTS, future): 1
        }  # fmt: skip
        assert processed(driver.work) == {CASES: 3, CHECK_INS: 1, HEARINGS: 1, REASSIGNMENTS: 1}

    def test_a_feeds_clock_may_be_a_minute_ahead(self) -> None:
        """No two clocks are equal: such an event counts like any other."""
        driver = CaseDriver(follows_wall=True)
        for name in CASE_TOPICS:
            driver.read(name, driver.event(60_000, "clock"))

        assert driver.processor.stats.clock == START + 59_999

    def test_a_logs_future_is_accepted(self) -> None:
        """With --clock log the log's time is the only time."""
        driver = CaseDriver()
        driver.clock(1_000 * DAY)

        assert driver.processor.stats.clock == START + 1_000 * DAY - 1


class TestHeartbeat:
    DUE = 5 * DAY  # no_officer.after is 5bd: from Sunday evening in Atlanta to Friday evening

    @classmethod
    def blind(cls, **options: str) -> CaseDriver:
        """Return a case without an officer, known three hours before its alert is due; reassignments is silent then."""
        driver = CaseDriver(follows_wall=True, **options)
        driver.now = START + cls.DUE - 3 * HOUR
        driver.read(CASES, driver.event(0, "case_opened", office="ATL", level="low"))
        driver.read(REASSIGNMENTS, driver.event(cls.DUE - 3 * HOUR, "clock"))
        driver.tick(*(EndOfPartition(name, driver.now) for name in CASE_TOPICS))
        driver.now = START + cls.DUE + HOUR
        driver.tick(*(EndOfPartition(name, driver.now) for name in CASE_TOPICS))
        return driver

    def test_the_wall_clock_does_not_count_for_a_feed_with_a_heartbeat(self) -> None:
        """Its topic's watermark is that of its clock records; alerts are held."""
        driver = self.blind(heartbeats="reassignments=15m")

        assert driver.processor.stats.known[REASSIGNMENTS] == START + self.DUE - 3 * HOUR - 1
        assert driver.processor.stats.clock == START + self.DUE - 3 * HOUR - 1
        assert published(driver.work, PUBLIC) == []
        assert driver.feeds.blind == {REASSIGNMENTS: True}

    def test_no_false_alert_is_raised_when_it_returns(self) -> None:
        """The delayed assignment is applied in order, before the deadline that it removes."""
        driver = self.blind(heartbeats="reassignments=15m")
        at = self.DUE - 2 * HOUR
        driver.read(REASSIGNMENTS, driver.event(at, "officer_assigned", office="ATL", officer_id="o-1"))
        assert driver.processor.stats.clock == START + at - 2_001
        driver.read(REASSIGNMENTS, driver.event(self.DUE + HOUR, "clock"))
        driver.tick(*(EndOfPartition(name, driver.now) for name in CASE_TOPICS))

        assert driver.processor.stats.clock == driver.now - 2_001
        assert published(driver.work, PUBLIC) == []
        assert driver.feeds.blind == {REASSIGNMENTS: False}

    def test_a_true_alert_is_raised_at_its_own_instant_when_it_returns(self) -> None:
        """The alert was held, not lost."""
        driver = self.blind(heartbeats="reassignments=15m")
        driver.read(REASSIGNMENTS, driver.event(self.DUE + HOUR, "clock"))

        alerts = [(alert["cause"], alert["raised_at"]) for _, alert in published(driver.work, PUBLIC)]
        assert alerts == [("no_officer", text(self.DUE))]

    def test_without_a_heartbeat_the_silence_counts(self) -> None:
        """The same story without a heartbeat raises the alert."""
        driver = self.blind()

        assert [alert["cause"] for _, alert in published(driver.work, PUBLIC)] == ["no_officer"]
        assert driver.feeds.blind == {}

    def test_a_restart_keeps_the_feeds_watermark(self) -> None:
        """The state has the watermark: events before it were read, so the feed is no more silent than before."""
        before = self.blind(heartbeats="reassignments=15m")
        before.read(REASSIGNMENTS, before.event(self.DUE + HOUR, "clock"))  # an alert: the state is written
        after = CaseDriver(follows_wall=True, heartbeats="reassignments=15m").restored_from(before)
        after.now = before.now + 60_000
        after.tick(*(EndOfPartition(name, after.now) for name in CASE_TOPICS))

        assert before.processor.stats.clock is not None
        assert after.processor.stats.known[REASSIGNMENTS] == after.processor.stats.clock == before.processor.stats.clock
        assert after.feeds.blind == {REASSIGNMENTS: False}

    def test_the_logs_clock_needs_no_heartbeat(self) -> None:
        """With --clock log an old log is no silent feed."""
        driver = CaseDriver(heartbeats="reassignments=15m")
        driver.tick(*(EndOfPartition(name, START + DAY) for name in CASE_TOPICS))

        assert driver.feeds.blind == {REASSIGNMENTS: False}


class TestReadAhead:
    def test_a_topic_far_ahead_is_paused(self) -> None:
        """It is paused until the other topics have come as far."""
        driver = CaseDriver()
        driver.read(CASES, *[driver.event(at, "address_changed", status="valid") for at in range(2_500)])
        assert list(driver.processor.topics_to_pause()) == [CASES]
        driver.clock(10_000)

        assert list(driver.processor.topics_to_pause()) == []
